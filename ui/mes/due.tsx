import { Icon, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { useNow } from './use-now.ts';

const DAY_MS = 86_400_000;

export type Urgency = 'late' | 'soon' | 'calm';

export function urgencyOf(dueAt: string | null, now: number): Urgency {
  if (dueAt === null) return 'calm';
  const left = Date.parse(dueAt) - now;
  if (left < 0) return 'late';
  return left < DAY_MS ? 'soon' : 'calm';
}

/** When it is due, in words; the exact time is in the tooltip, on the shop floor's clock. */
export function Due({ dueAt, rush }: { dueAt: string | null; rush: boolean }) {
  const t = useText();
  const format = useFormat();
  const now = useNow(30_000);
  const urgency = urgencyOf(dueAt, now);
  return (
    <span className={`mes-due mes-due-${urgency}`}>
      {rush && (
        <span className="mes-rush">
          <Icon name="flame" size={14} />
          {t('due.rush')}
        </span>
      )}
      {dueAt === null ? (
        <span className="fl-soft">{t('due.none')}</span>
      ) : (
        <time dateTime={dueAt} title={format.dateTime(dueAt)}>
          {urgency === 'late' && <Icon name="alert" size={14} />}
          {t(urgency === 'late' ? 'due.late' : 'due.in', { when: format.relative(dueAt, now) })}
        </time>
      )}
    </span>
  );
}
