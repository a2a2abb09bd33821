import type { OrderStatus } from '#contracts/orders';
import { useFormat } from '#ui/kit';
import { isOverdue } from './filters.ts';
import { useText } from './messages.ts';

const SOON_MS = 24 * 3_600_000;
const DONE: readonly OrderStatus[] = ['shipped', 'closed', 'cancelled', 'rejected'];

/** The promised day as distance; the exact moment in the tooltip. */
export function DueDate({ dueAt, status }: { dueAt: string | null; status: OrderStatus }) {
  const t = useText();
  const format = useFormat();
  if (dueAt === null) return <span className="fl-soft">–</span>;
  if (DONE.includes(status)) return <span className="fl-soft">{format.date(dueAt)}</span>;
  const now = Date.now();
  const overdue = isOverdue({ dueAt, status }, now);
  const look = overdue ? 'crm-due-late' : Date.parse(dueAt) - now < SOON_MS ? 'crm-due-soon' : '';
  return (
    <time
      dateTime={dueAt}
      className={look}
      title={overdue ? t('due.overdue', { at: format.dateTime(dueAt) }) : format.dateTime(dueAt)}
    >
      {format.relative(dueAt)}
    </time>
  );
}
