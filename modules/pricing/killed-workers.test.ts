import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Actor } from '#contracts/identity';
import { makeRing } from './geometry/index.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';

/** A lease outlasts the test: what brings a job back is that its worker is not seen any more. */
const RULES = { reapMs: 100, goneMs: 1_500, leaseMs: 600_000, heartbeatMs: 300_000, attempts: 100, pauseMs: 20 };
const TENANTS = 20;
const MODELS = 25;
const WORKERS = 3;
const KILLS = 6;
/** Other test files keep the machine busy. */
const PATIENCE_MS = 120_000;
/** Measured in some tenths of a second: long enough to be struck. Each tenant has one. */
const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
/** Read and refused in milliseconds, so that five hundred jobs do not take minutes. */
const BROKEN = Buffer.from(RING.stl);
BROKEN.writeFloatLE(Number.NaN, 84 + 12);
const SCRIPT = fileURLToPath(new URL('./worker-under-test.ts', import.meta.url));

let room: PricingUnderTest;
const children = new Set<ChildProcess>();
before(async () => {
  room = await pricingUnderTest(RULES);
  await room.sql`create table ended (job uuid)`;
  await room.sql.unsafe(`
    create function note_end() returns trigger language plpgsql as $$
    begin insert into ended values (new.id); return null; end $$;
    create trigger note_end after update on job for each row
    when (new.state = 'done' and old.state is distinct from 'done') execute function note_end()`);
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await room.close();
});

function startProcess(): ChildProcess {
  const args = [SCRIPT, room.database.url('pricing'), room.blobDir, JSON.stringify(RULES)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  children.add(child);
  return child;
}

/** Kills a worker in the middle of a ring, and starts another one. */
async function strike(rings: readonly string[]): Promise<void> {
  const busy = await eventually(
    async () => {
      const rows = await room.sql<{ worker: string }[]>`
        select worker from job where state = 'running' and sha256 = any(${rings})`;
      return [...children].find(({ pid }) => rows.some(({ worker }) => worker.includes(`/${pid}/`)));
    },
    (child) => child !== undefined,
  );
  const child = busy!;
  child.kill('SIGKILL');
  await once(child, 'exit');
  children.delete(child);
  startProcess();
}

async function ask(customer: Actor, stl: Buffer): Promise<{ quoteId: string; sha256: string }> {
  const copy = Buffer.from(stl);
  randomBytes(20).copy(copy, 40);
  const { body: model } = await room.upload(customer, copy);
  const items = [{ modelId: model.id, unit: 'mm' as const, material: 'brass', quantity: 1 }];
  const { body: quote } = await room.quote(customer, { items, currency: 'USD', leadTier: 'standard' });
  return { quoteId: quote.id, sha256: model.sha256 };
}

const countEnded = async () => {
  const [row] = await room.sql<[{ count: number }]>`select count(*)::int as count from ended`;
  return row.count;
};

test('kill -9 of workers during 500 jobs: each ends exactly once, and each quote is told once', async () => {
  const total = TENANTS * MODELS;
  const customers = Array.from({ length: TENANTS }, () => room.actor('customer'));
  const rings: string[] = [];
  const quotes = await Promise.all(
    customers.map(async (customer, tenant) => {
      const ids: string[] = [];
      for (let i = 0; i < MODELS; i++) {
        const isRing = i === tenant;
        const { quoteId, sha256 } = await ask(customer, isRing ? RING.stl : BROKEN);
        if (isRing) rings.push(sha256);
        ids.push(quoteId);
      }
      return ids;
    }),
  );
  for (let i = 0; i < WORKERS; i++) startProcess();
  for (let kill = 1; kill <= KILLS; kill++) {
    await eventually(countEnded, (ended) => ended > (kill * total) / (2 * KILLS), PATIENCE_MS);
    await strike(rings);
  }
  await eventually(countEnded, (ended) => ended >= total, PATIENCE_MS);
  await eventually(
    () => room.sql`select from job where state <> 'done' or settle_after is not null`,
    (rows) => rows.length === 0,
  );
  const ended = await room.sql<{ times: number }[]>`select count(*)::int as times from ended group by job`;
  assert.equal(ended.length, total);
  assert.ok(ended.every(({ times }) => times === 1));
  const told = (await room.events()).filter(({ type }) => type === 'quote.ready' || type === 'quote.failed');
  assert.deepEqual(told.map(({ data }) => data.quote.id).sort(), quotes.flat().sort());
  assert.equal(told.filter(({ type }) => type === 'quote.ready').length, rings.length);
  const [{ extra }] = await room.sql<[{ extra: number }]>`select sum(attempts - 1)::int as extra from job`;
  // More where a busy machine kept a worker from being seen in time: that is no harm either.
  assert.ok(extra >= KILLS, 'each kill struck a running job, and cost one more attempt');
});
