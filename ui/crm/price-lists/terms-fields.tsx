import type { PriceListBody } from '#contracts/price-lists';
import { usePriceText } from './messages.ts';
import { NumberField } from './number-field.tsx';
import { plainText, rateText } from './rate-text.ts';

interface TermsFieldsProps {
  body: PriceListBody;
  /** Left out: they are read only. */
  change?: (body: PriceListBody) => void;
}

/** What holds for every part of a list: delivery times, rush, shipping, tax. */
export function TermsFields({ body, change }: TermsFieldsProps) {
  const t = usePriceText();
  const { leadTiers, shipping } = body;
  const rows = [
    ...leadTiers.map((tier, index) => ({
      label: t(`terms.factor_${tier.id}`),
      value: tier.factor,
      kind: 'plain' as const,
      set: (factor: number) => ({ ...body, leadTiers: leadTiers.with(index, { ...tier, factor }) }),
    })),
    {
      label: t('terms.rush'),
      value: body.rushFactor,
      kind: 'plain' as const,
      set: (rushFactor: number) => ({ ...body, rushFactor }),
    },
    {
      label: t('terms.shipping'),
      value: shipping.base,
      kind: 'rate' as const,
      set: (base: number) => ({ ...body, shipping: { ...shipping, base } }),
    },
    {
      label: t('terms.per_kg'),
      value: shipping.perKilogram,
      kind: 'rate' as const,
      set: (perKilogram: number) => ({ ...body, shipping: { ...shipping, perKilogram } }),
    },
    {
      label: t('terms.tax'),
      value: body.taxBasisPoints / 100,
      kind: 'plain' as const,
      set: (percent: number) => ({ ...body, taxBasisPoints: Math.round(percent * 100) }),
    },
  ];
  return (
    <section className="crm-group">
      <h3>{t('terms.title')}</h3>
      {change ? (
        <div className="crm-four">
          {rows.map(({ label, value, kind, set }) => (
            <NumberField
              key={label}
              label={label}
              kind={kind}
              value={value}
              onChange={(number) => change(set(number))}
            />
          ))}
        </div>
      ) : (
        <dl className="crm-facts crm-price-terms">
          {rows.map(({ label, value, kind }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="fl-numeric">{kind === 'rate' ? rateText(value) : plainText(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
