import type { ReactNode } from 'react';
import type { Quote } from '#contracts/pricing';
import { useFormat } from '#ui/kit';
import { useText } from './messages.ts';

/** The sums of a quote: parts, shipping, tax and all together. `instead` stands for a total that is not known. */
export function Sums({ quote, instead }: { quote: Quote | null; instead?: string }) {
  const t = useText();
  const format = useFormat();
  const total = quote?.total ?? null;
  return (
    <dl className="shop-sums">
      {quote && total && (
        <>
          <Row label={t('summary.items', { count: quote.items.length })}>
            {format.money({ minor: itemsSum(quote), currency: quote.currency })}
          </Row>
          {quote.shipping && <Row label={t('summary.shipping')}>{format.money(quote.shipping)}</Row>}
          {quote.tax && <Row label={t('summary.tax')}>{format.money(quote.tax)}</Row>}
        </>
      )}
      <div className="shop-sum-total">
        <dt>{t('summary.total')}</dt>
        <dd data-testid="total" aria-live="polite">
          {total ? format.money(total) : (instead ?? '—')}
        </dd>
      </div>
    </dl>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function itemsSum(quote: Quote): number {
  return quote.items.reduce((sum, item) => sum + (item.total?.minor ?? 0), 0);
}
