import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import type { Currency } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { Catalogue, Quote } from '#contracts/pricing';
import { Icon, InlineProblem, useFormat, useKitText, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { Sums } from './sums.tsx';
import type { QuoteInHand } from './use-quote.ts';
import { useWorkspace } from './use-workspace.tsx';
import type { DraftContent } from './workspace.ts';

interface SummaryProps {
  inHand: QuoteInHand;
  catalogue: Catalogue;
  /** What is ordered; null until every part is at the server. */
  content: DraftContent | null;
}

/** The whole quote: lead time, sums, how long it stands, and the way on. */
export function QuoteSummary({ inHand, catalogue, content }: SummaryProps) {
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
      <div className={pending ? 'shop-price-pending' : undefined} aria-busy={pending}>
        <Sums quote={quote} instead={pending ? t('summary.pending') : quote ? t('summary.no_price') : '—'} />
      </div>
      <WayOn quote={quote} content={pending ? null : content} />
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

function WayOn({ quote, content }: { quote: Quote | null; content: DraftContent | null }) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const toasts = useToasts();
  const { save } = useWorkspace();
  const review = quote?.state === 'needs_review';
  const failed = quote?.state === 'failed' || quote?.items.some((item) => item.state === 'failed');
  const ready = content !== null;
  const [going, setGoing] = useState(false);
  const saved = async (then: (draftId: string) => unknown): Promise<void> => {
    setGoing(true);
    await save(content!, true).then(then).catch(toasts.showProblem);
    setGoing(false);
  };
  const go = () => saved((draft) => navigate({ to: '/checkout', search: { draft } }));
  const copy = () =>
    saved(async (draft) => {
      await navigator.clipboard.writeText(`${location.origin}/?draft=${draft}`);
      toasts.show({ tone: 'good', text: t('summary.copied') });
    });
  const orderable = ready && quote !== null && !failed && (quote.state === 'ready' || review);
  return (
    <>
      {review && ready && <p className="shop-hint">{t('summary.review_text')}</p>}
      {failed && ready && <p className="shop-hint fl-tone-bad">{t('summary.fix')}</p>}
      <Button size="md" fullWidth disabled={!orderable} loading={going} onClick={() => void go()}>
        {review ? t('summary.review') : t('summary.checkout')}
      </Button>
      {!orderable && !failed && <p className="fl-soft">{t('summary.wait')}</p>}
      {quote?.expiresAt && orderable && !review && (
        <p className="fl-soft">{t('summary.valid', { date: format.dateTime(quote.expiresAt) })}</p>
      )}
      {content && (
        <button type="button" className="fl-link shop-copy" onClick={() => void copy()}>
          <Icon name="document" size={16} /> {t('summary.link')}
        </button>
      )}
    </>
  );
}
