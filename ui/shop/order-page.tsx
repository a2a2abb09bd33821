import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { CommandAnswer, OrderStatus } from '#contracts/orders';
import type { Cart, ShopOrder, ShopOrderPage } from '#contracts/shop';
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
  useLanguage,
  useParam,
  useToasts,
} from '#ui/kit';
import { useText } from './messages.ts';
import { OrderItems } from './order-items.tsx';
import { paths } from './paths.ts';
import { useOrdersLive } from './use-orders-live.ts';
import { useWorkspace } from './use-workspace.tsx';

/** Until a seller releases the order to production its buyer may cancel it. */
const CANCELLABLE: readonly OrderStatus[] = ['submitted', 'needs_review', 'priced', 'confirmed'];

/** One order of the buyer's: how it stands, what happened, what can still be done. */
export function OrderPage() {
  const orderId = useParam('orderId');
  const api = useApi();
  const queries = useQueryClient();
  const page = useQuery({
    queryKey: ['order', orderId],
    queryFn: ({ signal }) => api.get<ShopOrderPage>(paths.order(orderId), signal),
  });
  useOrdersLive((changed) => {
    if (changed === null || changed.includes(orderId)) void queries.invalidateQueries({ queryKey: ['order', orderId] });
  });
  if (page.error) return <ErrorNotice error={page.error} retry={() => void page.refetch()} />;
  if (!page.data) return <Loading />;
  return <OrderDetails page={page.data} />;
}

function OrderDetails({ page }: { page: ShopOrderPage }) {
  const t = useText();
  const format = useFormat();
  const { order, timeline } = page;
  return (
    <div className="shop-order" data-testid="order">
      <header className="shop-order-head">
        <div>
          <h1>{t('order.title', { number: order.number })}</h1>
          <p className="fl-soft">{t('order.placed', { date: format.dateTime(order.placedAt) })}</p>
        </div>
        <StatusChip status={order.status} held={order.onHold} />
      </header>
      <NextStep order={order} />
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
          <Timeline entries={timeline} />
        </aside>
      </div>
    </div>
  );
}

/** What the buyer is waiting for, or is waited for. */
function NextStep({ order }: { order: ShopOrder }) {
  const t = useText();
  const format = useFormat();
  const commands = useOrderCommands(order);
  return (
    <section className="fl-card shop-next" aria-live="polite">
      <div>
        <Promised order={order} />
        {order.onHold && <p className="fl-tone-wait shop-hint">{t('order.hold')}</p>}
        {order.status === 'priced' && <p>{t('order.accept_text')}</p>}
      </div>
      <div className="fl-actions">
        {CANCELLABLE.includes(order.status) && (
          <Button variant="default" onClick={() => void commands.cancel()}>
            {t('order.cancel')}
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<Icon name="repeat" size={16} />}
          onClick={() => void commands.reorder()}
        >
          {t('order.reorder')}
        </Button>
        {order.status === 'priced' && order.total && (
          <Button onClick={() => void commands.accept()}>
            {t('order.accept', { total: format.money(order.total) })}
          </Button>
        )}
      </div>
    </section>
  );
}

/** When the parts come; once they are on the way, since when; nothing where they do not come. */
function Promised({ order }: { order: ShopOrder }) {
  const t = useText();
  const format = useFormat();
  if (order.status === 'cancelled' || order.status === 'rejected') return null;
  if (order.status === 'shipped' || order.status === 'closed') {
    const last = order.shipments.at(-1);
    if (!last) return null;
    return (
      <p className="shop-due">
        <Icon name="truck" /> {t('order.shipped', { date: format.date(last.at) })}
      </p>
    );
  }
  if (order.dueAt) {
    return (
      <p className="shop-due">
        <Icon name="clock" /> {t('order.due', { date: format.date(order.dueAt) })}
        <span className="fl-soft">{format.relative(order.dueAt)}</span>
      </p>
    );
  }
  return <p className="fl-soft">{order.status === 'needs_review' ? t('order.review_text') : t('order.due_none')}</p>;
}

function useOrderCommands(order: ShopOrder) {
  const t = useText();
  const api = useApi();
  const ask = useConfirm();
  const toasts = useToasts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { recall } = useWorkspace();

  /** The page as it is at least at this version: one's own change is always seen. */
  const show = async (version: number): Promise<void> => {
    const path = `${paths.order(order.id)}?version=${version}`;
    queries.setQueryData(['order', order.id], await api.get<ShopOrderPage>(path));
  };
  const command = async (path: string, body: object, done: string): Promise<void> => {
    try {
      const head = { commandId: newCommandId(), version: order.version };
      const answer = await api.command<CommandAnswer>(path, { ...head, ...body });
      toasts.show({ tone: 'good', text: done });
      await show(answer.version);
    } catch (error) {
      const changed = error instanceof ApiProblem && error.status === 409;
      if (changed) toasts.show({ text: t('order.changed') });
      else toasts.showProblem(error);
      await queries.invalidateQueries({ queryKey: ['order', order.id] });
    }
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
      if (!answer) return;
      const done = t('order.cancelled', { number: order.number });
      await command(paths.cancel(order.id), { reason: answer.reason }, done);
    },
    /** The same parts at today's price: a new draft, to be looked at before it is ordered. */
    async reorder() {
      try {
        const cart = await api.command<Cart>(paths.reorder(order.id), { cartId: newCommandId() });
        recall(cart);
        await navigate({ to: '/', search: { draft: cart.id } });
      } catch (error) {
        toasts.showProblem(error);
      }
    },
  };
}

function Delivery({ order }: { order: ShopOrder }) {
  const t = useText();
  const { deliveryAddress: address, shipments } = order;
  const countries = new Intl.DisplayNames([useLanguage()], { type: 'region' });
  const lines = [address.line1, address.line2, `${address.postcode} ${address.city}`, countries.of(address.country)];
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

function PaymentFact({ order }: { order: ShopOrder }) {
  const t = useText();
  const kit = useKitText();
  return (
    <div>
      <h3>{t('order.payment')}</h3>
      <p>{t(`order.payment.${order.payment}`)}</p>
      <h3>{t('summary.lead')}</h3>
      <p>{kit(`tier.${order.leadTier}`)}</p>
    </div>
  );
}
