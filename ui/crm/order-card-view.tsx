import type { OrderCard } from '#contracts/crm';
import { Chip, Icon, StatusChip, useFormat } from '#ui/kit';
import { Assignee } from './assignee.tsx';
import { Comments } from './comments.tsx';
import { useText } from './messages.ts';
import { OrderActions } from './order-actions.tsx';
import { OrderConflicts } from './order-conflicts.tsx';
import { OrderFacts } from './order-facts.tsx';
import { OrderItems } from './order-items.tsx';
import { OrderTimeline } from './order-timeline.tsx';
import type { OrderInHand } from './use-order-card.ts';

interface CardProps {
  card: OrderCard;
  inHand: OrderInHand;
  /** One column, as beside the list. */
  narrow?: boolean;
}

/** Everything about one order: what it is, how it stands, what can be done now, what happened. */
export function OrderCardView({ card, inHand, narrow = false }: CardProps) {
  return (
    <article className={`crm-card ${narrow ? 'crm-card-narrow' : ''}`}>
      <CardHead card={card} level={narrow ? 'h2' : 'h1'} />
      <OrderActions card={card} inHand={inHand} />
      <OrderConflicts card={card} inHand={inHand} />
      <div className="crm-columns">
        <div className="fl-stack">
          <OrderItems card={card} showFirst={!narrow} />
          {!narrow && <Comments card={card} inHand={inHand} />}
        </div>
        <div className="fl-stack">
          <Assignee key={card.order.id} card={card} inHand={inHand} />
          <OrderFacts card={card} />
          {narrow && <Comments card={card} inHand={inHand} />}
          <OrderTimeline card={card} />
        </div>
      </div>
    </article>
  );
}

function CardHead({ card: { order, statusSince }, level: Heading }: { card: OrderCard; level: 'h1' | 'h2' }) {
  const t = useText();
  const format = useFormat();
  return (
    <header className="crm-card-head">
      <div className="crm-card-title">
        <Heading className="crm-card-number">{order.number}</Heading>
        <StatusChip status={order.status} />
        {order.hold && (
          <Chip tone="wait" icon="pause">
            {t('flag.hold')}
          </Chip>
        )}
        {order.rush && (
          <Chip tone="bad" icon="flame">
            {t('flag.rush')}
          </Chip>
        )}
        <span className="fl-soft">{t('card.since', { age: format.relative(statusSince) })}</span>
      </div>
      <strong className="crm-card-total">{order.total ? format.money(order.total) : t('card.no_price')}</strong>
      {order.hold && (
        <p className="crm-hold">
          <Icon name="pause" size={16} />
          <span>
            {t('card.held', { by: order.hold.by, at: format.dateTime(order.hold.at) })} {order.hold.reason}
          </span>
        </p>
      )}
    </header>
  );
}
