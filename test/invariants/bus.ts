import { ROOM_NAMES } from '#app/rooms';
import { HEARD as HEARD_BY_MES } from '../../modules/mes/listen.ts';
import { likePatterns } from '../../platform/bus/patterns.ts';
import type { Violation, Witness } from './witness.ts';

/** When quiet, nothing waits: no event behind a position, none for a broker, none for another attempt. */
export async function outboxDrains({ database, transport }: Witness): Promise<Violation[]> {
  const found: Violation[] = [];
  const say = (detail: string) => found.push({ invariant: 'outbox-drains', detail });
  for (const room of ROOM_NAMES) {
    const sql = database(room);
    const [waiting] = await sql<{ retries: number; feed: number }[]>`
      select (select count(*)::int from bus.retry where owner = ${room}) as retries,
             (select count(*)::int from bus.feed where owner = ${room}) as feed`;
    if (waiting!.retries > 0) say(`${waiting!.retries} events of ${room} wait for another attempt`);
    if (transport === 'rabbitmq' && waiting!.feed > 0) say(`${waiting!.feed} events of ${room} were not sent`);
    if (transport === 'rabbitmq') continue;
    const behind = await sql<{ consumer: string; rows: number }[]>`
      select c.consumer, count(f.*)::int as rows from bus.cursor c
      left join bus.feed f on (f.xid, f.seq) > (c.xid, c.seq)
      where c.owner = ${room} group by c.consumer having count(f.*) > 0`;
    for (const { consumer, rows } of behind)
      if (await hasRead(sql, consumer)) say(`${rows} events wait for ${consumer}`);
  }
  return found;
}

/** A reader writes its position down only with something to show for it: rows that are not its business do not count. */
async function hasRead(sql: ReturnType<Witness['database']>, consumer: string): Promise<boolean> {
  const events = CONSUMERS[consumer];
  if (!events) return false;
  const [row] = await sql<{ waits: boolean }[]>`
    select exists (select from bus.cursor c join bus.feed f on (f.xid, f.seq) > (c.xid, c.seq)
      where c.consumer = ${consumer} and f.topic like any (${likePatterns(events)})) as waits`;
  return row!.waits;
}

/** Every durable consumer of the house, and what it hears. */
export const CONSUMERS: Readonly<Record<string, readonly string[]>> = {
  'orders.facts': ['quote.ready', 'quote.needs_review', 'quote.failed', 'production.*'],
  'pricing.orders': ['order.submitted', 'order.cancelled', 'order.rejected'],
  'shop.orders': ['order.*'],
  'shop.quotes': ['quote.*'],
  'crm.orders': ['order.*'],
  'crm.quotes': ['quote.ready', 'quote.needs_review'],
  'crm.production': ['production.*'],
  'mes.orders': HEARD_BY_MES,
  'partners.orders': ['order.*', 'quote.queued', 'quote.ready', 'quote.needs_review', 'quote.failed'],
};

/** Dead letters are exactly the poison that was injected: nothing else dies, and no poison is lost. */
export async function deadLettersAreThePoison({ database, ledger }: Witness): Promise<Violation[]> {
  const found: Violation[] = [];
  const say = (detail: string) => found.push({ invariant: 'dead-letters-are-the-poison', detail });
  const wanted = new Set(
    ledger.poison.flatMap(({ eventId, consumers }) => consumers.map((one) => `${one} ${eventId}`)),
  );
  const rows = (
    await Promise.all(
      ROOM_NAMES.map(
        (room) => database(room)<{ consumer: string; id: string; reason: string }[]>`
          select consumer, id, reason from bus.dead_letter where owner = ${room}`,
      ),
    )
  ).flat();
  for (const { consumer, id, reason } of rows) {
    if (!wanted.delete(`${consumer} ${id}`)) say(`${consumer} gave up event ${id}, which is no poison: ${reason}`);
  }
  for (const one of wanted) say(`the poison for ${one} is not among the dead letters`);
  return found;
}
