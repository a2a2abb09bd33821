import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVENT_OWNERS } from '#contracts/events';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { ROOM_NAMES, ROOMS, type RoomName } from '../app/rooms.ts';

let database: TestDatabase;
let tables: { schema: RoomName; name: string }[];

before(async () => {
  database = await testDatabase({
    rooms: ROOM_NAMES.map((name) => ({ ...ROOMS[name], hears: [...ROOMS[name].hears] })),
  });
  const found = await Promise.all(
    ROOM_NAMES.map(
      (room) => database.sql(room)<{ schema: RoomName; name: string }[]>`
        select schemaname as schema, tablename as name from pg_tables where schemaname = ${room}`,
    ),
  );
  tables = found.flat();
  for (const [owner, room] of Object.entries(EVENT_OWNERS)) {
    await database.sql(room)`insert into bus.feed (topic, key, body) values (${`${owner}.test`}, 'k', '{}')`;
  }
});
after(() => database?.close());

function ownOwners(room: RoomName): string[] {
  return Object.entries(EVENT_OWNERS)
    .filter(([, name]) => name === room)
    .map(([owner]) => owner);
}

const PERMISSION_DENIED = '42501';

async function codeOf(query: Promise<unknown>): Promise<string | null> {
  try {
    await query;
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? 'unknown';
  }
}

for (const room of ROOM_NAMES) {
  test(`the database role of ${room} is refused every other room's tables`, async () => {
    const sql = database.sql(room);
    const others = tables.filter(({ schema }) => schema !== room);
    assert.ok(others.length > 20, 'next to no tables were found');
    for (const { schema, name } of others) {
      const table = sql`${sql(schema)}.${sql(name)}`;
      for (const query of [sql`select from ${table} limit 1`, sql`delete from ${table}`]) {
        assert.equal(await codeOf(query), PERMISSION_DENIED, `${schema}.${name}`);
      }
    }
  });

  test(`${room} sees only the events it declares, and appends and removes only its own`, async () => {
    const sql = database.sql(room);
    const seen = await sql<
      { owner: string }[]
    >`select distinct split_part(topic, '.', 1) as owner from ${sql(`bus.feed_${room}`)}`;
    const declared: readonly string[] = [...ROOMS[room].hears, 'person', ...ownOwners(room)];
    assert.deepEqual(
      seen.map(({ owner }) => owner).filter((owner) => !declared.includes(owner)),
      [],
    );
    const kept = await sql<{ owner: string }[]>`select distinct split_part(topic, '.', 1) as owner from bus.feed`;
    assert.deepEqual(
      kept.map(({ owner }) => owner).filter((owner) => !ownOwners(room).includes(owner)),
      [],
      'the whole feed',
    );
    const foreign = room === 'orders' ? 'quote.ready' : 'order.approved';
    const forged = sql`insert into bus.feed (topic, key, body) values (${foreign}, 'k', '{}')`;
    assert.equal(await codeOf(forged), PERMISSION_DENIED, `an event of another room (${foreign})`);
  });
}

test('a role reaches its own tables', async () => {
  for (const { schema, name } of tables) {
    const sql = database.sql(schema);
    assert.equal(await codeOf(sql`select from ${sql(schema)}.${sql(name)} limit 1`), null, `${schema}.${name}`);
  }
});
