import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { Address, CommandAnswer } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import type { Cart, OrderCart, SavedAddress } from '#contracts/shop';
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
import { type Delivery, DeliveryForm, firstDelivery, withMember } from './delivery-form.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { Sums } from './sums.tsx';
import { useWorkspace } from './use-workspace.tsx';

/**
 * From a draft to an order: who, where to, and the binding click. An account that was there before takes the parts over:
 * they are looked at once more, at its own prices.
 */
export function CheckoutPage() {
  const { actor } = useSession();
  const opener = useRef(actor?.id);
  opener.current ??= actor?.id;
  return actor?.id === opener.current ? <DraftCheckout /> : <Navigate to="/" />;
}

function DraftCheckout() {
  const t = useText();
  const api = useApi();
  const draftId = useSearchText('draft');
  const cart = useQuery({
    queryKey: ['cart', draftId],
    enabled: draftId !== undefined,
    staleTime: 0,
    queryFn: ({ signal }) => api.get<Cart>(paths.cart(draftId!), signal),
  });
  const quoteId = cart.data?.quoteId ?? null;
  const quote = useQuery({
    queryKey: ['quote', quoteId],
    enabled: quoteId !== null,
    queryFn: ({ signal }) => api.get<Quote>(paths.quote(quoteId!), signal),
  });
  const addresses = useQuery({
    queryKey: ['addresses'],
    queryFn: async ({ signal }) => (await api.get<{ items: SavedAddress[] }>(paths.addresses, signal)).items,
  });
  const error = cart.error ?? quote.error ?? addresses.error;
  if (draftId === undefined) return <Empty title={t('summary.gone')} />;
  if (error) return <ErrorNotice error={error} retry={() => void cart.refetch()} />;
  if (!cart.data || !addresses.data || (quoteId !== null && !quote.data)) return <Loading />;
  return <Checkout cart={cart.data} quote={quote.data ?? null} addresses={addresses.data} />;
}

interface CheckoutProps {
  cart: Cart;
  /** Null: a person has to look before there is a price. */
  quote: Quote | null;
  addresses: readonly SavedAddress[];
}

function Checkout({ cart, quote, addresses }: CheckoutProps) {
  const t = useText();
  const format = useFormat();
  const formId = useId();
  const { member } = useSession();
  const [delivery, setDelivery] = useState<Delivery>(() => firstDelivery(member, addresses));
  // Who signs in here on the way is filled in, where nothing was typed yet.
  useEffect(() => {
    if (member) setDelivery((typed) => withMember(typed, member));
  }, [member]);
  const placing = usePlacing(cart, quote !== null, delivery, addresses);
  const expired = quote?.expiresAt != null && Date.parse(quote.expiresAt) < Date.now();
  return (
    <div className="shop-checkout">
      <div className="shop-checkout-head">
        <Link to="/" search={{ draft: cart.id }} className="shop-back">
          <Icon name="arrow" size={16} style={{ transform: 'rotate(180deg)' }} />
          {t('checkout.back')}
        </Link>
        <h1>{t('checkout.title')}</h1>
      </div>
      <div className="fl-stack">
        <Identity />
        <form id={formId} className="fl-stack" onSubmit={placing.submit}>
          <DeliveryForm value={delivery} change={setDelivery} />
        </form>
      </div>
      <aside className="fl-card shop-summary" aria-label={t('summary.title')}>
        <Lines cart={cart} quote={quote} />
        {expired && <p className="shop-hint fl-tone-wait">{t('checkout.expired')}</p>}
        {placing.problem !== null && <InlineProblem error={placing.problem} />}
        <Button type="submit" form={formId} size="md" fullWidth loading={placing.busy} disabled={expired}>
          {quote?.total ? t('checkout.place', { total: format.money(quote.total) }) : t('checkout.place_review')}
        </Button>
        <p className="fl-soft">{quote ? t('checkout.binding') : t('summary.review_text')}</p>
      </aside>
    </div>
  );
}

interface Placing {
  busy: boolean;
  problem: unknown;
  submit(event: FormEvent): void;
}

/** Places the order once, however often the button is pressed or the answer gets lost: one draft becomes one order. */
function usePlacing(cart: Cart, accept: boolean, delivery: Delivery, addresses: readonly SavedAddress[]): Placing {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { clear } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const place = async (): Promise<void> => {
    const body = orderOf(cart, accept, delivery);
    const answer = await api.command<CommandAnswer>(paths.orders, body);
    const known = addresses.some(({ address }) => isSame(address, delivery.address));
    if (!known) {
      // Kept for the next order; the order itself has its own copy, so a failure here is nobody's trouble.
      const saved = {
        method: 'PUT',
        path: paths.address(newCommandId()),
        body: { address: delivery.address },
      } as const;
      await api.call(saved).catch(() => {});
      queries.removeQueries({ queryKey: ['addresses'] });
    }
    clear();
    await queries.invalidateQueries({ queryKey: [paths.orders] });
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

function orderOf(cart: Cart, accept: boolean, delivery: Delivery): OrderCart {
  const { contact, address } = delivery;
  const reference = delivery.reference.trim();
  const phone = contact.phone.trim();
  return {
    cartId: cart.id,
    ...(accept ? { accept } : {}),
    ...(reference ? { reference } : {}),
    delivery: { address },
    contact: { name: contact.name, email: contact.email, ...(phone ? { phone } : {}) },
  };
}

function isSame(one: Address, other: Address): boolean {
  return (Object.keys(one) as (keyof Address)[]).every((field) => one[field] === other[field]);
}

function Lines({ cart, quote }: { cart: Cart; quote: Quote | null }) {
  const t = useText();
  const format = useFormat();
  return (
    <>
      <ul className="shop-lines">
        {cart.items.map((item, index) => {
          const total = quote?.items[index]?.total;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same model may be ordered in two materials; lines do not move here
            <li key={index}>
              <span>
                {item.fileName}
                <small>{t('part.pieces', { count: item.quantity })}</small>
              </span>
              <span className="fl-numeric">{total ? format.money(total) : t('summary.no_price')}</span>
            </li>
          );
        })}
      </ul>
      {quote && <Sums quote={quote} />}
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
        {asked && <SignInForm signUp heading={false} start={asked} onDone={() => setAsked(null)} />}
      </Dialog>
    </div>
  );
}
