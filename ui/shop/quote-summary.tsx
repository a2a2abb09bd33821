import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import type { Currency, Money } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { Catalogue, LeadTierTotal, Quote } from '#contracts/pricing';
import { Icon, InlineProblem, useFormat, useKitText, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { Sums } from './sums.tsx';
import type { QuoteInHand } from './use-quote.ts';
import { isOvertaken, useWorkspace } from './use-workspace.tsx';
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
  const { pending, error, retry } = inHand;
  const settled = useSettledQuote(inHand);
  return (
    <aside className="fl-card shop-summary" aria-label={t('summary.title')}>
      <LeadTimes
        catalogue={catalogue}
        totals={settled?.leadTiers ?? []}
        pending={pending}
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
        <Sums quote={settled} instead={pending ? t('summary.pending') : settled ? t('summary.no_price') : '—'} />
      </div>
      <WayOn quote={settled} pending={pending} failed={error != null} content={content} />
      {catalogue.sample && <p className="fl-soft">{t('summary.sample')}</p>}
    </aside>
  );
}

/** The last answer while the next one is on its way: nothing jumps from under the pointer meanwhile. */
function useSettledQuote({ quote, pending }: QuoteInHand): Quote | null {
  const settled = useRef<Quote | null>(null);
  if (!pending) settled.current = quote;
  return settled.current;
}

function RetryWord() {
  return <>{useKitText()('action.retry')}</>;
}

interface LeadTimesProps {
  catalogue: Catalogue;
  /** What the whole quote costs at each; empty while nobody knows. */
  totals: readonly LeadTierTotal[];
  /** A newer answer is on its way. */
  pending: boolean;
  chosen: LeadTier;
  choose(tier: LeadTier): void;
}

function LeadTimes(props: LeadTimesProps) {
  const t = useText();
  const totalOf = (id: LeadTier) => props.totals.find((tier) => tier.id === id)?.total;
  const kit = useKitText();
  const group = useId();
  return (
    <fieldset className="shop-tiers">
      <legend>{t('summary.lead')}</legend>
      {props.catalogue.leadTiers.map((tier) => (
        <label key={tier.id} className="shop-tier">
          <input type="radio" name={group} checked={tier.id === props.chosen} onChange={() => props.choose(tier.id)} />
          <strong>{kit(`tier.${tier.id}`)}</strong>
          <TierEnd
            days={t('summary.days', { count: tier.workingDays })}
            total={totalOf(tier.id)}
            pending={props.pending}
          />
        </label>
      ))}
    </fieldset>
  );
}

interface TierEndProps {
  days: string;
  total: Money | null | undefined;
  pending: boolean;
}

function TierEnd({ days, total, pending }: TierEndProps) {
  const format = useFormat();
  return (
    <span className="shop-tier-end">
      {total && <span className={`fl-numeric ${pending ? 'shop-price-pending' : ''}`}>{format.money(total)}</span>}
      <span className="fl-soft">{days}</span>
    </span>
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

interface WayOnProps {
  /** The last answer of pricing. */
  quote: Quote | null;
  /** A newer answer is on its way. */
  pending: boolean;
  /** Pricing did not answer. */
  failed: boolean;
  content: DraftContent | null;
}

function WayOn({ quote, pending, failed, content }: WayOnProps) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const { busy, saved } = useSaved(content);
  const step = failed ? null : nextStep(quote);
  const go = () => saved((draft) => navigate({ to: '/checkout', search: { draft } }));
  const { waiting, press } = usePress({ step: content && step, pending, go });
  const copy = useCopyLink(saved);
  const pressable = content !== null && (pending || step !== null);
  const review = step === 'review';
  return (
    <>
      <Button size="md" fullWidth disabled={!pressable} aria-busy={waiting} loading={busy} onClick={press}>
        {waiting ? t('summary.pending') : review ? t('summary.review') : t('summary.checkout')}
      </Button>
      <Note quote={quote} step={step} pending={pending} ready={content !== null} />
      {quote?.expiresAt && !pending && step === 'checkout' && content && (
        <p className="fl-soft">{t('summary.valid', { date: format.dateTime(quote.expiresAt) })}</p>
      )}
      {content && (
        <button type="button" className="fl-link shop-copy" onClick={copy}>
          <Icon name="document" size={16} /> {t('summary.link')}
        </button>
      )}
    </>
  );
}

type Step = 'checkout' | 'review';

/** Where the quote as it stands leads; null: nowhere. */
function nextStep(quote: Quote | null): Step | null {
  if (!quote || hasFailed(quote)) return null;
  if (quote.state === 'needs_review') return 'review';
  return quote.state === 'ready' ? 'checkout' : null;
}

function hasFailed(quote: Quote): boolean {
  return quote.state === 'failed' || quote.items.some((item) => item.state === 'failed');
}

/** A press while the price is calculated waits for it, and is forgotten when the price leads elsewhere than the button said. */
function usePress({ step, pending, go }: { step: Step | null; pending: boolean; go: () => Promise<void> }) {
  const [pressed, setPressed] = useState<Step | null>(null);
  const latest = useRef(go);
  latest.current = go;
  useEffect(() => {
    if (pressed === null || pending) return;
    setPressed(null);
    if (step === pressed) void latest.current();
  }, [pressed, pending, step]);
  return { waiting: pressed !== null, press: () => setPressed(step ?? 'checkout') };
}

/** Saves the draft, then goes on with its id. */
function useSaved(content: DraftContent | null) {
  const toasts = useToasts();
  const { save } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const saved = async (then: (draftId: string) => unknown): Promise<void> => {
    setBusy(true);
    await save(content!, true)
      .then(then)
      .catch((error) => {
        if (!isOvertaken(error)) toasts.showProblem(error);
      });
    setBusy(false);
  };
  return { busy, saved };
}

function useCopyLink(saved: ReturnType<typeof useSaved>['saved']): () => void {
  const t = useText();
  const toasts = useToasts();
  return () =>
    void saved(async (draft) => {
      await navigator.clipboard.writeText(`${location.origin}/?draft=${draft}`);
      toasts.show({ tone: 'good', text: t('summary.copied') });
    });
}

interface NoteProps {
  quote: Quote | null;
  step: Step | null;
  pending: boolean;
  ready: boolean;
}

/** Under the button, so that the button stays where it is. */
function Note({ quote, step, pending, ready }: NoteProps) {
  const t = useText();
  const { workspace } = useWorkspace();
  const impossible = workspace.parts.some((part) => part.impossibleQuantity !== null);
  if (impossible) return <p className="shop-hint fl-tone-bad">{t('summary.fix_quantity')}</p>;
  if (ready && pending) return <p className="fl-soft">{t('summary.pending')}</p>;
  if (ready && quote && hasFailed(quote)) return <p className="shop-hint fl-tone-bad">{t('summary.fix')}</p>;
  if (ready && step === 'review') return <p className="shop-hint">{t('summary.review_text')}</p>;
  return ready && step === 'checkout' ? null : <p className="fl-soft">{t('summary.wait')}</p>;
}
