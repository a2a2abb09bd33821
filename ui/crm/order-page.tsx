import { Link } from '@tanstack/react-router';
import { ErrorNotice, Icon, Loading, useParam } from '#ui/kit';
import { useText } from './messages.ts';
import { OrderCardView } from './order-card-view.tsx';
import { useOrderCard } from './use-order-card.ts';

/** The order card as a page of its own. */
export function OrderPage() {
  const t = useText();
  const inHand = useOrderCard(useParam('orderId'));
  const { card } = inHand;
  if (card.isPending) return <Loading />;
  if (card.error && !card.data) return <ErrorNotice error={card.error} retry={() => void card.refetch()} />;
  return (
    <div className="crm-page">
      <Link to="/" className="crm-back">
        <Icon name="arrow" size={16} className="crm-turned" />
        {t('card.back')}
      </Link>
      <OrderCardView card={card.data} inHand={inHand} />
    </div>
  );
}
