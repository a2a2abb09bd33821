import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Actor } from '#contracts/identity';
import type { Quote, RequestQuote } from '#contracts/pricing';
import { s3Blobs } from '#platform/blobs';
import { newId } from '#platform/clock';
import type { Part } from '#platform/lifecycle';
import { makeRing } from './geometry/index.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';
import { isPending } from './quote.ts';
import { type Lane, WEIGHTS } from './rules.ts';
import { finishJob, type LeasedJob, leaseNext, reap, renewLease } from './store-leases.ts';
import type { Outcome } from './store-outcomes.ts';
import { enqueue } from './store-queue.ts';

const RULES = {
  leaseMs: 600,
  heartbeatMs: 200,
  reapMs: 150,
  goneMs: 2_000,
  attempts: 3,
  pauseMs: 20,
  backlogPerTenant: 4,
  pendingQuotesPerTenant: 20,
  bulkFrom: 2,
  uploadBytesPerDay: 20_000_000,
};
const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
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
  await room.sql`truncate job, tenant_share, geometry, quote, quote_model, model, worker`;
  await room.sql`update virtual_time set v = 0`;
});

const someHash = () => randomBytes(32).toString('hex');

function wish(tenant: string, changes: { lane?: Lane; cost?: number; sha256?: string } = {}) {
  const lane = changes.lane ?? 'interactive';
  const job = { tenant, sha256: someHash(), kernelVersion: 'test', cost: 100, traceparent: null, ...changes };
  return room.sql.begin((tx) => enqueue(tx, { ...job, lane, weight: WEIGHTS[lane] }));
}

const lease = (leaseMs = 60_000, worker = 'test') =>
  room.sql.begin((tx) => leaseNext(tx, worker, { ...room.rules, leaseMs }));
const write = (job: LeasedJob, outcome: Outcome = FAILURE) => room.sql.begin((tx) => finishJob(tx, job, outcome));

async function drain(most: number): Promise<LeasedJob[]> {
  const jobs: LeasedJob[] = [];
  while (jobs.length < most) {
    const job = await lease();
    if (!job) break;
    await write(job, { ...FAILURE, milliseconds: job.cost });
    jobs.push(job);
  }
  return jobs;
}

/** The ring again with other bytes in its header: another file, the same work. */
function variant(stl: Buffer): Buffer {
  const copy = Buffer.from(stl);
  randomBytes(20).copy(copy, 40);
  return copy;
}

async function uploaded(actor: Actor, stl: Buffer): Promise<RequestQuote> {
  const { status, body } = await room.upload(actor, stl);
  assert.equal(status, 201, JSON.stringify(body));
  return {
    items: [{ modelId: body.id, unit: 'mm', material: 'brass', quantity: 1 }],
    currency: 'USD',
    leadTier: 'standard',
  };
}

describe('fair shares', () => {
  test('one job of a quiet tenant does not wait for a thousand of a loud one', async () => {
    const [loud, quiet] = [newId(), newId()];
    await Promise.all(Array.from({ length: 200 }, () => wish(loud)));
    await drain(20);
    await wish(quiet);
    const next = await drain(3);
    assert.ok(
      next.some(({ tenant }) => tenant === quiet),
      'it is among the next three of the 181 that wait',
    );
  });

  test('lanes share 8 : 4 : 1 while all of them wait', async () => {
    const lanes: Lane[] = ['interactive', 'partner', 'bulk'];
    const tenants = new Map(lanes.map((lane) => [newId(), lane]));
    for (const [tenant, lane] of tenants) for (let i = 0; i < 90; i++) await wish(tenant, { lane });
    const taken = { interactive: 0, partner: 0, bulk: 0 };
    for (const { tenant } of await drain(104)) taken[tenants.get(tenant)!]++;
    assert.deepEqual(taken, { interactive: 64, partner: 32, bulk: 8 });
  });

  test('what a job really took is charged: an estimate too low wins nothing', async () => {
    const [liar, honest] = [newId(), newId()];
    for (let i = 0; i < 40; i++) {
      await wish(liar, { cost: 1 });
      await wish(honest, { cost: 100 });
    }
    // The liar's next jobs, after one that took a hundred times what it said, start where honest ones do.
    const first = (await lease())!;
    await write(first, { ...FAILURE, milliseconds: 4000 });
    await wish(liar, { cost: 1 });
    const [last] = await room.sql<[{ vstart: number }]>`
      select vstart from job where tenant = ${first.tenant} order by id desc limit 1`;
    assert.ok(last.vstart >= 3900 / WEIGHTS.interactive);
  });

  test('an idle tenant saves up nothing', async () => {
    const [busy, late] = [newId(), newId()];
    await wish(late);
    await drain(1);
    for (let i = 0; i < 30; i++) await wish(busy);
    await drain(20);
    for (let i = 0; i < 10; i++) await wish(late);
    const order = (await drain(10)).map(({ tenant }) => tenant);
    const ofLate = order.filter((tenant) => tenant === late).length;
    assert.ok(ofLate >= 4 && ofLate <= 6, `${ofLate} of 10`);
  });
});

describe('leases', () => {
  test('no job is handed out twice', async () => {
    for (let i = 0; i < 40; i++) await wish(newId());
    const taken = await Promise.all(Array.from({ length: 60 }, () => lease()));
    const ids = taken.flatMap((job) => (job ? [job.id] : []));
    assert.equal(new Set(ids).size, ids.length);
    // Some of sixty at once may find every row locked by another; nobody finds one that is taken.
    ids.push(...(await drain(40)).map(({ id }) => id));
    assert.equal(new Set(ids).size, 40);
  });

  test('one content is measured by one worker at a time, whoever asked', async () => {
    const sha256 = someHash();
    for (let i = 0; i < 5; i++) await wish(newId(), { sha256 });
    const taken = await Promise.allSettled(Array.from({ length: 5 }, () => lease()));
    const held = taken.flatMap((end) => (end.status === 'fulfilled' && end.value ? [end.value] : []));
    assert.equal(held.length, 1);
    assert.equal(await lease(), null);
    await write(held[0]!);
    const second = await lease();
    assert.equal(second!.known!.failure!.code, 'model.empty');
  });

  test('a worker that lost its lease can neither renew it nor write', async () => {
    await wish(newId());
    const zombie = (await lease(0))!;
    assert.equal((await room.sql.begin((tx) => reap(tx, 3, true))).requeued, 1);
    assert.equal(await renewLease(room.sql, zombie, 1000), false);
    const heir = (await lease())!;
    assert.equal(heir.id, zombie.id);
    assert.equal(await write(zombie, { ...FAILURE, milliseconds: 99 }), null);
    assert.equal(await renewLease(room.sql, heir, 60_000), true);
    assert.deepEqual(await write(heir), FAILURE);
    assert.equal(await write(heir), null, 'nor is a result written twice');
    const rows = await room.sql<{ milliseconds: number }[]>`select milliseconds from geometry`;
    assert.deepEqual([...rows], [{ milliseconds: 10 }]);
  });

  test('a lease that is renewed is not reaped', async () => {
    await wish(newId());
    const job = (await lease(0))!;
    await renewLease(room.sql, job, 60_000);
    assert.equal((await room.sql.begin((tx) => reap(tx, 3, true))).requeued, 0);
  });
});

describe('limits', () => {
  test('a full backlog is answered with 429 and when to come back', async () => {
    const partner = room.actor('partner');
    for (let i = 0; i < RULES.backlogPerTenant; i++) await uploaded(partner, variant(RING.stl));
    const refused = await room.upload(partner, variant(RING.stl));
    assert.equal(refused.status, 429);
    assert.equal(refused.body.code, 'pricing.backlog_full');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal((await room.upload(room.actor('customer'), variant(RING.stl))).status, 201, 'others do not notice');
    const lanes = await room.sql<{ lane: string }[]>`select lane from job where tenant = ${partner.id} order by id`;
    assert.deepEqual(
      lanes.map(({ lane }) => lane),
      ['partner', 'partner', 'bulk', 'bulk'],
    );
  });

  test('a waiting quote knows its place and can be cancelled, with its job', async () => {
    const [first, second] = [room.actor('customer'), room.actor('customer')];
    await room.quote(first, await uploaded(first, variant(RING.stl)));
    const asked = await room.quote(second, await uploaded(second, variant(RING.stl)));
    assert.equal(asked.status, 202);
    const quote = await room.findQuote(second, asked.body.id);
    assert.ok(quote.queue!.position >= 0 && quote.queue!.etaSeconds > 0, JSON.stringify(quote.queue));
    const cancelled = await room.call(second, 'DELETE', `/quotes/${quote.id}`);
    assert.equal(cancelled.status, 200);
    assert.equal((await room.call(second, 'DELETE', `/quotes/${quote.id}`)).status, 200, 'again is no error');
    const jobs = await room.sql<{ state: string }[]>`select state from job order by queued_at`;
    assert.deepEqual(
      jobs.map(({ state }) => state),
      ['queued', 'cancelled'],
    );
  });

  test('who follows a waiting quote sees its place, and then its price', async () => {
    const customer = room.actor('customer');
    const { body } = await room.quote(customer, await uploaded(customer, variant(RING.stl)));
    const response = await room.raw(customer, 'GET', `/quotes/${body.id}/events`);
    const seen: Quote[] = [];
    let unread = '';
    let worker: Part | undefined;
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (unread + chunk).split('\n\n');
      unread = parts.pop()!;
      for (const data of parts.flatMap((part) => /^data: (.*)$/m.exec(part)?.[1] ?? [])) seen.push(JSON.parse(data));
      if (seen.length > 0) worker ??= await room.startWorker();
      if (seen.at(-1)?.state === 'ready') break;
    }
    await worker!.stop!();
    assert.equal(seen[0]!.state, 'queued');
    assert.equal(seen[0]!.queue!.position, 0);
    assert.ok(seen.at(-1)!.total!.minor > 0);
    assert.equal(seen.at(-1)!.queue, null);
  });

  test('quotes that wait for one and the same model are bounded too', async () => {
    const customer = room.actor('customer');
    const request = await uploaded(customer, variant(RING.stl));
    for (let count = 0; count < RULES.pendingQuotesPerTenant; count++) {
      assert.equal((await room.quote(customer, request)).status, 202);
    }
    const refused = await room.quote(customer, request);
    assert.deepEqual([refused.status, refused.body.code], [429, 'pricing.backlog_full']);
    assert.equal(refused.headers.get('retry-after'), '5');
  });

  test('a job whose workers keep failing is set aside for a person', async () => {
    const customer = room.actor('customer');
    const request = await uploaded(customer, variant(RING.stl));
    const [model] = await room.sql<[{ sha256: string }]>`select sha256 from model`;
    await room.blobs.remove(model.sha256);
    const { body } = await room.quote(customer, request);
    const worker = await room.startWorker();
    const quote = await eventually(
      () => room.findQuote(customer, body.id),
      (found) => !isPending(found),
    );
    await worker.stop!();
    assert.equal(quote.state, 'needs_review');
    assert.equal(quote.items[0]!.problem?.code, 'analysis.set_aside');
    const [job] = await room.sql<[{ attempts: number }]>`select attempts from job`;
    assert.equal(job.attempts, RULES.attempts);
  });
});

test('a job whose quotes cannot be settled keeps no other from being set aside', async () => {
  // Many, so that in whatever order they are given up one of them comes before the other.
  const stuck = Array.from({ length: 12 }, () => room.actor('customer'));
  const other = room.actor('customer');
  const quotes = new Map<Actor, string>();
  for (const customer of [...stuck, other]) {
    const { body } = await room.quote(customer, await uploaded(customer, variant(RING.stl)));
    quotes.set(customer, body.id);
  }
  await room.sql`
    update quote set body = jsonb_set(body, '{priceListVersion}', '"gone"') where tenant <> ${other.id}`;
  await room.sql`
    update job set state = 'running', attempts = ${RULES.attempts}, lease_until = platform.now() - interval '1 second'`;
  const worker = await room.startWorker();
  const quote = await eventually(
    () => room.findQuote(other, quotes.get(other)!),
    (found) => !isPending(found),
  );
  await worker.stop!();
  assert.equal(quote.state, 'needs_review');
  assert.ok(isPending(await room.findQuote(stuck[0]!, quotes.get(stuck[0]!)!)));
});

test('an outage of the blob store sets no model aside, however long it lasts', async () => {
  const customer = room.actor('customer');
  const { body } = await room.quote(customer, await uploaded(customer, variant(RING.stl)));
  const nobodyListens = {
    endpoint: 'http://127.0.0.1:1',
    bucket: 'b',
    region: 'r',
    accessKeyId: 'k',
    secretAccessKey: 's',
  };
  const cutOff = await room.startWorker(1, s3Blobs(nobodyListens));
  // A lease and a postponement raise the fence by one each.
  const fenceOfRuns = 2 * (RULES.attempts + 1);
  await eventually(
    () => room.sql<[{ fence: number }]>`select fence from job`,
    ([job]) => job.fence >= fenceOfRuns,
  );
  await cutOff.stop!();
  assert.equal((await room.findQuote(customer, body.id)).state, 'calculating');
  const worker = await room.startWorker();
  const quote = await eventually(
    () => room.findQuote(customer, body.id),
    (found) => !isPending(found),
  );
  await worker.stop!();
  assert.equal(quote.state, 'ready');
});

describe('workers that are killed', () => {
  const LARGE = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 6000 });
  const script = fileURLToPath(new URL('./worker-under-test.ts', import.meta.url));
  const started: ChildProcess[] = [];
  after(() => {
    for (const child of started) child.kill('SIGKILL');
  });

  function startProcess(): ChildProcess {
    const rules = { ...RULES, attempts: 50 };
    const args = [script, room.database.url('pricing'), room.blobDir, JSON.stringify(rules)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    started.push(child);
    return child;
  }

  /** Resolves while one of this process's jobs is under way. */
  const busy = (child: ChildProcess) =>
    eventually(
      () => room.sql`select from job where state = 'running' and worker like ${`%/${child.pid}/%`}`,
      (rows) => rows.length > 0,
    );

  test('kill -9 in the middle of a job: every job ends exactly once', async () => {
    const asked: { customer: Actor; id: string }[] = [];
    for (let i = 0; i < 12; i++) {
      const customer = room.actor('customer');
      const { body } = await room.quote(customer, await uploaded(customer, variant(LARGE.stl)));
      asked.push({ customer, id: body.id });
    }
    let kills = 0;
    for (; kills < 3; kills++) {
      const child = startProcess();
      await busy(child);
      child.kill('SIGKILL');
    }
    startProcess();
    for (const { customer, id } of asked) {
      const quote = await eventually(
        () => room.findQuote(customer, id),
        (found) => !isPending(found),
      );
      assert.equal(quote.state, 'ready');
    }
    const [{ measured, attempts }] = await room.sql<[{ measured: number; attempts: number }]>`
      select (select count(*)::int from geometry) as measured, (select sum(attempts)::int from job) as attempts`;
    assert.equal(measured, asked.length);
    // More where a busy machine kept a worker from being seen in time: that is no harm either.
    assert.ok(attempts >= asked.length + kills, 'each kill struck a running job, and cost one more attempt');
    const ready = (await room.events()).filter(({ type }) => type === 'quote.ready').map(({ data }) => data.quote.id);
    assert.deepEqual(
      ready.filter((id) => asked.some((each) => each.id === id)).sort(),
      asked.map(({ id }) => id).sort(),
    );
  });
});

test('what one tenant uploads within a day has a limit, which is nobody else’s', async () => {
  const [greedy, other] = [room.actor('customer'), room.actor('customer')];
  assert.equal((await room.upload(greedy, RING.stl)).status, 201);
  await room.sql`update model set bytes = 20000000 where tenant = ${greedy.id}`;
  const refused = await room.upload(greedy, RING.stl);
  assert.deepEqual([refused.status, refused.body.code], [429, 'model.too_many_bytes']);
  assert.equal((await room.upload(other, RING.stl)).status, 201);
  await room.sql`update model set uploaded_at = uploaded_at - interval '25 hours' where tenant = ${greedy.id}`;
  assert.equal((await room.upload(greedy, RING.stl)).status, 201);
});
