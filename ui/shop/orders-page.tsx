import { Button } from '@mantine/core';
import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { OrderStatus } from '#contracts/orders';
import type { ShopOrderRow, ShopOrdersPage } from '#contracts/shop';
import {
  AsOf,
  Empty,
  ErrorNotice,
  Loading,
  type PageOf,
  StatusChip,
  useApi,
  useFormat,
  useKitText,
  usePages,
  useSession,
  withQuery,
} from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { useOrdersLive } from './use-orders-live.ts';

/** Before that there is no date, after that it no longer matters. */
const UNDER_WAY: ReadonlySet<OrderStatus> = new Set(['confirmed', 'approved', 'in_production', 'produced', 'packed']);
const PARAMETERS = { limit: '20' };

/** Every order of this buyer, the newest first, kept up to date. */
export function OrdersPage() {
  const { current } = useSession();
  if (current.kind === 'unknown') return <Loading />;
  if (current.kind === 'signed_out') return <SignInFirst />;
  return <OrderList />;
}

function SignInFirst() {
  const t = useText();
  const kit = useKitText();
  return (
    <Empty icon="person" title={t('orders.sign_in')} text={t('orders.sign_in_text')}>
      <Button renderRoot={(props) => <Link {...props} to="/sign-in" />}>{kit('shell.sign_in')}</Button>
    </Empty>
  );
}

function OrderList() {
  const t = useText();
  const kit = useKitText();
  const pages = usePages<ShopOrderRow>(paths.orders, PARAMETERS);
  const { waiting, showNew } = useFreshRows(pages.items, pages.refetch);
  if (pages.error) return <ErrorNotice error={pages.error} retry={pages.refetch} />;
  if (pages.loading) return <Loading />;
  if (pages.items.length === 0) {
    return (
      <Empty icon="box" title={t('orders.empty')} text={t('orders.empty_text')}>
        <Button renderRoot={(props) => <Link {...props} to="/" />}>{t('orders.start')}</Button>
      </Empty>
    );
  }
  return (
    <div className="fl-stack">
      <h1>{t('orders.title')}</h1>
      <div aria-live="polite">
        {waiting > 0 && (
          <button type="button" className="fl-link" onClick={showNew}>
            {t('orders.new', { count: waiting })}
          </button>
        )}
      </div>
      <ul className="shop-orders" data-testid="orders">
        {pages.items.map((row) => (
          <OrderRow key={row.id} row={row} />
        ))}
      </ul>
      {pages.hasMore && (
        <Button variant="default" loading={pages.loadingMore} onClick={pages.more}>
          {kit('list.more')}
        </Button>
      )}
      {pages.asOf && <AsOf at={pages.asOf} readAt={pages.readAt} />}
    </div>
  );
}

/** Patches changed rows where they stand; rows that are new wait until they are asked for. */
function useFreshRows(items: readonly ShopOrderRow[], refetch: () => void) {
  const api = useApi();
  const queries = useQueryClient();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const bringUpToDate = async (ids: readonly string[]): Promise<void> => {
    const path = withQuery(paths.orders, { ids: ids.slice(0, 50).join(',') });
    const { items: changed } = await api.get<ShopOrdersPage>(path);
    const byId = new Map(changed.map((row) => [row.id, row]));
    queries.setQueryData<InfiniteData<PageOf<ShopOrderRow>>>([paths.orders, PARAMETERS], (data) => {
      if (!data) return data;
      const pages = data.pages.map((page) => ({
        ...page,
        items: page.items.map((row) => newer(row, byId.get(row.id))),
      }));
      return { ...data, pages };
    });
  };
  useOrdersLive((ids) => {
    if (ids === null) return refetch();
    const known = new Set(items.map(({ id }) => id));
    const shown = ids.filter((id) => known.has(id));
    if (shown.length > 0) bringUpToDate(shown).catch(refetch);
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) setFresh((before) => new Set([...before, ...unknown]));
  });
  const showNew = () => {
    setFresh(new Set());
    refetch();
  };
  return { waiting: fresh.size, showNew };
}

function newer(row: ShopOrderRow, other: ShopOrderRow | undefined): ShopOrderRow {
  return other && other.version > row.version ? other : row;
}

function OrderRow({ row }: { row: ShopOrderRow }) {
  const t = useText();
  const format = useFormat();
  const more = row.items - row.files.length;
  return (
    <li>
      <Link to="/orders/$orderId" params={{ orderId: row.id }} className="shop-order-row">
        <span>
          <strong>{row.number}</strong>
          <span className="fl-soft">{format.date(row.placedAt)}</span>
        </span>
        <span className="shop-order-files">
          {row.files.join(', ')}
          {more > 0 && ` +${more}`}
          <small className="fl-soft">{t('part.pieces', { count: row.pieces })}</small>
        </span>
        <span>
          <StatusChip status={row.status} held={row.onHold} />
        </span>
        <span className="fl-soft">
          {row.dueAt && UNDER_WAY.has(row.status) && <time dateTime={row.dueAt}>{format.relative(row.dueAt)}</time>}
        </span>
        <span className="fl-numeric">{row.total ? format.money(row.total) : t('summary.no_price')}</span>
      </Link>
    </li>
  );
}
