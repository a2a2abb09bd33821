import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import type { SavedView } from '#contracts/crm';
import { newId } from '#platform/clock';
import { type Database, openDatabase, runningPostgres } from '#platform/database';
import { signIn, type Visitor } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';

const VIEWS = '/api/internal/v1/crm/views';
const SELLER = { email: 'seller@replicas.example', name: 'S', password: 'a long password for tests' };

let house: Installation;
let replica: Database;
let seller: Visitor;

before(async () => {
  house = await installation({ FORGELINE_REPLICAS: '1' });
  const running = runningPostgres(path.join(house.dataDir, 'postgres'));
  assert.ok(typeof running === 'object');
  const url = new URL(running.adminUrl);
  url.port = new URL(house.products.servers.replicaUrls('crm')[0]!).port;
  replica = openDatabase({ url: url.href, room: 'test', max: 1 });
  await house.products.identity.room.ensurePerson({ ...SELLER, roles: ['seller'] });
  seller = await signIn(house.origin, SELLER.email, SELLER.password);
});
after(async () => {
  await replica?.end();
  await house?.stop();
});

async function save(id: string, name: string): Promise<void> {
  await seller.call(`${VIEWS}/${id}`, { method: 'PUT', body: { name, shared: false, query: {} } });
}

/** With `headers` that differ from what the seller's own commands have told. */
async function names(headers: Record<string, string> = {}): Promise<string[]> {
  const { items } = await seller.call<{ items: SavedView[] }>(VIEWS, { headers });
  return items.map(({ name }) => name);
}

async function readsBy(target: string): Promise<number> {
  const text = await (await fetch(`${house.origin}/metrics`)).text();
  const counts = text.matchAll(new RegExp(`^forgeline_database_reads_total\\{.*target="${target}".*\\} (\\d+)$`, 'gm'));
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('whoever changes something sees it at once, from the replica where it has it and else from the primary', async () => {
  const id = newId();
  for (let round = 0; round < 20; round++) {
    await save(id, `round ${round}`);
    assert.deepEqual(await names(), [`round ${round}`]);
  }
  assert.ok((await readsBy('replica')) > 0);

  await replica.sql`select pg_wal_replay_pause()`;
  await save(id, 'while it stands still');
  assert.deepEqual(await names(), ['while it stands still']);
  assert.deepEqual(await names({ [CONSISTENCY_HEADER]: '' }), ['round 19'], 'the fault struck: the replica is behind');
  assert.deepEqual(
    await names({ [CONSISTENCY_HEADER]: 'v1.forged' }),
    ['round 19'],
    'a token that is none is no error',
  );
  await replica.sql`select pg_wal_replay_resume()`;
  assert.ok((await readsBy('primary')) > 0);
});

test('the lag of the replica is told', async () => {
  const text = await (await fetch(`${house.origin}/metrics`)).text();
  assert.match(text, /^forgeline_database_replica_lag_seconds\{replica="127\.0\.0\.1:\d+"\} [\d.e-]+$/m);
});
