import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { type Database, openDatabase } from './index.ts';

/** What stands between a pool and its server, and may cut every connection the hard way or the soft one. */
interface Wire {
  url: string;
  /** `reset`: as when the other machine has lost the connection; `close`: as when it ends it; `refuse`: also every new one. */
  cut(how: 'reset' | 'close' | 'refuse'): void;
  mend(): void;
  close(): Promise<void>;
}

async function wireTo(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const clients = new Set<net.Socket>();
  let refuses = false;
  const server = net.createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).once('close', () => clients.delete(client));
    if (refuses) return void client.end();
    const upstream = net.connect(Number(port), hostname);
    upstream.on('error', () => client.destroy()).once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return {
    url: url.href,
    cut(how) {
      refuses = how === 'refuse';
      for (const client of clients) {
        if (how === 'reset') client.resetAndDestroy();
        else client.destroySoon();
      }
    },
    mend() {
      refuses = false;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

let db: TestDatabase;
let wire: Wire;
let pool: Database;

before(async () => {
  db = await testDatabase({
    rooms: [{ name: 'orders', migrations: new URL('./no-migrations/', import.meta.url), hears: [] }],
  });
  wire = await wireTo(db.url('orders'));
});
after(async () => {
  await pool?.end();
  await wire?.close();
  await db.close();
});

for (const how of ['reset', 'close'] as const) {
  for (const max of [1, 3]) {
    test(`whoever asks again in the very moment of a cut is answered (${how}, ${max} connections)`, async () => {
      pool = openDatabase({ url: wire.url, room: 'orders', max });
      const { sql } = pool;
      let running = true;
      let failed = 0;
      const asking = Array.from({ length: 6 }, async (_, at) => {
        while (running) {
          const query = at % 2 ? sql`select ${at}::int as n` : sql.begin((tx) => tx`select ${at}::int as n`);
          await query.catch(() => failed++);
        }
      });
      for (let round = 0; round < 10; round++) {
        await sql`select pg_sleep(0.005)`.catch(() => undefined);
        wire.cut(how);
      }
      running = false;
      await Promise.all(asking);
      assert.ok(failed > 0, 'nobody was struck');
      assert.equal((await sql`select 1 as fine`)[0]?.['fine'], 1, 'no error is told again to who comes later');
      await pool.end();
    });
  }
}

test('a server that ends every connection at once fails the query', async () => {
  pool = openDatabase({ url: wire.url, room: 'orders', max: 1 });
  wire.cut('refuse');
  await assert.rejects(pool.sql`select 1`, { code: 'CONNECTION_CLOSED' });
  wire.mend();
  assert.equal((await pool.sql`select 1 as fine`)[0]?.['fine'], 1);
});

test('a pool whose connections were cut ends without waiting for them', async () => {
  const cut = openDatabase({ url: wire.url, room: 'orders', max: 1 });
  const asked = cut.sql`select pg_sleep(10)`.catch(() => 'cut');
  await cut.sql.begin(async () => undefined).catch(() => undefined);
  wire.cut('reset');
  assert.equal(await asked, 'cut');
  await cut.end({ withinSeconds: 1e6 });
});
