import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { CommandAnswer, PlaceOrder } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import {
  Dialog,
  Empty,
  ErrorNotice,
  Icon,
  InlineProblem,
  Loading,
  newCommandId,
  SignInForm,
  useApi,
  useFormat,
  useSearchText,
  useSession,
} from '#ui/kit';
import { type Delivery, DeliveryForm, emptyDelivery } from './delivery-form.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { useWorkspace } from './use-workspace.tsx';

/** From a quote to an order: who, where to, and the binding click. */
export function CheckoutPage() {
  const t = useText();
  const api = useApi();
  const quoteId = useSearchText('quote');
  const quote = useQuery({
    queryKey: ['quote', quoteId],
    enabled: quoteId !== undefined,
    queryFn: ({ signal }) => api.get<Quote>(paths.quote(quoteId!), signal),
  });
  if (quoteId === undefined) return <Empty title={t('summary.gone')} />;
  if (quote.error) return <ErrorNotice error={quote.error} retry={() => void quote.refetch()} />;
  if (!quote.data) return <Loading />;
  return <Checkout quote={quote.data} />;
}

function Checkout({ quote }: { quote: Quote }) {
  const t = useText();
  const format = useFormat();
  const { member } = useSession();
  const [delivery, setDelivery] = useState<Delivery>(() => emptyDelivery(member));
  const placing = usePlacing(quote, delivery);
  const review = quote.state !== 'ready';
  const expired = quote.expiresAt !== null && Date.parse(quote.expiresAt) < Date.now();
  return (
    <form className="shop-checkout" onSubmit={placing.submit}>
      <div className="shop-checkout-head">
        <Link to="/" search={{ quote: quote.id }} className="shop-back">
          <Icon name="arrow" size={16} style={{ transform: 'rotate(180deg)' }} />
          {t('checkout.back')}
        </Link>
        <h1>{t('checkout.title')}</h1>
      </div>
      <div className="fl-stack">
        <Identity />
        <DeliveryForm value={delivery} change={setDelivery} />
      </div>
      <aside className="fl-card shop-summary" aria-label={t('summary.title')}>
        <Lines quote={quote} />
        {expired && !review && <p className="shop-hint fl-tone-wait">{t('checkout.expired')}</p>}
        {placing.problem !== null && <InlineProblem error={placing.problem} />}
        <Button type="submit" size="md" fullWidth loading={placing.busy} disabled={expired && !review}>
          {review || !quote.total
            ? t('checkout.place_review')
            : t('checkout.place', { total: format.money(quote.total) })}
        </Button>
        <p className="fl-soft">{review ? t('summary.review_text') : t('checkout.binding')}</p>
      </aside>
    </form>
  );
}

interface Placing {
  busy: boolean;
  problem: unknown;
  submit(event: FormEvent): void;
}

/** Places the order once, however often the button is pressed or the answer gets lost: the command's id stays. */
function usePlacing(quote: Quote, delivery: Delivery): Placing {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { dispatch } = useWorkspace();
  const [commandId] = useState(newCommandId);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const place = async (): Promise<void> => {
    const answer = await api.command<CommandAnswer>(paths.placeOrder, orderOf(quote, delivery, commandId));
    dispatch({ type: 'cleared' });
    await queries.invalidateQueries({ queryKey: [paths.myOrders] });
    await navigate({ to: '/placed/$orderId', params: { orderId: answer.orderId }, search: { number: answer.number } });
  };
  return {
    busy,
    problem,
    submit(event) {
      event.preventDefault();
      if (busy) return;
      setBusy(true);
      setProblem(null);
      place()
        .catch(setProblem)
        .finally(() => setBusy(false));
    },
  };
}

/** A ready quote is accepted as it is; what needs a review is placed to be priced. */
export function orderOf(quote: Quote, delivery: Delivery, commandId: string): PlaceOrder {
  const { contact, address, reference } = delivery;
  const priced = quote.state === 'ready';
  return {
    commandId,
    ...(priced
      ? { quoteId: quote.id, accept: true }
      : {
          items: quote.items.map(({ specification }) => ({
            modelId: specification.modelId,
            unit: specification.unit,
            material: specification.material,
            ...(specification.finish ? { finish: specification.finish } : {}),
            quantity: specification.quantity,
            ...(specification.note ? { note: specification.note } : {}),
          })),
        }),
    currency: quote.currency,
    leadTier: quote.leadTier,
    ...(reference.trim() ? { reference: reference.trim() } : {}),
    deliveryAddress: address,
    contact: {
      name: contact.name,
      email: contact.email,
      ...(contact.phone.trim() ? { phone: contact.phone.trim() } : {}),
    },
  };
}

function Lines({ quote }: { quote: Quote }) {
  const t = useText();
  const format = useFormat();
  return (
    <>
      <ul className="shop-lines">
        {quote.items.map((item) => (
          <li key={item.id}>
            <span>
              {item.specification.fileName}
              <small>{t('part.pieces', { count: item.specification.quantity })}</small>
            </span>
            <span className="fl-numeric">{item.total ? format.money(item.total) : t('summary.no_price')}</span>
          </li>
        ))}
      </ul>
      <dl className="shop-sums">
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
        {quote.total && (
          <div className="shop-sum-total">
            <dt>{t('summary.total')}</dt>
            <dd>{format.money(quote.total)}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

/** Who orders: a guest may sign in or become a person with an account; the quote stays. */
function Identity() {
  const t = useText();
  const { member } = useSession();
  const [asked, setAsked] = useState<'sign_in' | 'sign_up' | null>(null);
  if (member) {
    return (
      <p className="shop-who">
        <Icon name="person" /> {t('checkout.signed_in', { name: member.name })}
      </p>
    );
  }
  return (
    <div className="shop-who">
      <Icon name="person" />
      <p>
        {t('checkout.guest')}{' '}
        <button type="button" className="fl-link" onClick={() => setAsked('sign_up')}>
          {t('checkout.create')}
        </button>
        {' · '}
        <button type="button" className="fl-link" onClick={() => setAsked('sign_in')}>
          {t('checkout.have_account')}
        </button>
      </p>
      <Dialog opened={asked !== null} onClose={() => setAsked(null)} title={t('sign_in.title')} width={420}>
        {asked && <SignInForm signUp start={asked} onDone={() => setAsked(null)} />}
      </Dialog>
    </div>
  );
}
