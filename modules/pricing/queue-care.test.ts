import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type { Model, Quote, RequestQuote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { announceProgress } from './desk.ts';
import { KERNEL_VERSION, makeRing } from './geometry/index.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';
import { isPending } from './quote.ts';
import { type Lane, WEIGHTS } from './rules.ts';
import { finish, settleLeftOver } from './settle.ts';
import { finishJob, type LeasedJob, leaseNext, reap, settleLater, showWorker, writeProgress } from './store-leases.ts';
import type { Outcome } from './store-outcomes.ts';
import { enqueue } from './store-queue.ts';
import { trim } from './store-retention.ts';

/** A heartbeat would find out too that a job is nobody's any more, but later. */
const RULES = { reapMs: 100, goneMs: 400, settleBatch: 3, heartbeatMs: 300_000, leaseMs: 600_000 };
const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
const LARGE = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 8000 });
const LONG = 6_000;
const FAILURE = {
  report: null,
  failure: { code: 'model.empty', message: 'm', hint: 'h' },
  milliseconds: 10,
} as const satisfies Outcome;

let room: PricingUnderTest;
before(async () => {
  room = await pricingUnderTest(RULES);
});
after(() => room.close());
afterEach(async () => {
  await room.sql`truncate job, tenant_share, geometry, quote, quote_model, model, worker, inbox`;
  await room.sql`update virtual_time set v = 0`;
});

function wish(tenant: string, changes: { lane?: Lane; cost?: number; sha256?: string } = {}) {
  const { lane = 'interactive', cost = 100, sha256 = randomBytes(32).toString('hex') } = changes;
  const file = { sha256, kernelVersion: 'test' };
  return room.sql.begin((tx) => enqueue(tx, { tenant, ...file, lane, weight: WEIGHTS[lane], cost, traceparent: null }));
}

const lease = (worker = 'test') => room.sql.begin((tx) => leaseNext(tx, worker, room.rules));
const threads = (count: number, id = 'test') => showWorker(room.sql, { id, threads: count, goneMs: 60_000 });

async function leaseAll(): Promise<LeasedJob[]> {
  const jobs: LeasedJob[] = [];
  for (let job = await lease(); job; job = await lease()) jobs.push(job);
  return jobs;
}

/** The ring again with other bytes in its header: another file, the same work. */
function variant(stl: Buffer): Buffer {
  const copy = Buffer.from(stl);
  randomBytes(20).copy(copy, 40);
  return copy;
}

async function uploaded(actor: Actor, stl = variant(RING.stl)): Promise<{ model: Model; request: RequestQuote }> {
  const { status, body: model } = await room.upload(actor, stl);
  assert.equal(status, 201, JSON.stringify(model));
  const items = [{ modelId: model.id, unit: 'mm' as const, material: 'brass', quantity: 1 }];
  return { model, request: { items, currency: 'USD', leadTier: 'standard' } };
}

describe('long jobs', () => {
  test('of one tenant hold three quarters of the threads while others wait, and a short one is no long one', async () => {
    await threads(8);
    const [loud, other] = [newId(), newId()];
    for (let i = 0; i < 10; i++) await wish(loud, { cost: LONG });
    await wish(loud);
    for (let i = 0; i < 3; i++) await wish(other, { lane: 'bulk', cost: LONG });
    const first = [];
    for (let i = 0; i < 8; i++) first.push((await lease())!);
    const longOfLoud = first.filter(({ tenant, cost }) => tenant === loud && cost === LONG);
    assert.equal(longOfLoud.length, 6, 'its weight alone would give it all eight');
    assert.ok(first.some(({ tenant }) => tenant === other));
  });

  test('of one tenant may hold every thread while nobody waits, and one thread whatever the share', async () => {
    await threads(1);
    const [loud, other] = [newId(), newId()];
    for (let i = 0; i < 5; i++) await wish(loud, { cost: LONG });
    assert.equal((await leaseAll()).length, 5);
    await room.sql`truncate job, tenant_share`;
    await room.sql`update virtual_time set v = 0`;
    for (let i = 0; i < 2; i++) await wish(loud, { cost: LONG });
    await wish(other, { lane: 'bulk', cost: 100_000 });
    const first = (await lease())!;
    assert.equal(first.tenant, loud);
    const second = (await lease())!;
    assert.equal(second.tenant, other, 'one thread is its share');
    // The other one waits, but for what is being measured already.
    await wish(other, { sha256: first.sha256 });
    assert.equal((await lease())!.tenant, loud, 'where nothing else can be taken, an idle thread helps nobody');
  });
});

describe('a run that nobody wants any more', () => {
  async function running(customer: Actor): Promise<{ model: Model; request: RequestQuote; quote: Quote }> {
    const { model, request } = await uploaded(customer, variant(LARGE.stl));
    const { body: quote } = await room.quote(customer, request);
    return { model, request, quote };
  }

  test('ends at once, and its worker goes on; asked for again, it is measured', async () => {
    const customer = room.actor('customer');
    const { model, request, quote } = await running(customer);
    // Held by nobody who would finish it: what is measured here is that the cancellation frees it.
    const job = (await lease())!;
    assert.equal((await room.model(customer, model.id)).state, 'analysing');
    assert.equal((await room.call(customer, 'DELETE', `/quotes/${quote.id}`)).status, 200);
    assert.equal((await room.model(customer, model.id)).state, 'cancelled');
    assert.equal(await room.sql.begin((tx) => finishJob(tx, job, FAILURE)), null, 'its result is not written');
    assert.equal((await room.sql`select from geometry`).length, 0);

    const { body: again } = await room.quote(customer, request);
    assert.equal((await room.model(customer, model.id)).state, 'queued');
    const worker = await room.startWorker();
    const settled = await eventually(
      () => room.findQuote(customer, again.id),
      (found) => !isPending(found),
    );
    await worker.stop!();
    assert.equal(settled.state, 'ready');
    assert.equal((await room.findQuote(customer, quote.id)).state, 'cancelled');
  });

  test('is stopped in the worker’s hands, and the next job is taken', async () => {
    const [customer, next] = [room.actor('customer'), room.actor('customer')];
    const endless = await room.startWorker(1, neverArriving());
    const { quote } = await running(customer);
    await eventually(
      () => room.sql<{ state: string }[]>`select state from job`,
      ([job]) => job?.state === 'running',
    );
    await room.call(customer, 'DELETE', `/quotes/${quote.id}`);
    await uploaded(next);
    // The only thread has it, so it has let go of the first.
    await eventually(
      () => room.sql`select from job where tenant = ${next.id} and state = 'running'`,
      (rows) => rows.length === 1,
    );
    await endless.stop!();
  });

  test('goes on while another quote of the tenant waits for it', async () => {
    const customer = room.actor('customer');
    const { model, request, quote } = await running(customer);
    await room.quote(customer, request);
    await lease();
    await room.call(customer, 'DELETE', `/quotes/${quote.id}`);
    assert.equal((await room.model(customer, model.id)).state, 'analysing');
  });

  test('costs its tenant what it ran, and one that never ran nothing', async () => {
    const [customer, idle] = [room.actor('customer'), room.actor('customer')];
    const share = async ({ id }: Actor) => {
      const [row] = await room.sql<
        [{ share: number }]
      >`select last_finish as share from tenant_share where tenant = ${id}`;
      return row.share;
    };
    const { quote: ran } = await running(customer);
    await lease();
    await room.sql`update job set started_at = platform.now() - interval '8 seconds'`;
    await room.call(customer, 'DELETE', `/quotes/${ran.id}`);
    const charged = await share(customer);
    assert.ok(charged >= 8000 / WEIGHTS.interactive && charged < 20_000 / WEIGHTS.interactive, `${charged}`);

    const { quote: waited } = await running(idle);
    const before = await share(idle);
    await room.call(idle, 'DELETE', `/quotes/${waited.id}`);
    const [{ v }] = await room.sql<[{ v: number }]>`select v from virtual_time`;
    assert.ok(before > v);
    assert.ok(Math.abs((await share(idle)) - v) < 1e-6);
  });

  /** A store whose bytes never come, so that a run lasts until it is ended. */
  function neverArriving() {
    const { path: _, ...store } = room.blobs;
    return { ...store, get: async () => new Readable({ read() {} }) };
  }
});

test('a worker that is not seen any more is gone, and its jobs with it; one that is seen keeps them', async () => {
  await wish(newId());
  await wish(newId());
  await showWorker(room.sql, { id: 'dead', threads: 1, goneMs: 400 });
  await showWorker(room.sql, { id: 'alive', threads: 1, goneMs: 400 });
  await lease('dead');
  await lease('alive');
  await room.sql`update worker set seen_at = platform.now() - interval '1 second' where id = 'dead'`;
  assert.equal((await room.sql.begin((tx) => reap(tx, 3, false))).requeued, 0, 'who was away itself judges nobody');
  const { requeued, ofGoneWorkers } = await room.sql.begin((tx) => reap(tx, 3, true));
  assert.deepEqual([requeued, ofGoneWorkers], [1, 1]);
  const rows = await room.sql<{ worker: string }[]>`select worker from job where state = 'running'`;
  assert.deepEqual([...rows], [{ worker: 'alive' }]);
});

describe('how far a run is', () => {
  test('is seen in the model, and pushed to who follows the quote', async () => {
    const customer = room.actor('customer');
    const { model, request } = await uploaded(customer);
    const { body: quote } = await room.quote(customer, request);
    const job = (await lease())!;
    const response = await room.raw(customer, 'GET', `/quotes/${quote.id}/events`);
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      if (text === '') {
        await writeProgress(room.sql, job, { stage: 'topology', share: 0.25 }, 1234);
        await announceProgress(room.sql, job);
      }
      text += chunk;
      if (text.includes('"topology"')) break;
    }
    const { progress } = await room.model(customer, model.id);
    assert.deepEqual(progress, { stage: 'topology', share: 0.25 });
    const [item] = (await room.findQuote(customer, quote.id)).items;
    assert.deepEqual(item!.progress, progress);
    await room.sql.begin((tx) => finishJob(tx, job, FAILURE));
    assert.equal((await room.model(customer, model.id)).progress, undefined);
  });

  test('is not written by who has lost the job', async () => {
    await wish(newId());
    const job = (await lease())!;
    await writeProgress(room.sql, { ...job, fence: job.fence - 1 }, { stage: 'topology', share: 1 }, null);
    const [{ stage }] = await room.sql<[{ stage: string | null }]>`select stage from job`;
    assert.equal(stage, null);
  });
});

describe('quotes that wait for one model', () => {
  const COUNT = 8;

  /** Eight quotes, three in a batch, one of them of two models. */
  async function waiting(customer: Actor): Promise<{ ids: string[]; job: LeasedJob }> {
    const { model, request } = await uploaded(customer);
    const { request: other } = await uploaded(customer);
    const ids: string[] = [];
    for (let i = 0; i < COUNT - 1; i++) ids.push((await room.quote(customer, request)).body.id);
    const both = { ...request, items: [...request.items, ...other.items] };
    ids.push((await room.quote(customer, both)).body.id);
    await room.sql`update job set vstart = -1 where sha256 = ${model.sha256}`;
    return { ids, job: (await lease())! };
  }

  async function toldOnce(): Promise<void> {
    const failed = (await room.events()).filter(({ type }) => type === 'quote.failed');
    const ids = failed.map(({ data }) => `${data.quote.id} ${data.quote.version}`);
    assert.equal(new Set(ids).size, ids.length, 'nobody is told twice');
  }

  test('are settled in batches, each once', async () => {
    const customer = room.actor('customer');
    const { ids, job } = await waiting(customer);
    assert.equal(await finish(room, job, FAILURE), true);
    assert.equal(await finish(room, job, FAILURE), false, 'nor under an old fence');
    const states = await Promise.all(ids.map(async (id) => (await room.findQuote(customer, id)).state));
    assert.deepEqual(states, [...Array(COUNT - 1).fill('failed'), 'calculating']);
    const [row] = await room.sql<[{ left: string | null }]>`
      select settle_after as left from job where id = ${job.id}`;
    assert.equal(row.left, null);
    await toldOnce();
  });

  test('are settled by somebody else where their worker died in between', async () => {
    const customer = room.actor('customer');
    const { ids, job } = await waiting(customer);
    await room.sql.begin((tx) => finishJob(tx, job, FAILURE));
    await settleLater(room.sql, job.id, -1);
    await Promise.all([settleLeftOver(room), settleLeftOver(room)]);
    const states = await Promise.all(ids.map(async (id) => (await room.findQuote(customer, id)).state));
    assert.deepEqual(states, [...Array(COUNT - 1).fill('failed'), 'calculating']);
    await toldOnce();
  });

  test('do not hold each other up when one of them cannot be settled', async () => {
    const customer = room.actor('customer');
    const { ids, job } = await waiting(customer);
    const stuck = ids[4]!;
    await room.sql`update quote set body = jsonb_set(body, '{priceListVersion}', '"gone"') where id = ${stuck}`;
    assert.equal(await finish(room, job, FAILURE), true);
    const states = await Promise.all(ids.map(async (id) => (await room.findQuote(customer, id)).state));
    assert.deepEqual(states, ['failed', 'failed', 'failed', 'failed', 'queued', 'failed', 'failed', 'calculating']);
    const [{ left }] = await room.sql<[{ left: string | null }]>`
      select settle_after as left from job where id = ${job.id}`;
    assert.notEqual(left, null, 'it is tried again');
  });
});

test('a CAD file is converted and measured, and stays what it is', async () => {
  const step = readFileSync(new URL('./cad/fixtures/box.step', import.meta.url));
  const customer = room.actor('customer');
  const { body: uploadedModel } = await room.upload(customer, step, 'box.step');
  const worker = await room.startWorker();
  const model = await eventually(
    () => room.model(customer, uploadedModel.id),
    ({ state }) => state === 'ready' || state === 'failed',
  );
  await worker.stop!();
  const { format, bytes, sha256, verdict, unit } = model.report!;
  assert.deepEqual(
    { format, bytes, sha256, verdict, unit },
    { format: 'step', bytes: step.length, sha256: uploadedModel.sha256, verdict: 'closed', unit: 'mm' },
  );
});

test('what is old is removed; reports, quotes of orders and what still waits stay', async () => {
  const customer = room.actor('customer');
  const { request } = await uploaded(customer);
  const quotes: string[] = [];
  for (let i = 0; i < 4; i++) quotes.push((await room.quote(customer, request)).body.id);
  const [plain, ordered, unknown, pending] = quotes as [string, string, string, string];
  await finish(room, (await lease())!, FAILURE);
  await room.sql`update retention set quotes_since = platform.now() - interval '300 days'`;
  await room.sql`update quote set created_at = platform.now() - interval '200 days'`;
  await room.sql`update quote set ordered = true where id = ${ordered}`;
  await room.sql`update quote set created_at = platform.now() - interval '400 days' where id = ${unknown}`;
  await room.sql`update quote set state = 'queued' where id = ${pending}`;
  for (const state of ['queued', 'cancelled', 'done']) {
    await wish(newId());
    await room.sql`
      update job set state = ${state}, queued_at = platform.now() - interval '200 days',
        finished_at = platform.now() - interval '200 days'
      where kernel_version = 'test' and queued_at > platform.now() - interval '1 day'`;
  }
  await room.sql`insert into inbox values ('c', ${newId()}, platform.now() - interval '40 days'), ('c', ${newId()}, platform.now())`;
  await room.sql`update virtual_time set v = 1e9`;
  const about = { kernelVersion: KERNEL_VERSION, batch: 100 };
  const trimmed = await room.sql.begin((tx) => trim(tx, room.rules.keepDays, about));
  assert.deepEqual(
    { quotes: trimmed!.quotes, jobs: trimmed!.jobs, inbox: trimmed!.inbox },
    { quotes: 1, jobs: 2, inbox: 1 },
  );
  assert.equal((await room.call(customer, 'GET', `/quotes/${plain}`)).status, 404);
  for (const id of [ordered, unknown, pending]) {
    assert.equal((await room.call(customer, 'GET', `/quotes/${id}`)).status, 200);
  }
  const jobs = await room.sql<{ state: string }[]>`select state from job order by state`;
  assert.deepEqual(
    jobs.map(({ state }) => state),
    ['done', 'queued'],
    'the proof that a tenant may know a report, and what waits',
  );
  assert.equal((await room.sql`select from geometry`).length, 1);
});
