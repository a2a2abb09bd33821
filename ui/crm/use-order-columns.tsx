import { Link } from '@tanstack/react-router';
import type { OrderRow } from '#contracts/crm';
import { type Column, type Format, Icon, type IconName, StatusChip, useFormat } from '#ui/kit';
import { DueDate } from './due-date.tsx';
import { useText } from './messages.ts';
import type { Picked } from './use-picked.ts';

/** As much as the place allows: beside an open order fewer columns, on a phone one with everything that matters. */
export type Room = 'wide' | 'beside' | 'phone';

const BESIDE = ['number', 'status', 'buyer', 'due', 'total'];

export function useOrderColumns(room: Room, picked: Picked): Column<OrderRow>[] {
  const t = useText();
  const format = useFormat();
  if (room === 'phone') return phoneColumns(t, format);
  const all = [pickColumn(t, picked), ...wideColumns(t, format)];
  return room === 'wide' ? all : all.filter(({ id }) => BESIDE.includes(id));
}

type Say = ReturnType<typeof useText>;

function pickColumn(t: Say, { ids, toggle }: Picked): Column<OrderRow> {
  return {
    id: 'pick',
    title: '✓',
    width: '20px',
    cell: (row) => (
      <input
        type="checkbox"
        className="crm-pick"
        aria-label={t('bulk.pick', { number: row.number })}
        checked={ids.has(row.id)}
        onClick={(event) => event.stopPropagation()}
        onChange={() => toggle(row.id)}
      />
    ),
  };
}

function wideColumns(t: Say, format: Format): Column<OrderRow>[] {
  return [
    { id: 'number', title: t('column.number'), width: '128px', cell: (row) => <OrderNumber row={row} /> },
    {
      id: 'status',
      title: t('column.status'),
      width: '156px',
      cell: (row) => <StatusChip status={row.status} />,
    },
    { id: 'buyer', title: t('column.buyer'), width: 'minmax(120px, 1.2fr)', cell: (row) => row.buyer.name },
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
      width: '138px',
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
      width: '138px',
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
            <StatusChip status={row.status} />
          </div>
          <div>
            <span>{row.buyer.name}</span>
            {row.total && <span className="fl-numeric">{format.money(row.total)}</span>}
          </div>
          <div className="fl-soft">
            <Files row={row} />
            {row.dueAt && <DueDate dueAt={row.dueAt} status={row.status} />}
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
      {row.rush && <Flag icon="flame" tone="bad" name={t('flag.rush')} />}
      {row.onHold && <Flag icon="pause" tone="wait" name={t('flag.hold')} />}
      {row.openConflicts > 0 && <Flag icon="alert" tone="wait" name={t('flag.conflict')} />}
    </span>
  );
}

function Flag({ icon, tone, name }: { icon: IconName; tone: 'bad' | 'wait'; name: string }) {
  return (
    <span title={name} className={`crm-flag-${tone}`}>
      <Icon name={icon} size={15} />
      <span className="crm-hidden">{name}</span>
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
