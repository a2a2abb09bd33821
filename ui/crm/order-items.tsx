import { useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import type { OrderItem } from '#contracts/orders';
import { Chip, Icon, ItemStateChip, useFormat } from '#ui/kit';
import { isCrmKey, useText } from './messages.ts';
import { ModelView } from './model-view.tsx';
import { PriceLines } from './price-lines.tsx';
import { SimilarModels } from './similar-models.tsx';
import { useMaterialName } from './use-catalogue.ts';

/** The parts: what is made of what, how far it is, what it costs and why. */
export function OrderItems({ card, showFirst }: { card: OrderCard; showFirst: boolean }) {
  const t = useText();
  const { items } = card.order;
  return (
    <section className="fl-card crm-items">
      <h2>{t('items.title', { count: items.length })}</h2>
      {items.map((item, index) => (
        <Item key={item.id} item={item} card={card} shown={showFirst && index === 0} />
      ))}
      <Sums card={card} />
    </section>
  );
}

function Item({ item, card, shown }: { item: OrderItem; card: OrderCard; shown: boolean }) {
  const t = useText();
  const format = useFormat();
  const materialName = useMaterialName(card.order.currency);
  const [open, setOpen] = useState(shown);
  const { specification: wanted } = item;
  const quoted = card.quote?.items[item.line - 1];
  const geometry = quoted?.report;
  const reasonOf = (code = '') => {
    const key = `review.${code}`;
    return isCrmKey(key) ? t(key) : null;
  };
  return (
    <div className="crm-item">
      <div className="crm-item-head">
        <div className="crm-item-name">
          <strong>{wanted.fileName}</strong>
          <p className="fl-soft">
            {materialName(wanted)} · {t('item.pieces', { count: wanted.quantity })}
          </p>
          {wanted.note && <p className="crm-note">{wanted.note}</p>}
        </div>
        <div className="crm-item-state">
          <ItemStateChip state={item.state} />
          {item.hold && (
            <Chip tone="wait" icon="pause">
              {t('flag.hold')}
            </Chip>
          )}
        </div>
        <div className="fl-numeric crm-item-price">
          <strong>{item.total ? format.money(item.total) : t('card.no_price')}</strong>
          {item.unitPrice && wanted.quantity > 1 && (
            <p className="fl-soft">{t('item.each', { price: format.money(item.unitPrice) })}</p>
          )}
        </div>
      </div>
      {item.state === 'review' && item.reviewReason && (
        <p className="crm-review">
          <Icon name="eye" size={16} />
          {reasonOf(quoted?.problem?.code) ?? item.reviewReason}
        </p>
      )}
      <Progress item={item} />
      {geometry && (
        <p className="fl-soft">
          {t('item.triangles', { count: geometry.triangles })}
          {geometry.findings.map((finding) => {
            const key = `finding.${finding}`;
            return <span key={finding}> · {isCrmKey(key) ? t(key) : finding}</span>;
          })}
        </p>
      )}
      <div className="crm-item-more">
        <button type="button" className="fl-link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? 'item.hide_model' : 'item.show_model')}
        </button>
      </div>
      {open && (
        <>
          <ModelView modelId={wanted.modelId} fileName={wanted.fileName} unit={wanted.unit} quoted={quoted} />
          <SimilarModels modelId={wanted.modelId} />
        </>
      )}
      {quoted && <PriceLines item={quoted} />}
    </div>
  );
}

/** Pieces made, packed and shipped; nothing before the floor has begun. */
function Progress({ item }: { item: OrderItem }) {
  const t = useText();
  const { made, scrapped, packed, shipped } = item;
  if (made + scrapped + packed + shipped === 0) return null;
  const total = item.specification.quantity;
  const parts = [
    t('item.made', { made, total }),
    ...(scrapped > 0 ? [t('item.scrapped', { count: scrapped })] : []),
    ...(packed > 0 ? [t('item.packed', { count: packed })] : []),
    ...(shipped > 0 ? [t('item.shipped', { count: shipped })] : []),
  ];
  return (
    <div>
      <div className="fl-progress">
        <span style={{ width: `${Math.min(100, (100 * made) / total)}%` }} />
      </div>
      <p className="fl-soft">{parts.join(' · ')}</p>
    </div>
  );
}

/** What comes to the parts' prices, and the whole. */
function Sums({ card: { order, quote } }: { card: OrderCard }) {
  const t = useText();
  const format = useFormat();
  if (!order.total) return null;
  const rows = [
    { name: t('sum.shipping'), amount: quote?.shipping },
    { name: t('sum.tax'), amount: quote?.tax },
  ].filter(({ amount }) => amount && amount.minor > 0);
  return (
    <dl className="crm-sums">
      {rows.map(({ name, amount }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{format.money(amount!)}</dd>
        </div>
      ))}
      <div className="crm-sum-total">
        <dt>{t('sum.total')}</dt>
        <dd>{format.money(order.total)}</dd>
      </div>
    </dl>
  );
}
