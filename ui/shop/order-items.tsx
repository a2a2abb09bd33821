import type { ShopOrder } from '#contracts/shop';
import { ItemStateChip, useFormat, useLanguage } from '#ui/kit';
import { useText } from './messages.ts';
import { useCatalogue } from './use-quote.ts';

/** The parts of an order with their state, and what they come to. */
export function OrderItems({ order }: { order: ShopOrder }) {
  const t = useText();
  const format = useFormat();
  const parts = order.items.reduce((sum, item) => sum + (item.total?.minor ?? 0), 0);
  return (
    <>
      <ul className="shop-order-items">
        {order.items.map((item) => (
          <li key={item.id}>
            <div>
              <strong>{item.specification.fileName}</strong>
              <span className="fl-soft">
                <MaterialName order={order} item={item} /> · {t('part.pieces', { count: item.specification.quantity })}
              </span>
              {item.specification.note && <span className="fl-soft">{item.specification.note}</span>}
            </div>
            <ItemStateChip state={item.state} />
            <span className="fl-numeric">{item.total ? format.money(item.total) : t('summary.no_price')}</span>
          </li>
        ))}
      </ul>
      {order.total && (
        <dl className="shop-sums">
          <div>
            <dt>{t('summary.items', { count: order.items.length })}</dt>
            <dd>{format.money({ minor: parts, currency: order.total.currency })}</dd>
          </div>
          <div>
            <dt>{t('order.beside')}</dt>
            <dd>{format.money({ minor: order.total.minor - parts, currency: order.total.currency })}</dd>
          </div>
          <div className="shop-sum-total">
            <dt>{t('order.total')}</dt>
            <dd>{format.money(order.total)}</dd>
          </div>
        </dl>
      )}
    </>
  );
}

function MaterialName({ order, item }: { order: ShopOrder; item: ShopOrder['items'][number] }) {
  const language = useLanguage();
  const catalogue = useCatalogue(order.currency);
  const { material, finish } = item.specification;
  const known = catalogue.data?.materials.find(({ id }) => id === material);
  const finishName = known?.finishes.find(({ id }) => id === finish)?.name[language];
  return (
    <>
      {known?.name[language] ?? material}
      {finishName && `, ${finishName}`}
    </>
  );
}
