import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { OrderRow } from '#contracts/crm';
import { Empty, ErrorNotice, Icon, Loading, useSearchText, useShortcuts, VirtualList } from '#ui/kit';
import { BulkBar } from './bulk-bar.tsx';
import { FilterBar } from './filter-bar.tsx';
import type { Filters } from './filters.ts';
import { Freshness } from './freshness.tsx';
import { useText } from './messages.ts';
import { OrderPeek } from './order-peek.tsx';
import { StatusTabs } from './status-tabs.tsx';
import { useFilters } from './use-filters.ts';
import { useNarrow } from './use-narrow.ts';
import { useOrderColumns } from './use-order-columns.tsx';
import { type OrderList, useOrderList } from './use-order-list.ts';
import { usePicked } from './use-picked.ts';

/** Every order there is: the sellers' first page. */
export function OrdersPage() {
  const t = useText();
  const { filters, setFilters } = useFilters();
  const list = useOrderList(filters);
  const narrow = useNarrow();
  const peeked = useSearchText('peek');
  return (
    <div className="crm-orders">
      <h1 className="crm-hidden">{t('list.label')}</h1>
      <FilterBar filters={filters} setFilters={setFilters} />
      <StatusTabs filters={filters} setFilters={setFilters} />
      <div className={`crm-desk ${peeked && !narrow ? 'crm-desk-split' : ''}`}>
        <OrderTable list={list} filters={filters} clear={() => setFilters({})} />
        {peeked && !narrow && <OrderPeek orderId={peeked} />}
      </div>
    </div>
  );
}

interface TableProps {
  list: OrderList;
  filters: Filters;
  clear(): void;
}

function OrderTable({ list, filters, clear }: TableProps) {
  const t = useText();
  const narrow = useNarrow();
  const peeked = useSearchText('peek');
  const picked = usePicked(list.items);
  const columns = useOrderColumns(narrow ? 'phone' : peeked ? 'beside' : 'wide', picked);
  const { selected, choose, open } = useSelection(list.items, picked.toggle);
  const hover = useNewcomersInPlace(list);
  if (list.loading) return <Loading />;
  if (list.error && list.items.length === 0) return <ErrorNotice error={list.error} retry={list.refetch} />;
  return (
    <section className="crm-list" {...hover}>
      <BulkBar picked={picked.picked} clear={picked.clear} />
      {list.newcomers > 0 && (
        <button type="button" className="crm-newcomers" onClick={list.showNewcomers}>
          <Icon name="arrow" size={16} />
          {t('list.newcomers', { count: list.newcomers })}
        </button>
      )}
      {list.items.length === 0 ? (
        <EmptyList filters={filters} clear={clear} />
      ) : (
        <VirtualList
          label={t('list.label')}
          rows={list.items}
          columns={columns}
          rowKey={(row) => row.id}
          rowHeight={narrow ? 84 : 44}
          selectedKey={selected}
          onSelect={(row) => (narrow ? open(row.id) : choose(row.id))}
          rowClass={(row) => (row.openConflicts > 0 ? 'crm-row-conflict' : undefined)}
          onEnd={list.more}
          loadingMore={list.loadingMore}
        />
      )}
      <Freshness asOf={list.asOf} readAt={list.readAt} shown={list.items.length} hasMore={list.hasMore} />
    </section>
  );
}

function EmptyList({ filters, clear }: { filters: Filters; clear(): void }) {
  const t = useText();
  const narrowed = Object.keys(filters).some((name) => name !== 'sort');
  return (
    <Empty
      icon={narrowed ? 'filter' : 'inbox'}
      title={t(narrowed ? 'list.none_found' : 'list.none')}
      text={t(narrowed ? 'list.none_found_hint' : 'list.none_hint')}
    >
      {narrowed && (
        <button type="button" className="fl-link" onClick={clear}>
          {t('filter.clear')}
        </button>
      )}
    </Empty>
  );
}

/** One order is looked at beside the list; the address remembers which. J and K go on, Enter looks, Ctrl+Enter opens. */
function useSelection(rows: readonly OrderRow[], pick: (id: string) => void) {
  const t = useText();
  const navigate = useNavigate();
  const peeked = useSearchText('peek');
  const [marked, setMarked] = useState<string | undefined>(peeked);
  const selected = peeked ?? marked ?? null;

  const peek = (id: string | undefined) =>
    void navigate({ to: '/', search: (now: Record<string, unknown>) => ({ ...now, peek: id }), replace: true });
  const open = (id: string) => void navigate({ to: '/orders/$orderId', params: { orderId: id } });
  const move = (by: 1 | -1) => {
    const at = rows.findIndex((row) => row.id === selected);
    const next = rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!next) return;
    setMarked(next.id);
    if (peeked) peek(next.id);
  };
  const group = t('keys.list');
  useShortcuts([
    { id: 'crm.next', keys: 'KeyJ', title: t('keys.next'), group, run: () => move(1) },
    { id: 'crm.previous', keys: 'KeyK', title: t('keys.previous'), group, run: () => move(-1) },
    { id: 'crm.peek', keys: 'Enter', title: t('keys.peek'), group, run: () => selected && peek(selected) },
    { id: 'crm.open', keys: 'Ctrl+Enter', title: t('keys.open'), group, run: () => selected && open(selected) },
    { id: 'crm.pick', keys: 'KeyX', title: t('keys.pick'), group, run: () => selected && pick(selected) },
    { id: 'crm.close_peek', keys: 'Escape', title: t('keys.close'), group, run: () => peek(undefined) },
  ]);
  const choose = (id: string) => {
    setMarked(id);
    peek(id);
  };
  return { selected, choose, open };
}

/** Newcomers come in by themselves only while nobody points at the list or has scrolled it; else a button offers them. */
function useNewcomersInPlace(list: OrderList) {
  const pointed = useRef(false);
  const place = useRef<HTMLElement>(null);
  const { newcomers, showNewcomers } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once per newcomer, with what holds at that moment
  useEffect(() => {
    const scrolled = (place.current?.querySelector('.fl-table-scroll')?.scrollTop ?? 0) > 0;
    if (newcomers > 0 && !pointed.current && !scrolled) showNewcomers();
  }, [newcomers]);
  return {
    ref: place,
    onPointerEnter: () => {
      pointed.current = true;
    },
    onPointerLeave: () => {
      pointed.current = false;
    },
  };
}
