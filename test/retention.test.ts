import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { janitor, type Leftovers, type Sql } from '#platform/database';
import { createLog, createMetrics } from '#platform/telemetry';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { KEPT, parseKeepDays } from '../app/keep-days.ts';
import { ROOM_NAMES, ROOMS, type RoomName } from '../app/rooms.ts';
import { leftovers as ofIdentity } from '../modules/identity/leftovers.ts';
import { leftovers as ofMes } from '../modules/mes/leftovers.ts';
import { leftovers as ofOrders } from '../modules/orders/leftovers.ts';
import { leftovers as ofPartners } from '../modules/partners/leftovers.ts';
import { LEFTOVERS as ofShop } from '../modules/shop/leftovers.ts';

const ABOUT = { service: 'test', role: 'test', version: '0' };
const log = createLog({ ...ABOUT, level: 'silent' });
const keep = parseKeepDays('', (why) => assert.fail(why));
const MANY = 2_300;

let database: TestDatabase;
before(async () => {
  const rooms = ROOM_NAMES.map((name) => ({ ...ROOMS[name], hears: [...ROOMS[name].hears] }));
  database = await testDatabase({ rooms });
});
after(() => database?.close());

/** Rows of each table: `old` ones that are due, and young or kept ones that are not. */
const FILLED: Partial<Record<RoomName, { leftovers: Leftovers[]; fill(sql: Sql): Promise<unknown>; left: object }>> = {
  orders: {
    leftovers: ofOrders(keep),
    async fill(sql) {
      await sql`insert into command (id, order_id, fingerprint, answer, at)
        select gen_random_uuid(), gen_random_uuid(), 'f', '{}', now() - days * interval '1 day' from unnest(array[91, 89]) days`;
      await sql`insert into inbox (consumer, event_id, at)
        select 'orders.facts', gen_random_uuid(), now() - interval '31 days' from generate_series(1, ${MANY}::int)`;
      await sql`insert into inbox (consumer, event_id) values ('orders.facts', gen_random_uuid())`;
    },
    left: { command: 1, inbox: 1 },
  },
  mes: {
    leftovers: ofMes(keep),
    fill: (sql) => sql`insert into command (person_id, command_id, asked, answer, at)
      select gen_random_uuid(), gen_random_uuid(), 'a', '{}', now() - days * interval '1 day' from unnest(array[91, 89]) days`,
    left: { command: 1 },
  },
  partners: {
    leftovers: ofPartners(keep),
    async fill(sql) {
      await sql`insert into idempotency (client_id, key, fingerprint, at)
        select gen_random_uuid(), 'k', 'f', now() - days * interval '1 day' from unnest(array[91, 89]) days`;
      await sql`insert into inbox (consumer, event_id, at)
        select 'partners.orders', gen_random_uuid(), now() - days * interval '1 day' from unnest(array[31, 29]) days`;
      await sql`insert into client_event (client_id, sequence, body, at)
        select gen_random_uuid(), days, '{}', now() - days * interval '1 day' from unnest(array[91, 89]) days`;
      await sql`insert into delivery (endpoint_id, client_id, event_id, type, payload, state, created_at)
        select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 't', '{}', state, now() - days * interval '1 day'
        from unnest(array[91, 89]) days, unnest(array['delivered', 'failed', 'pending']) state`;
      await sql`insert into daily_usage (client_id, day, kind, count)
        select gen_random_uuid(), current_date - days, 'orders', 1 from unnest(array[801, 799]) days`;
    },
    left: { idempotency: 1, inbox: 1, client_event: 1, delivery: 4, daily_usage: 1 },
  },
  identity: {
    leftovers: ofIdentity(keep),
    async fill(sql) {
      await sql`with somebody as (
          insert into person (id, kind, name, roles) values (gen_random_uuid(), 'guest', 'G', '{customer}') returning id
        )
        insert into session (id, token_hash, person_id, expires_at)
        select gen_random_uuid(), hours::text::bytea, id, now() + hours * interval '1 hour'
        from somebody, unnest(array[-1, 1]) hours`;
      await sql`insert into attempt (subject, count, resets_at)
        select hours::text, 1, now() + hours * interval '1 hour' from unnest(array[-1, 1]) hours`;
      await sql`insert into audit (event, at)
        select 'signed_in', now() - days * interval '1 day' from unnest(array[731, 729]) days`;
      await sql`insert into mail (recipient, subject, body, sent_at)
        select 'a@b.example', 's', '', now() - days * interval '1 day' from unnest(array[31, 29, null]) days`;
    },
    left: { session: 1, attempt: 1, audit: 1, mail: 2 },
  },
  shop: {
    leftovers: ofShop,
    async fill(sql) {
      await sql`insert into quote (id, version, tenant, summary, changed_at)
        select gen_random_uuid(), 1, gen_random_uuid(), '{}', now() - days * interval '1 day' from unnest(array[91, 89]) days`;
      await sql`insert into cart (id, owner_id, items, currency, lead_tier, rush, order_id, updated_at)
        select gen_random_uuid(), gen_random_uuid(), '[]', 'EUR', 'standard', false, ordered, now() - days * interval '1 day'
        from unnest(array[31, 29]) days, unnest(array[gen_random_uuid(), null]) ordered`;
    },
    left: { quote: 1, cart: 3 },
  },
};

for (const [room, { leftovers, fill, left }] of Object.entries(FILLED)) {
  test(`what ${room} keeps for a while only is removed when it is due, the rest stays`, async () => {
    const sql = database.sql(room);
    await fill(sql);
    const metrics = createMetrics(ABOUT);
    // Two processes at once: what one removes the other does not count.
    const tidiers = [1, 2].map(() => janitor({ sql, room, leftovers, log, metrics }));
    await Promise.all(tidiers.map((tidier) => tidier.tidy()));
    await tidiers[0]!.tidy();
    const counts: Record<string, number> = {};
    for (const table of Object.keys(left)) {
      const [row] = await sql<{ count: number }[]>`select count(*) from ${sql(table)}`;
      counts[table] = row!.count;
    }
    assert.deepEqual(counts, left);
    if (room !== 'orders') return;
    const line = `forgeline_retention_rows_removed_total{room="orders",table="inbox"} ${MANY}`;
    assert.ok((await metrics.text()).includes(line), 'every row is counted once');
  });
}

test('less than does no harm is refused, and so is a name that does not exist', () => {
  const refuse = (why: string): never => {
    throw new Error(why);
  };
  assert.equal(parseKeepDays('answers=60, files=100', refuse).files, 100);
  assert.throws(() => parseKeepDays('answers=29', refuse), /at least 30/);
  assert.throws(() => parseKeepDays('history=100', refuse), /none of answers/);
  for (const { days, least } of Object.values(KEPT)) assert.ok(days >= least);
});
