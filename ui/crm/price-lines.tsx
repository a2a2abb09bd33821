import type { QuoteItem } from '#contracts/pricing';
import { priceDetail, useFormat, useLanguage } from '#ui/kit';
import { isCrmKey, useText } from './messages.ts';

/** How a part's price came about; the lines add up to it exactly. */
export function PriceLines({ item }: { item: QuoteItem }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  if (!item.total || item.breakdown.length === 0) return null;
  return (
    <details className="crm-price">
      <summary>{t('price.how')}</summary>
      <table>
        <tbody>
          {item.breakdown.map((line) => {
            const key = `price.${line.code}`;
            const detail = priceDetail(line, language);
            return (
              <tr key={line.code}>
                <th scope="row">
                  {isCrmKey(key) ? t(key) : line.text}
                  {detail && <small>{detail}</small>}
                </th>
                <td className="fl-numeric">{format.money(line.amount)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('price.total')}</th>
            <td className="fl-numeric">{format.money(item.total)}</td>
          </tr>
        </tfoot>
      </table>
    </details>
  );
}
