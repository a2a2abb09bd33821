import './quantity-table.css';
import type { QuoteItem } from '#contracts/pricing';
import { useFormat } from '#ui/kit';
import { useText } from './messages.ts';

/** What other numbers of pieces would cost; a press takes that number. */
export function QuantityTable({ item, choose }: { item: QuoteItem; choose(quantity: number): void }) {
  const t = useText();
  const format = useFormat();
  if (!item.quantities || item.quantities.length < 2) return null;
  return (
    <details className="shop-breakdown shop-quantities">
      <summary>{t('price.more')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('price.pieces')}</th>
            <th scope="col">{t('price.each')}</th>
            <th scope="col">{t('price.total')}</th>
          </tr>
        </thead>
        <tbody>
          {item.quantities.map(({ quantity, unitPrice, total }) => {
            const own = quantity === item.specification.quantity;
            return (
              <tr key={quantity} aria-current={own || undefined}>
                <th scope="row">
                  {own ? (
                    format.number(quantity)
                  ) : (
                    <button type="button" className="fl-link" onClick={() => choose(quantity)}>
                      {format.number(quantity)}
                    </button>
                  )}
                </th>
                <td className="fl-numeric">{format.money(unitPrice)}</td>
                <td className="fl-numeric">{format.money(total)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </details>
  );
}
