import { Link } from '@tanstack/react-router';
import type { OrderRow, Problems } from '#contracts/crm';
import {
  AsOf,
  Empty,
  ErrorNotice,
  hasRole,
  Icon,
  type IconName,
  Loading,
  StatusChip,
  useFormat,
  useSession,
} from '#ui/kit';
import { CopiesInRepair } from './copies-in-repair.tsx';
import { DueDate } from './due-date.tsx';
import { useProblems } from './frame.tsx';
import { useText } from './messages.ts';

type Kind = Problems['groups'][number]['kind'];

const ICONS: Record<Kind, IconName> = { conflict: 'alert', needs_review: 'eye', overdue: 'clock', stuck: 'hourglass' };

/** What waits for a person. */
export function ProblemsPage() {
  const t = useText();
  const { actor } = useSession();
  const problems = useProblems();
  if (problems.isPending) return <Loading />;
  if (problems.error && !problems.data) {
    return <ErrorNotice error={problems.error} retry={() => void problems.refetch()} />;
  }
  const { groups, deadLetters, copies, asOf } = problems.data;
  const waiting = groups.filter(({ count }) => count > 0);
  return (
    <div className="crm-page">
      <div className="crm-section-head">
        <h1>{t('problems.title')}</h1>
        <span className="fl-soft">
          {hasRole(actor, ['admin']) && <Link to="/dead-letters">{t('problems.all_dead_letters')}</Link>}{' '}
          <AsOf at={asOf} readAt={problems.dataUpdatedAt} />
        </span>
      </div>
      {deadLetters > 0 && (
        <p className="crm-review" role="status">
          <Icon name="alert" size={16} />
          {t('problems.dead_letters', { count: deadLetters })}
        </p>
      )}
      {waiting.length + deadLetters + copies.length === 0 && (
        <Empty icon="check" title={t('problems.none')} text={t('problems.none_hint')} />
      )}
      <div className="crm-problems">
        <CopiesInRepair copies={copies} />
        {waiting.map((group) => (
          <Group key={group.kind} {...group} />
        ))}
      </div>
    </div>
  );
}

function Group({ kind, count, orders }: Problems['groups'][number]) {
  const t = useText();
  return (
    <section className="fl-card crm-problem">
      <h2>
        <Icon name={ICONS[kind]} />
        {t(`problem.${kind}`)}
        <span className="crm-count">{count >= 1000 ? '1000+' : count}</span>
      </h2>
      <p className="fl-soft">{t(`problem.${kind}_hint`)}</p>
      <ul>
        {orders.map((row) => (
          <ProblemRow key={row.id} row={row} kind={kind} />
        ))}
      </ul>
      {count > orders.length && <p className="fl-soft">{t('problems.first', { shown: orders.length })}</p>}
    </section>
  );
}

function ProblemRow({ row, kind }: { row: OrderRow; kind: Kind }) {
  const t = useText();
  const format = useFormat();
  return (
    <li>
      <Link to="/orders/$orderId" params={{ orderId: row.id }}>
        {row.number}
      </Link>
      <span>
        <StatusChip status={row.status} held={row.onHold} />
      </span>
      <span className="crm-problem-buyer">{row.buyer.name}</span>
      <span className="fl-soft">
        {kind === 'overdue' ? (
          <DueDate dueAt={row.dueAt} status={row.status} />
        ) : (
          t('card.since', { age: format.relative(row.statusSince) })
        )}
      </span>
      <span className="fl-soft">{row.assignee?.name ?? t('assignee.nobody')}</span>
    </li>
  );
}
