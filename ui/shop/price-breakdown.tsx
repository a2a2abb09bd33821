import type { Quote, QuoteItem } from '#contracts/pricing';
import { priceDetail, useFormat, useLanguage } from '#ui/kit';
import { isShopKey, useText } from './messages.ts';

/** Every line of an item's price; they add up to its total exactly. */
export function PriceBreakdown({ item, quote }: { item: QuoteItem; quote: Quote }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  if (!item.total) return null;
  return (
    <details className="shop-breakdown">
      <summary>{t('price.how')}</summary>
      <table>
        <tbody>
          {item.breakdown.map((line) => {
            const key = `price.${line.code}`;
            const detail = priceDetail(line, language);
            return (
              <tr key={line.code}>
                <th scope="row">
                  {isShopKey(key) ? t(key) : line.text}
                  {detail && <small>{detail}</small>}
                </th>
                <td className="fl-numeric">{format.money(line.amount)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('price.total')}</th>
            <td className="fl-numeric">{format.money(item.total)}</td>
          </tr>
        </tfoot>
      </table>
      <p className="fl-soft">{t('price.made_of', { list: quote.priceListVersion, kernel: quote.kernelVersion })}</p>
    </details>
  );
}
