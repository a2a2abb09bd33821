import type { OrderStatus } from '#contracts/orders';
import { Icon } from './icons.tsx';
import { en } from './messages.en.ts';
import { useKitText } from './messages.ts';
import { ORDER_STATUS_LOOK } from './status.tsx';
import { useFormat } from './time-zone.ts';

type ChangeKey = Extract<keyof typeof en, `change.${string}`>;

/** What a history entry's `name` is called. */
export function useChangeName(): (name: string) => string {
  const t = useKitText();
  return (name) => {
    const key = `change.${name}`;
    return t(key in en ? (key as ChangeKey) : 'change.other');
  };
}

/** A step of an order's history; both the whole history and the buyer's part of it fit. */
export interface TimelineEntry {
  version: number;
  at: string;
  name: string;
  status: OrderStatus;
  reason: string;
  actor?: { name: string };
}

export interface TimelineProps {
  entries: readonly TimelineEntry[];
  /** Names of people are for the house, not for the buyer. */
  showActors?: boolean;
}

/** An order's history, the newest first. */
export function Timeline({ entries, showActors = false }: TimelineProps) {
  const t = useKitText();
  const format = useFormat();
  const changeName = useChangeName();
  const newestFirst = [...entries].sort((a, b) => b.version - a.version);
  return (
    <ol className="fl-timeline">
      {newestFirst.map((entry) => (
        <li key={entry.version} className={`fl-timeline-${ORDER_STATUS_LOOK[entry.status].tone}`}>
          <span className="fl-timeline-mark">
            <Icon name={ORDER_STATUS_LOOK[entry.status].icon} size={14} />
          </span>
          <div>
            <strong>{changeName(entry.name)}</strong>
            {entry.reason && <p className="fl-soft">{entry.reason}</p>}
            <p className="fl-soft">
              <time dateTime={entry.at} title={format.relative(entry.at)}>
                {format.dateTime(entry.at)}
              </time>
              {showActors && entry.actor?.name && <> · {t('timeline.by', { name: entry.actor.name })}</>}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
