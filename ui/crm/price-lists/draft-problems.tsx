import type { PriceListBody, PriceProblem } from '#contracts/price-lists';
import { useLanguage } from '#ui/kit';
import { type PriceKey, usePriceText } from './messages.ts';

/** Pointers into the body, or into one of its materials, by the words of their fields. */
const LABELS: Readonly<Record<string, PriceKey>> = {
  rushFactor: 'terms.rush',
  'shipping/base': 'terms.shipping',
  'shipping/perKilogram': 'terms.per_kg',
  taxBasisPoints: 'terms.tax',
  'leadTiers/0/factor': 'terms.factor_economy',
  'leadTiers/1/factor': 'terms.factor_standard',
  'leadTiers/2/factor': 'terms.factor_express',
  id: 'material.id',
  'name/en': 'material.name_en',
  'name/ru': 'material.name_ru',
  process: 'material.process',
  densityGramsPerCm3: 'material.density',
  minimumWallMm: 'material.wall',
  'longestSideMm/least': 'material.least_side',
  'longestSideMm/most': 'material.most_side',
  leastSumMm: 'material.least_sum',
  loss: 'material.loss',
  minimumLine: 'material.minimum',
  setup: 'material.setup',
  'machine/perCm3': 'material.per_cm3',
  'machine/perBoxCm3': 'material.per_box',
  'machine/perMmHeight': 'material.per_mm',
  'labour/perPiece': 'material.labour',
  'labour/perCm2': 'material.labour_cm2',
  'gram/perGram': 'material.per_gram',
  'gram/spotPerGram': 'material.spot',
  'gram/fineness': 'material.fineness',
  'gram/markup': 'material.markup',
  finishes: 'finish.title',
  'quantity/floor': 'material.floor',
  'quantity/half': 'material.half',
};

/** What keeps the saved draft from being published, each with its place in the list. */
export function DraftProblems({ problems, body }: { problems: readonly PriceProblem[]; body: PriceListBody }) {
  const t = usePriceText();
  const language = useLanguage();
  if (problems.length === 0) return null;
  const labelOf = (pointer: string): string => {
    const label = LABELS[pointer];
    return label ? t(label) : pointer.split('/').join(' / ');
  };
  const placeOf = (field: string): string => {
    const index = materialOf(field);
    if (index === null) return labelOf(field.slice(1));
    const material = body.materials[index];
    const rest = labelOf(field.split('/').slice(3).join('/'));
    return [material?.name[language] || material?.id || t('material.new'), rest].filter(Boolean).join(': ');
  };
  return (
    <div className="crm-review" role="status">
      <div>
        {t('draft.problems', { count: problems.length })}
        <ul className="crm-price-problems">
          {problems.map(({ field, code, message }) => (
            <li key={`${field} ${code}`}>
              {placeOf(field)} – {t(`problem.${code}`)}
              {language === 'en' && ` (${message})`}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

export function wrongMaterials(problems: readonly PriceProblem[]): ReadonlySet<number> {
  return new Set(problems.flatMap(({ field }) => materialOf(field) ?? []));
}

/** `/materials/3/setup` → 3. */
function materialOf(field: string): number | null {
  const found = /^\/materials\/(\d+)/.exec(field)?.[1];
  return found === undefined ? null : Number(found);
}
