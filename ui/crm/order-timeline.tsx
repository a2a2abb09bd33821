import { useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import { Timeline, useFormat } from '#ui/kit';
import { isCrmKey, useText } from './messages.ts';

/** What happened, by whom and why; what the system did by itself can be folded away. */
export function OrderTimeline({ card }: { card: OrderCard }) {
  const t = useText();
  const [peopleOnly, setPeopleOnly] = useState(false);
  const bySystem = card.timeline.filter(({ actor }) => actor.role === 'system').length;
  const entries = peopleOnly ? card.timeline.filter(({ actor }) => actor.role !== 'system') : card.timeline;
  return (
    <section className="fl-card crm-timeline">
      <div className="crm-section-head">
        <h2>{t('timeline.title')}</h2>
        {bySystem > 0 && (
          <button
            type="button"
            className="fl-link"
            aria-pressed={peopleOnly}
            onClick={() => setPeopleOnly(!peopleOnly)}
          >
            {peopleOnly ? t('timeline.show_system', { count: bySystem }) : t('timeline.hide_system')}
          </button>
        )}
      </div>
      <Timeline entries={entries} showActors />
      <FloorNotes card={card} />
    </section>
  );
}

/** What the shop floor told about the parts. */
function FloorNotes({ card }: { card: OrderCard }) {
  const t = useText();
  const format = useFormat();
  if (card.production.length === 0) return null;
  const nameOf = (itemId: string) => card.order.items.find(({ id }) => id === itemId)?.specification.fileName ?? '';
  return (
    <details className="crm-floor">
      <summary>{t('floor.title', { count: card.production.length })}</summary>
      <ul>
        {card.production.toReversed().map((note) => {
          const key = `floor.${note.name}`;
          return (
            <li key={`${note.itemId}-${note.version}`}>
              <span>
                {isCrmKey(key) ? t(key) : note.name} · {nameOf(note.itemId)}
              </span>
              {note.reason && <span className="fl-soft">{note.reason}</span>}
              <span className="fl-soft">
                {format.dateTime(note.at)} · {note.actor} ·{' '}
                {t('floor.counts', { made: note.made, scrapped: note.scrapped })}
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
