import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OrderCard } from '#contracts/crm';
import { useFormat, useKitText } from '#ui/kit';
import { DueDate } from './due-date.tsx';
import { useText } from './messages.ts';

/** Who ordered, where it goes, when it is promised, how it is paid. */
export function OrderFacts({ card: { order } }: { card: OrderCard }) {
  const t = useText();
  const kit = useKitText();
  const format = useFormat();
  const { buyer, deliveryAddress: to, payment } = order;
  const place = [to.line1, to.line2, to.city, to.postcode, to.country].filter(Boolean).join(', ');
  return (
    <section className="fl-card">
      <dl className="crm-facts">
        <Fact name={t('fact.buyer')}>
          <Link to="/" search={{ buyer: buyer.id }}>
            {buyer.name}
          </Link>
          {buyer.kind === 'partner' && <span className="fl-soft"> {t('fact.partner')}</span>}
        </Fact>
        {buyer.email && (
          <Fact name={t('fact.contact')}>
            <a href={`mailto:${buyer.email}`}>{buyer.email}</a>
            {buyer.phone && (
              <>
                <br />
                <a href={`tel:${buyer.phone}`}>{buyer.phone}</a>
              </>
            )}
          </Fact>
        )}
        <Fact name={t('fact.address')}>
          {to.recipient}
          <br />
          {place}
        </Fact>
        <Fact name={t('fact.placed')}>
          {format.dateTime(order.placedAt)}, {t(`source.${order.source}`)}
        </Fact>
        <Fact name={t('fact.due')}>
          <DueDate dueAt={order.dueAt} status={order.status} />
          {order.dueAt && <span className="fl-soft"> {format.dateTime(order.dueAt)}</span>}
        </Fact>
        <Fact name={t('fact.tier')}>{kit(`tier.${order.leadTier}`)}</Fact>
        <Fact name={t('fact.payment')}>
          {t(`payment_state.${payment.state}`)}
          {payment.reference && <span className="fl-soft"> {payment.reference}</span>}
        </Fact>
        {order.quoteExpiresAt && order.status === 'priced' && (
          <Fact name={t('fact.quote_until')}>{format.dateTime(order.quoteExpiresAt)}</Fact>
        )}
        {order.reference && <Fact name={t('fact.reference')}>{order.reference}</Fact>}
        {order.linkedTo && (
          <Fact name={t('fact.linked')}>
            <Link to="/orders/$orderId" params={{ orderId: order.linkedTo }}>
              {t('fact.linked_open')}
            </Link>
          </Fact>
        )}
        {order.shipments.map((shipment) => (
          <Fact key={shipment.id} name={t('fact.shipment')}>
            {shipment.carrier} <span className="fl-mono">{shipment.trackingNumber}</span>
            <span className="fl-soft"> {format.dateTime(shipment.at)}</span>
          </Fact>
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
