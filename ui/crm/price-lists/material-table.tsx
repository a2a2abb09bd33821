import type { Currency } from '#contracts/basics';
import type { ListedMaterial } from '#contracts/price-lists';
import { useFormat, useLanguage } from '#ui/kit';
import { usePriceText } from './messages.ts';

interface MaterialTableProps {
  materials: readonly ListedMaterial[];
  currency: Currency;
  /** Left out: nothing can be changed. */
  edit?: (index: number) => void;
  /** Indexes of those with mistakes. */
  wrong?: ReadonlySet<number>;
}

/** What can be made, of what, at which rates: one row a material. */
export function MaterialTable({ materials, currency, edit, wrong }: MaterialTableProps) {
  const t = usePriceText();
  const language = useLanguage();
  const format = useFormat();
  return (
    <div className="crm-price-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('table.material')}</th>
            <th scope="col">{t('table.process')}</th>
            <th scope="col" className="fl-numeric">
              {t('table.wall')}
            </th>
            <th scope="col" className="fl-numeric">
              {t('table.setup')}
            </th>
            <th scope="col" className="fl-numeric">
              {t('table.gram')}
            </th>
            <th scope="col" className="fl-numeric">
              {t('table.finishes')}
            </th>
          </tr>
        </thead>
        <tbody>
          {materials.map((material, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a draft may hold the same id twice, which is one of its mistakes
            <tr key={index} className={wrong?.has(index) ? 'crm-price-wrong' : ''}>
              <th scope="row">
                {edit ? (
                  <button
                    type="button"
                    className="fl-link"
                    aria-label={t('table.edit', { name: material.name[language] || material.id })}
                    onClick={() => edit(index)}
                  >
                    {material.name[language] || t('material.new')}
                  </button>
                ) : (
                  material.name[language]
                )}
              </th>
              <td>{material.process}</td>
              <td className="fl-numeric">{format.number(material.minimumWallMm, 2)}</td>
              <td className="fl-numeric">{format.money({ minor: material.setup, currency })}</td>
              <td className="fl-numeric">{format.money({ minor: perGram(material.gram), currency })}</td>
              <td className="fl-numeric">{material.finishes.length}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a gram of the alloy costs the buyer, before losses. */
function perGram(gram: ListedMaterial['gram']): number {
  return gram.kind === 'rate' ? gram.perGram : gram.spotPerGram * gram.fineness * (1 + gram.markup);
}
