import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useId } from 'react';
import type { Currency } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { Catalogue, Quote } from '#contracts/pricing';
import { Icon, InlineProblem, useFormat, useKitText, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import type { QuoteInHand } from './use-quote.ts';
import { useWorkspace } from './use-workspace.tsx';

/** The whole quote: lead time, sums, how long it stands, and the way on. */
export function QuoteSummary({
  inHand,
  catalogue,
  complete,
}: {
  inHand: QuoteInHand;
  catalogue: Catalogue;
  complete: boolean;
}) {
  const t = useText();
  const { workspace, dispatch } = useWorkspace();
  const { quote, pending, error, retry } = inHand;
  return (
    <aside className="fl-card shop-summary" aria-label={t('summary.title')}>
      <LeadTimes
        catalogue={catalogue}
        chosen={workspace.leadTier}
        choose={(leadTier) => dispatch({ type: 'lead_tier', leadTier })}
      />
      <Currencies chosen={workspace.currency} choose={(currency) => dispatch({ type: 'currency', currency })} />
      {error !== null && error !== undefined && (
        <div className="fl-stack">
          <InlineProblem error={error} />
          <Button variant="default" onClick={retry}>
            <RetryWord />
          </Button>
        </div>
      )}
      <Sums quote={quote} pending={pending} parts={workspace.parts.length} />
      <WayOn quote={quote} ready={complete && !pending} />
      {catalogue.sample && <p className="fl-soft">{t('summary.sample')}</p>}
    </aside>
  );
}

function RetryWord() {
  return <>{useKitText()('action.retry')}</>;
}

function LeadTimes(props: { catalogue: Catalogue; chosen: LeadTier; choose: (tier: LeadTier) => void }) {
  const t = useText();
  const kit = useKitText();
  const group = useId();
  return (
    <fieldset className="shop-tiers">
      <legend>{t('summary.lead')}</legend>
      {props.catalogue.leadTiers.map((tier) => (
        <label key={tier.id} className="shop-tier">
          <input type="radio" name={group} checked={tier.id === props.chosen} onChange={() => props.choose(tier.id)} />
          <strong>{kit(`tier.${tier.id}`)}</strong>
          <span className="fl-soft">{t('summary.days', { count: tier.workingDays })}</span>
        </label>
      ))}
    </fieldset>
  );
}

const CURRENCIES: readonly Currency[] = ['RUB', 'EUR', 'USD'];

function Currencies({ chosen, choose }: { chosen: Currency; choose: (currency: Currency) => void }) {
  const t = useText();
  const group = useId();
  return (
    <fieldset className="shop-currencies">
      <legend>{t('summary.currency')}</legend>
      {CURRENCIES.map((currency) => (
        <label key={currency}>
          <input type="radio" name={group} checked={currency === chosen} onChange={() => choose(currency)} />
          {currency}
        </label>
      ))}
    </fieldset>
  );
}

/** What the parts cost together: the total without shipping and tax. */
function itemsSum(quote: Quote): number {
  return quote.items.reduce((sum, item) => sum + (item.total?.minor ?? 0), 0);
}

function Sums({ quote, pending, parts }: { quote: Quote | null; pending: boolean; parts: number }) {
  const t = useText();
  const format = useFormat();
  const total = quote?.total ?? null;
  return (
    <dl className={`shop-sums ${pending ? 'shop-price-pending' : ''}`} aria-busy={pending}>
      {quote && total && (
        <>
          <div>
            <dt>{t('summary.items', { count: parts })}</dt>
            <dd>{format.money({ minor: itemsSum(quote), currency: quote.currency })}</dd>
          </div>
          {quote.shipping && (
            <div>
              <dt>{t('summary.shipping')}</dt>
              <dd>{format.money(quote.shipping)}</dd>
            </div>
          )}
          {quote.tax && (
            <div>
              <dt>{t('summary.tax')}</dt>
              <dd>{format.money(quote.tax)}</dd>
            </div>
          )}
        </>
      )}
      <div className="shop-sum-total">
        <dt>{t('summary.total')}</dt>
        <dd data-testid="total" aria-live="polite">
          {total ? format.money(total) : pending ? t('summary.pending') : quote ? t('summary.no_price') : '—'}
        </dd>
      </div>
    </dl>
  );
}

function WayOn({ quote, ready }: { quote: Quote | null; ready: boolean }) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const toasts = useToasts();
  const review = quote?.state === 'needs_review';
  const failed = quote?.state === 'failed' || quote?.items.some((item) => item.state === 'failed');
  const go = () => void navigate({ to: '/checkout', search: { quote: quote!.id } });
  const copy = async () => {
    await navigator.clipboard.writeText(`${location.origin}/?quote=${quote!.id}`);
    toasts.show({ tone: 'good', text: t('summary.copied') });
  };
  const orderable = ready && quote !== null && !failed && (quote.state === 'ready' || review);
  return (
    <>
      {review && ready && <p className="shop-hint">{t('summary.review_text')}</p>}
      {failed && ready && <p className="shop-hint fl-tone-bad">{t('summary.fix')}</p>}
      <Button size="md" fullWidth disabled={!orderable} onClick={go}>
        {review ? t('summary.review') : t('summary.checkout')}
      </Button>
      {!orderable && !failed && <p className="fl-soft">{t('summary.wait')}</p>}
      {quote?.expiresAt && orderable && !review && (
        <p className="fl-soft">{t('summary.valid', { date: format.dateTime(quote.expiresAt) })}</p>
      )}
      {quote && (
        <button type="button" className="fl-link shop-copy" onClick={() => void copy()}>
          <Icon name="document" size={16} /> {t('summary.link')}
        </button>
      )}
    </>
  );
}
