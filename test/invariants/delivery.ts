import type { Violation, Witness } from './witness.ts';

interface Entry {
  orderId: string;
  version: number;
}

/** Every event reached those who write down each one: timelines of orders, notes of production. */
export async function deliveredAtLeastOnce({ database }: Witness): Promise<Violation[]> {
  const history = await database('orders')<(Entry & { kind: string })[]>`
    select h.order_id as "orderId", h.version, state #>> '{buyer,kind}' as kind from orders.history h`;
  const timeline = await database('crm')<Entry[]>`select order_id as "orderId", version from crm.timeline`;
  const changes = await database('partners')<Entry[]>`
    select order_id as "orderId", version from partners.order_change`;
  const facts = await database('mes')<Entry[]>`
    select item_id as "orderId", v as version from mes.floor_item, generate_series(1, version) v`;
  const notes = await database('crm')<Entry[]>`select item_id as "orderId", version from crm.production_note`;
  return [
    ...missing('the timeline of crm', history, timeline),
    ...missing(
      'the log of partners',
      history.filter(({ kind }) => kind === 'partner'),
      changes,
    ),
    ...missing('the production notes of crm', facts, notes),
  ];
}

function missing(where: string, told: readonly Entry[], written: readonly Entry[]): Violation[] {
  const there = new Set(written.map(({ orderId, version }) => `${orderId} ${version}`));
  return told.flatMap(({ orderId, version }) => {
    if (there.has(`${orderId} ${version}`)) return [];
    return [{ invariant: 'delivered-at-least-once', orderId, detail: `${where} has no version ${version}` }];
  });
}

/** What an event sets off happened once for its id: jobs, pay, quotes, a client's events and webhooks. */
export async function effectsAtMostOnce({ database }: Witness): Promise<Violation[]> {
  const mes = database('mes');
  const doubled = [
    await mes<{ id: string; detail: string }[]>`
      select item_id as id, count(*) || ' original jobs of one item' as detail
      from mes.job where kind = 'original' group by item_id having count(*) > 1`,
    await mes<{ id: string; detail: string }[]>`
      select operation_id as id, 'paid ' || count(*) || ' times' as detail
      from mes.pay_entry where kind <> 'reversal' group by operation_id having count(*) > 1`,
    await mes<{ id: string; detail: string }[]>`
      select operation.id, 'paid for ' || coalesce(sum(pay.quantity), 0) || ' pieces of ' || good as detail
      from mes.operation left join mes.pay_entry pay on pay.operation_id = operation.id and kind = 'credit'
      where state = 'done' group by operation.id having coalesce(sum(pay.quantity), 0) <> good`,
    await database('pricing')<{ id: string; detail: string }[]>`
      select order_id as id, count(*) || ' quotes for version ' || order_version as detail from pricing.quote
      where order_id is not null group by order_id, order_version having count(*) > 1`,
    await database('partners')<{ id: string; detail: string }[]>`
      select (body ->> 'id')::uuid as id, 'told to its client ' || count(*) || ' times' as detail
      from partners.client_event group by client_id, body ->> 'id' having count(*) > 1`,
    await database('partners')<{ id: string; detail: string }[]>`
      select event_id as id, count(*) || ' deliveries to one endpoint' as detail
      from partners.delivery group by endpoint_id, event_id having count(*) > 1`,
    await database('partners')<{ id: string; detail: string }[]>`
      select client_id as id, 'events are numbered to ' || max(sequence) || ' and there are ' || count(*) as detail
      from partners.client_event group by client_id having max(sequence) <> count(*) or min(sequence) <> 1`,
  ].flat();
  return doubled.map(({ id, detail }) => ({ invariant: 'effects-at-most-once', orderId: id, detail }));
}

/** An effect was accepted only from the holder of the latest lease. */
export async function noEffectUnderAnOldFence({ database, ledger }: Witness): Promise<Violation[]> {
  const latest = new Map<string, number>();
  const late: Violation[] = [];
  for (const { resource, fence, what } of ledger.fences) {
    const known = latest.get(resource) ?? 0;
    if (what === 'handed out') latest.set(resource, Math.max(known, fence));
    else if (fence < known) {
      const detail = `${resource}: an effect under fence ${fence} although ${known} was handed out`;
      late.push({ invariant: 'no-effect-under-an-old-fence', detail });
    }
  }
  const attempts = await database('partners')<{ id: string; detail: string }[]>`
    select d.id, 'attempt ' || a.attempt || ' is written after ' || min(later.attempt) as detail
    from partners.delivery d join partners.delivery_attempt a on a.delivery_id = d.id
    join partners.delivery_attempt later on later.delivery_id = d.id and later.attempt > a.attempt and later.at < a.at
    group by d.id, a.attempt`;
  const written = attempts.map(({ id, detail }) => {
    return { invariant: 'no-effect-under-an-old-fence', detail: `webhook ${id}: ${detail}` };
  });
  return [...late, ...written];
}

interface LogEntry {
  operationId: string;
  version: number;
  name: string;
  by: string;
}

const FREED: ReadonlySet<string> = new Set(['release', 'expire', 'ready']);

/** Between two claims of an operation it was given back, and its log has every version once. */
export async function claimedOnce({ database, ledger }: Witness): Promise<Violation[]> {
  const log = await database('mes')<LogEntry[]>`
    select operation_id as "operationId", version, name, actor_name || ' ' || actor_id as by
    from mes.operation_log order by operation_id, version`;
  const found: Violation[] = [];
  const say = (orderId: string, detail: string) => found.push({ invariant: 'claimed-once', orderId, detail });
  const byOperation = Map.groupBy(log, ({ operationId }) => operationId);
  for (const [id, entries] of byOperation) {
    let holder: string | null = null;
    for (const [index, { version, name, by }] of entries.entries()) {
      if (version !== index + 1) say(id, `version ${version} stands where ${index + 1} belongs`);
      if (name === 'claim' && holder !== null) say(id, `claimed by ${by} while ${holder} had it`);
      if (name === 'claim') holder = by;
      else if (FREED.has(name)) holder = null;
    }
  }
  for (const { room, name, subjectId, version, actorId } of ledger.answers) {
    if (room !== 'mes' || name !== 'claim') continue;
    const entry = byOperation.get(subjectId)?.find((one) => one.version === version);
    if (entry?.name !== 'claim' || !entry.by.endsWith(actorId)) {
      say(subjectId, `${actorId} was told of a claim with version ${version}, which is ${entry?.name} by ${entry?.by}`);
    }
  }
  return found;
}
