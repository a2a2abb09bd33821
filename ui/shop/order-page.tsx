import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { CommandAnswer, Order, OrderHistory, OrderView } from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import {
  ApiProblem,
  ErrorNotice,
  Icon,
  Loading,
  newCommandId,
  StatusChip,
  Timeline,
  useApi,
  useConfirm,
  useFormat,
  useKitText,
  useParam,
  useToasts,
} from '#ui/kit';
import { useText } from './messages.ts';
import { OrderItems } from './order-items.tsx';
import { paths } from './paths.ts';
import { useMyOrdersLive } from './use-my-orders.ts';
import { useWorkspace } from './use-workspace.tsx';

/** One order of the buyer's: how it stands, what happened, what can still be done. */
export function OrderPage() {
  const orderId = useParam('orderId');
  const api = useApi();
  const queries = useQueryClient();
  const view = useQuery({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => api.get<OrderView>(paths.order(orderId), signal),
  });
  const history = useQuery({
    queryKey: ['history', orderId],
    queryFn: ({ signal }) => api.get<OrderHistory>(paths.history(orderId), signal),
  });
  useMyOrdersLive((changed) => {
    if (changed !== null && changed !== orderId) return;
    void queries.invalidateQueries({ queryKey: ['order', orderId] });
    void queries.invalidateQueries({ queryKey: ['history', orderId] });
  });
  if (view.error) return <ErrorNotice error={view.error} retry={() => void view.refetch()} />;
  if (!view.data) return <Loading />;
  return <OrderDetails view={view.data} history={history.data ?? null} />;
}

function OrderDetails({ view, history }: { view: OrderView; history: OrderHistory | null }) {
  const t = useText();
  const format = useFormat();
  const { order } = view;
  return (
    <div className="shop-order" data-testid="order">
      <header className="shop-order-head">
        <div>
          <h1>{t('order.title', { number: order.number })}</h1>
          <p className="fl-soft">{t('order.placed', { date: format.dateTime(order.placedAt) })}</p>
        </div>
        <StatusChip status={order.status} held={order.hold !== null} />
      </header>
      <NextStep view={view} />
      <div className="shop-order-columns">
        <div className="fl-stack">
          <section className="fl-card">
            <h2>{t('order.parts')}</h2>
            <OrderItems order={order} />
          </section>
          <section className="fl-card shop-order-facts">
            <Delivery order={order} />
            <PaymentFact order={order} />
          </section>
        </div>
        <aside className="fl-card">
          <h2>{t('order.timeline')}</h2>
          {history ? <Timeline entries={history.entries} /> : <Loading />}
        </aside>
      </div>
    </div>
  );
}

/** What the buyer is waiting for, or is waited for. */
function NextStep({ view }: { view: OrderView }) {
  const t = useText();
  const format = useFormat();
  const { order, possible } = view;
  const commands = useOrderCommands(order);
  return (
    <section className="fl-card shop-next" aria-live="polite">
      <div>
        {order.dueAt && (
          <p className="shop-due">
            <Icon name="clock" /> {t('order.due', { date: format.date(order.dueAt) })}
            <span className="fl-soft">{format.relative(order.dueAt)}</span>
          </p>
        )}
        {!order.dueAt && order.status !== 'cancelled' && order.status !== 'rejected' && (
          <p className="fl-soft">{order.status === 'needs_review' ? t('order.review_text') : t('order.due_none')}</p>
        )}
        {order.hold && <p className="fl-tone-wait shop-hint">{t('order.hold', { reason: order.hold.reason })}</p>}
        {possible.includes('accept') && <p>{t('order.accept_text')}</p>}
      </div>
      <div className="fl-actions">
        {possible.includes('cancel') && (
          <Button variant="default" onClick={() => void commands.cancel()}>
            {t('order.cancel')}
          </Button>
        )}
        <Button variant="default" leftSection={<Icon name="repeat" size={16} />} onClick={() => void commands.reorder()}>
          {t('order.reorder')}
        </Button>
        {possible.includes('accept') && order.total && (
          <Button onClick={() => void commands.accept()}>{t('order.accept', { total: format.money(order.total) })}</Button>
        )}
      </div>
    </section>
  );
}

function useOrderCommands(order: Order) {
  const t = useText();
  const api = useApi();
  const ask = useConfirm();
  const toasts = useToasts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { dispatch } = useWorkspace();

  const refresh = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ['order', order.id] });
    await queries.invalidateQueries({ queryKey: ['history', order.id] });
  };
  const command = async (path: string, body: object, done: string): Promise<void> => {
    try {
      await api.command<CommandAnswer>(path, { commandId: newCommandId(), version: order.version, ...body });
      toasts.show({ tone: 'good', text: done });
    } catch (error) {
      const changed = error instanceof ApiProblem && error.status === 409;
      if (changed) toasts.show({ tone: 'calm', text: t('order.changed') });
      else toasts.showProblem(error);
    }
    await refresh();
  };
  return {
    accept: () => command(paths.accept(order.id), {}, t('order.accepted')),
    async cancel() {
      const answer = await ask({
        title: t('order.cancel_title', { number: order.number }),
        text: t('order.cancel_text'),
        confirmLabel: t('order.cancel'),
        reasonLabel: t('order.cancel_reason'),
        danger: true,
      });
      if (answer) {
        await command(paths.cancel(order.id), { reason: answer.reason }, t('order.cancelled', { number: order.number }));
      }
    },
    /** The same parts at today's price: a new quote, to be looked at before it is ordered. */
    async reorder() {
      const items = order.items.map(({ specification: { modelId, unit, material, finish, quantity, note } }) => ({
        modelId,
        unit,
        material,
        quantity,
        ...(finish ? { finish } : {}),
        ...(note ? { note } : {}),
      }));
      const body = { items, currency: order.currency, leadTier: order.leadTier };
      try {
        const quote = await api.call<Quote>({ method: 'POST', path: paths.quotes, body });
        dispatch({ type: 'recalled', quote });
        await navigate({ to: '/', search: { quote: quote.id } });
      } catch (error) {
        toasts.showProblem(error);
      }
    },
  };
}

function Delivery({ order }: { order: Order }) {
  const t = useText();
  const { deliveryAddress: address, shipments } = order;
  const lines = [address.line1, address.line2, `${address.postcode} ${address.city}`, address.country];
  return (
    <div>
      <h3>{t('order.delivery')}</h3>
      <address>
        {address.recipient}
        {lines.filter(Boolean).map((line) => (
          <span key={line}>{line}</span>
        ))}
      </address>
      {shipments.length > 0 && <h3>{t('order.shipments')}</h3>}
      {shipments.map((shipment) => (
        <p key={shipment.id}>
          <Icon name="truck" size={16} /> {shipment.carrier} <code className="fl-mono">{shipment.trackingNumber}</code>
        </p>
      ))}
    </div>
  );
}

function PaymentFact({ order }: { order: Order }) {
  const t = useText();
  const kit = useKitText();
  const format = useFormat();
  const { payment } = order;
  const date = payment.at ? format.date(payment.at) : '';
  return (
    <div>
      <h3>{t('order.payment')}</h3>
      <p>{payment.state === 'recorded' ? t('order.payment.recorded', { date }) : t(`order.payment.${payment.state}`)}</p>
      <h3>{t('summary.lead')}</h3>
      <p>{kit(`tier.${order.leadTier}`)}</p>
    </div>
  );
}
