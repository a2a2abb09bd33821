import { Link, useNavigate } from '@tanstack/react-router';
import { ErrorNotice, Icon, Loading } from '#ui/kit';
import { useText } from './messages.ts';
import { OrderCardView } from './order-card-view.tsx';
import { useOrderCard } from './use-order-card.ts';

/** The order beside the list. */
export function OrderPeek({ orderId }: { orderId: string }) {
  const t = useText();
  const navigate = useNavigate();
  const inHand = useOrderCard(orderId);
  const { card } = inHand;
  const close = () =>
    void navigate({
      to: '/',
      search: (now: Record<string, unknown>) => ({ ...now, peek: undefined }),
      replace: true,
    });
  return (
    <aside className="crm-peek" aria-label={t('peek.label')}>
      <div className="crm-peek-head">
        <Link to="/orders/$orderId" params={{ orderId }}>
          {t('peek.open')}
        </Link>
        <button type="button" className="fl-icon-button" aria-label={t('peek.close')} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {card.isPending && <Loading />}
      {card.error && !card.data && <ErrorNotice error={card.error} retry={() => void card.refetch()} />}
      {card.data && <OrderCardView key={orderId} card={card.data} inHand={inHand} narrow />}
    </aside>
  );
}
