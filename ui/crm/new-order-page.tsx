import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import type { Customer, PlaceOnBehalf } from '#contracts/crm';
import type { CommandAnswer, LeadTier } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { ErrorNotice, InlineProblem, Loading, newCommandId, useApi, useFormat, useKitText, useToasts } from '#ui/kit';
import { CustomerField } from './customer-field.tsx';
import { addressOf, type Delivery, DeliveryFields, NO_DELIVERY } from './delivery-fields.tsx';
import { useText } from './messages.ts';
import { PartsField } from './parts-field.tsx';
import { paths } from './paths.ts';
import { useCatalogue } from './use-catalogue.ts';
import { useParts } from './use-parts.ts';
import { useQuote, type Wanted } from './use-quote.ts';

const CURRENCIES = ['RUB', 'EUR', 'USD'] as const;
const TIERS: readonly LeadTier[] = ['economy', 'standard', 'express'];

/** An order for somebody on the phone. */
export function NewOrderPage() {
  const t = useText();
  const [wanted, setWanted] = useState<Wanted>({ currency: 'RUB', leadTier: 'standard', rush: false });
  const [customer, setCustomer] = useState<Customer | null>(null);
  const [delivery, setDelivery] = useState<Delivery>(NO_DELIVERY);
  const catalogue = useCatalogue(wanted.currency);
  const files = useParts(catalogue.data);
  const price = useQuote(files.parts, wanted);
  const place = usePlacing();

  if (catalogue.isPending) return <Loading />;
  if (!catalogue.data) return <ErrorNotice error={catalogue.error} retry={() => void catalogue.refetch()} />;
  const change = (news: Partial<Delivery>) => setDelivery((now) => ({ ...now, ...news }));
  const choose = (chosen: Customer | null) => {
    setCustomer(chosen);
    if (chosen) change({ name: chosen.name, email: chosen.email, phone: chosen.phone });
  };
  const submit = (event: FormEvent, accept: boolean) => {
    event.preventDefault();
    if (price.quote) void place.send({ customer, delivery, wanted, quote: price.quote, accept });
  };
  return (
    <NewOrderForm
      quote={price.quote}
      pending={price.pending}
      error={price.error}
      busy={place.busy}
      submit={submit}
      terms={<Terms wanted={wanted} change={(news) => setWanted({ ...wanted, ...news })} />}
    >
      <section className="fl-card fl-stack">
        <h2>{t('new.customer')}</h2>
        <CustomerField chosen={customer} choose={choose} />
        <DeliveryFields value={delivery} change={change} />
      </section>
      <section className="fl-card fl-stack">
        <h2>{t('new.parts')}</h2>
        <PartsField {...files} catalogue={catalogue.data} quote={price.quote} />
      </section>
    </NewOrderForm>
  );
}

interface FormProps {
  quote: Quote | null;
  pending: boolean;
  error: unknown;
  busy: boolean;
  submit(event: FormEvent, accept: boolean): void;
  terms: React.ReactNode;
  children: React.ReactNode;
}

function NewOrderForm({ quote, pending, error, busy, submit, terms, children }: FormProps) {
  const t = useText();
  const [accept, setAccept] = useState(false);
  const isReady = quote?.state === 'ready';
  return (
    <form className="crm-page crm-new" onSubmit={(event) => submit(event, accept && isReady)}>
      <h1>{t('new.title')}</h1>
      <div className="fl-stack">{children}</div>
      <aside className="fl-card fl-stack crm-new-sum">
        <h2>{t('new.terms')}</h2>
        {terms}
        <Sum quote={quote} pending={pending} />
        {error !== null && error !== undefined && <InlineProblem error={error} />}
        <label className="crm-check">
          <input
            type="checkbox"
            checked={accept && isReady}
            disabled={!isReady}
            onChange={(event) => setAccept(event.currentTarget.checked)}
          />
          {t('new.accept')}
        </label>
        <Button type="submit" disabled={quote === null || quote.state === 'failed' || pending || busy} loading={busy}>
          {t('new.submit')}
        </Button>
      </aside>
    </form>
  );
}

function Terms({ wanted, change }: { wanted: Wanted; change(news: Partial<Wanted>): void }) {
  const t = useText();
  const kit = useKitText();
  return (
    <div className="crm-three">
      <label className="fl-field">
        {t('new.tier')}
        <select
          value={wanted.leadTier}
          onChange={(event) => change({ leadTier: event.currentTarget.value as LeadTier })}
        >
          {TIERS.map((tier) => (
            <option key={tier} value={tier}>
              {kit(`tier.${tier}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="fl-field">
        {t('new.currency')}
        <select
          value={wanted.currency}
          onChange={(event) => change({ currency: event.currentTarget.value as Wanted['currency'] })}
        >
          {CURRENCIES.map((code) => (
            <option key={code}>{code}</option>
          ))}
        </select>
      </label>
      <label className="crm-check">
        <input
          type="checkbox"
          checked={wanted.rush}
          onChange={(event) => change({ rush: event.currentTarget.checked })}
        />
        {t('flag.rush')}
      </label>
    </div>
  );
}

function Sum({ quote, pending }: { quote: Quote | null; pending: boolean }) {
  const t = useText();
  const format = useFormat();
  if (pending) return <Loading label={t('new.pricing')} />;
  if (!quote) return <p className="fl-soft">{t('new.no_parts')}</p>;
  if (quote.state === 'needs_review') return <p className="crm-review">{t('new.needs_review')}</p>;
  if (!quote.total) return <p className="crm-review">{t('new.no_price')}</p>;
  return (
    <dl className="crm-sums">
      {quote.shipping && (
        <div>
          <dt>{t('sum.shipping')}</dt>
          <dd>{format.money(quote.shipping)}</dd>
        </div>
      )}
      {quote.tax && (
        <div>
          <dt>{t('sum.tax')}</dt>
          <dd>{format.money(quote.tax)}</dd>
        </div>
      )}
      <div className="crm-sum-total">
        <dt>{t('sum.total')}</dt>
        <dd>{format.money(quote.total)}</dd>
      </div>
    </dl>
  );
}

interface Placing {
  customer: Customer | null;
  delivery: Delivery;
  wanted: Wanted;
  quote: Quote;
  accept: boolean;
}

/** One command id for one order, however often the button is pressed. */
function usePlacing() {
  const t = useText();
  const api = useApi();
  const toasts = useToasts();
  const navigate = useNavigate();
  const commandId = useRef(newCommandId());
  const [busy, setBusy] = useState(false);
  const send = async ({ customer, delivery, wanted, quote, accept }: Placing) => {
    const { name, email, phone, reference } = delivery;
    const body: PlaceOnBehalf = {
      commandId: commandId.current,
      customer: customer ? { id: customer.id } : { name, email, phone },
      contact: { name, email, phone },
      deliveryAddress: addressOf(delivery),
      reference,
      quoteId: quote.id,
      accept,
      ...wanted,
    };
    setBusy(true);
    try {
      const { orderId, number } = await api.command<CommandAnswer>(paths.orders, body);
      toasts.show({ tone: 'good', text: t('new.done', { number }) });
      await navigate({ to: '/orders/$orderId', params: { orderId } });
    } catch (error) {
      // Refused: what is corrected now is another order.
      commandId.current = newCommandId();
      toasts.showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return { send, busy };
}
