import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { OrderRow } from '#contracts/crm';
import { type Column, type Format, Icon, StatusChip, useFormat } from '#ui/kit';
import { DueDate } from './due-date.tsx';
import { useText } from './messages.ts';

/** The list's columns; on a phone one column with everything that matters. */
export function useOrderColumns(narrow: boolean): Column<OrderRow>[] {
  const t = useText();
  const format = useFormat();
  return useMemo(() => (narrow ? phoneColumns(t, format) : wideColumns(t, format)), [narrow, t, format]);
}

type Say = ReturnType<typeof useText>;

function wideColumns(t: Say, format: Format): Column<OrderRow>[] {
  return [
    { id: 'number', title: t('column.number'), width: '116px', cell: (row) => <OrderNumber row={row} /> },
    {
      id: 'status',
      title: t('column.status'),
      width: 'minmax(150px, 0.9fr)',
      cell: (row) => <StatusChip status={row.status} held={row.onHold} />,
    },
    { id: 'buyer', title: t('column.buyer'), width: 'minmax(140px, 1.2fr)', cell: (row) => row.buyer.name },
    { id: 'files', title: t('column.files'), width: 'minmax(150px, 1.4fr)', cell: (row) => <Files row={row} /> },
    {
      id: 'due',
      title: t('column.due'),
      width: '124px',
      cell: (row) => <DueDate dueAt={row.dueAt} status={row.status} />,
    },
    {
      id: 'total',
      title: t('column.total'),
      width: '124px',
      numeric: true,
      cell: (row) => (row.total ? format.money(row.total) : <span className="fl-soft">–</span>),
    },
    {
      id: 'assignee',
      title: t('column.assignee'),
      width: 'minmax(110px, 0.8fr)',
      cell: (row) => row.assignee?.name ?? <span className="fl-soft">{t('assignee.nobody')}</span>,
    },
    {
      id: 'placed',
      title: t('column.placed'),
      width: '112px',
      cell: (row) => (
        <time dateTime={row.placedAt} title={format.dateTime(row.placedAt)} className="fl-soft">
          {format.relative(row.placedAt)}
        </time>
      ),
    },
  ];
}

function phoneColumns(t: Say, format: Format): Column<OrderRow>[] {
  return [
    {
      id: 'order',
      title: t('column.order'),
      width: 'minmax(0, 1fr)',
      cell: (row) => (
        <div className="crm-phone-row">
          <div>
            <OrderNumber row={row} />
            <StatusChip status={row.status} held={row.onHold} />
          </div>
          <div>
            <span>{row.buyer.name}</span>
            <span className="fl-numeric">{row.total ? format.money(row.total) : '–'}</span>
          </div>
          <div className="fl-soft">
            <Files row={row} />
            <DueDate dueAt={row.dueAt} status={row.status} />
          </div>
        </div>
      ),
    },
  ];
}

function OrderNumber({ row }: { row: OrderRow }) {
  const t = useText();
  return (
    <span className="crm-number">
      <Link to="/orders/$orderId" params={{ orderId: row.id }} onClick={(event) => event.stopPropagation()}>
        {row.number}
      </Link>
      {row.rush && (
        <span title={t('flag.rush')} className="crm-rush">
          <Icon name="flame" size={15} />
          <span className="crm-hidden">{t('flag.rush')}</span>
        </span>
      )}
      {row.openConflicts > 0 && (
        <span title={t('flag.conflict')} className="crm-conflict">
          <Icon name="alert" size={15} />
          <span className="crm-hidden">{t('flag.conflict')}</span>
        </span>
      )}
    </span>
  );
}

function Files({ row }: { row: OrderRow }) {
  const t = useText();
  const others = row.items - 1;
  return (
    <span title={row.files.join('\n')}>
      {row.files[0]}
      {others > 0 && <span className="fl-soft"> {t('files.more', { count: others })}</span>}
    </span>
  );
}
