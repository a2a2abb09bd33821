import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Model } from '#contracts/pricing';
import { diskBlobs } from '#platform/blobs';
import { newId } from '#platform/clock';
import { KERNEL_VERSION, makeRing } from '#pricing/geometry';
import type { Child } from '../app/cli/child.ts';
import { asGuest, eventually } from '../app/visitor.ts';
import { analysisPool } from '../modules/pricing/analysis-pool.ts';
import { WEIGHTS } from '../modules/pricing/rules.ts';
import { enqueue } from '../modules/pricing/store-queue.ts';
import { openQueueHouse, type QueueHouse } from './pricing-queue-house.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';

const JOB_CPU_MS = 500;
const NOISY_JOBS = 1_000;
const QUIET_TENANTS = 40;
const JOBS_EACH = 2;
/** Quiet tenants come one after the other within this time. */
const ARRIVALS_MS = 80_000;
const SCALING_JOBS = 40;
const LIGHT_JOBS = 300;
const KILLS = 3;
const HOUR_MS = 3_600_000;

/**
 * The queue under load: one process that answers people and two of the role `pricing-worker` with a thread each. One tenant
 * sends 1,000 jobs of half a second of CPU; forty others upload such a model now and then, over HTTP, as guests. The
 * same is measured first come, first served: a trigger in the bench's own database numbers the jobs as they arrive, and
 * everything else stays as it is. The noisy tenant's files are one model under a thousand names (hard links), which
another trigger keeps from being known again.
 */
export async function pricingQueue(): Promise<Report> {
  const heavy = await modelOf(JOB_CPU_MS);
  const house = await openQueueHouse();
  try {
    await forgetTriangles(house);
    const rows: Row[] = [];
    const workers = [await house.startWorker()];
    rows.push(atMost('overhead per job', await overheadOf(house), 'ms'));
    const alone = await throughputOf(house, heavy.stl);
    workers.push(await house.startWorker());
    const both = await throughputOf(house, heavy.stl);
    rows.push(atLeast('throughput', both, 'jobs/s'), scaling(alone, both));
    const fair = await crowd(house, heavy.stl);
    rows.push(atMost('killed worker’s job, until another has it', await killed(house, heavy.stl, workers), 's', 10));
    await firstComeFirstServed(house);
    const queued = await crowd(house, heavy.stl);
    rows.unshift(fairness(fair, queued), atMost('api loop delay p99', fair.loopDelayMs, 'ms', 50));
    rows.push(
      atMost('fairness quiet p50 wait', percentile(fair.waits, 0.5), 's'),
      atMost('fairness quiet max wait', Math.max(...fair.waits), 's'),
      atMost('first come quiet p50 wait', percentile(queued.waits, 0.5), 's'),
      atLeast('CPU of one noisy job', heavy.cpuMs, 'ms', JOB_CPU_MS),
      atMost('triangles of one noisy job', heavy.triangles, ''),
    );
    return { suite: 'pricing-queue', machine: machine(house.postgresVersion), rows };
  } finally {
    await house.stop();
  }
}

function fairness(fair: Crowd, queued: Crowd): Row {
  const [value, peerValue] = [percentile(fair.waits, 0.99), percentile(queued.waits, 0.99)];
  const ratio = Number((peerValue / value).toPrecision(3));
  return {
    ...atMost('fairness quiet p99 wait', value, 's'),
    peer: 'first come, first served',
    peerValue: Number(peerValue.toPrecision(4)),
    ratio,
    gate: 20,
    ok: ratio >= 20,
  };
}

function scaling(alone: number, both: number): Row {
  const ratio = Number((both / alone).toPrecision(3));
  const peer = { peer: 'one worker, jobs/s', peerValue: Number(alone.toPrecision(4)), ratio };
  return { ...atLeast('workers scaling', both, 'jobs/s'), ...peer };
}

/** A ring fine enough to cost a warm thread so much CPU: the least of three runs. */
async function modelOf(cpuMs: number): Promise<{ stl: Buffer; triangles: number; cpuMs: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-bench-'));
  const pool = analysisPool({ threads: 1, runMs: 60_000, runMegabytes: 2_048 });
  const file = path.join(folder, 'ring.stl');
  try {
    for (let segments = 4_000; ; segments = Math.ceil(segments * 1.3)) {
      const { stl, triangles } = makeRing({ diameter: 17, width: 4, thickness: 2, segments });
      writeFileSync(file, stl);
      await pool.run(file);
      const runs: number[] = [];
      for (let i = 0; i < 3; i++) {
        const before = process.cpuUsage();
        await pool.run(file);
        const { user, system } = process.cpuUsage(before);
        runs.push((user + system) / 1000);
      }
      if (Math.min(...runs) >= cpuMs * 1.05) return { stl, triangles, cpuMs: Math.min(...runs) };
    }
  } finally {
    await pool.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The same model with other bytes in its header: another content. */
function variant(stl: Buffer): Buffer {
  const copy = Buffer.from(stl);
  randomBytes(20).copy(copy, 40);
  return copy;
}

/** Puts jobs of one tenant into the queue, all for one model under many names. */
async function submit({ sql, blobDir }: QueueHouse, stl: Buffer, count: number): Promise<string> {
  const tenant = newId();
  const blobs = diskBlobs({ dir: blobDir });
  const place = (sha256: string) => {
    const file = blobs.path!(sha256);
    mkdirSync(path.dirname(file), { recursive: true });
    return file;
  };
  const first = place(createHash('sha256').update(randomBytes(8)).digest('hex'));
  writeFileSync(first, stl);
  for (let i = 0; i < count; i++) {
    const sha256 = randomBytes(32).toString('hex');
    linkSync(first, place(sha256));
    const job = { tenant, sha256, kernelVersion: KERNEL_VERSION, lane: 'interactive', traceparent: null } as const;
    await sql.begin((tx) => enqueue(tx, { ...job, weight: WEIGHTS.interactive, cost: JOB_CPU_MS }));
  }
  await sql`select pg_notify('pricing_jobs', '')`;
  return tenant;
}

const isDone =
  ({ sql }: QueueHouse, tenant: string) =>
  async () => {
    const [row] = await sql`select from job where tenant = ${tenant} and state in ('queued', 'running') limit 1`;
    return row ? null : true;
  };

async function throughputOf(house: QueueHouse, stl: Buffer): Promise<number> {
  const started = performance.now();
  const tenant = await submit(house, stl, SCALING_JOBS);
  await eventually('the jobs are done', isDone(house, tenant), HOUR_MS);
  return (SCALING_JOBS * 1000) / (performance.now() - started);
}

/** What a job costs beside its measuring: of files that are refused at their first triangle. */
async function overheadOf(house: QueueHouse): Promise<number> {
  const { stl } = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 12 });
  stl.writeFloatLE(Number.NaN, 84 + 12);
  await eventually('the worker is warm', isDone(house, await submit(house, stl, 20)), HOUR_MS);
  const tenant = await submit(house, stl, LIGHT_JOBS);
  await eventually('the light jobs are done', isDone(house, tenant), HOUR_MS);
  const [row] = await house.sql<[{ ms: number }]>`
    select (extract(epoch from max(finished_at) - min(started_at)) * 1000)::float8 as ms from job where tenant = ${tenant}`;
  return row.ms / LIGHT_JOBS;
}

interface Crowd {
  /** Seconds that each job of a quiet tenant waited. */
  waits: number[];
  loopDelayMs: number;
}

/** The noisy tenant's thousand jobs, then the quiet ones one by one; over when the last of theirs is measured. */
async function crowd(house: QueueHouse, stl: Buffer): Promise<Crowd> {
  const noisy = await submit(house, stl, NOISY_JOBS);
  const guests = await Promise.all(Array.from({ length: QUIET_TENANTS }, () => asGuest(house.origin)));
  await loopDelay(house);
  const started = performance.now();
  const models: { id: string; guest: (typeof guests)[number] }[] = [];
  const total = QUIET_TENANTS * JOBS_EACH;
  for (let i = 0; i < total; i++) {
    await pause(Math.max(0, started + (i * ARRIVALS_MS) / total - performance.now()));
    const guest = guests[i % QUIET_TENANTS]!;
    const url = '/api/internal/v1/pricing/models?fileName=ring.stl';
    models.push({ guest, id: (await guest.call<Model>(url, { method: 'POST', body: variant(stl) })).id });
  }
  for (const { guest, id } of models) {
    const look = async () => {
      const { state } = await guest.call<Model>(`/api/internal/v1/pricing/models/${id}`);
      return state === 'ready' ? true : null;
    };
    await eventually('a quiet tenant’s model is measured', look, HOUR_MS);
  }
  const loopDelayMs = await loopDelay(house);
  const rows = await house.sql<{ seconds: number }[]>`
    select extract(epoch from started_at - queued_at)::float8 as seconds from job
    where tenant = any(${guests.map(({ id }) => id)})`;
  await house.sql`
    update job set state = 'cancelled', fence = fence + 1 where tenant = ${noisy} and state in ('queued', 'running')`;
  await house.sql`truncate tenant_share`;
  return { waits: rows.map(({ seconds }) => seconds), loopDelayMs };
}

/** Of the process that answers, since it was last asked. */
async function loopDelay({ origin }: QueueHouse): Promise<number> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)![1]);
}

/** Seconds from the kill of a worker to the moment in which another one has its job: the longest of some. */
async function killed(house: QueueHouse, stl: Buffer, workers: Child[]): Promise<number> {
  let longest = 0;
  for (let i = 0; i < KILLS; i++) {
    const tenant = await submit(house, stl, 30);
    const victim = workers.shift()!;
    const id = await eventually('the worker has a job', async () => {
      const [row] = await house.sql<{ id: string }[]>`
        select id from job where state = 'running' and worker like ${`%/${victim.pid}/%`}`;
      return row?.id ?? null;
    });
    const [{ fence }] = await house.sql<[{ fence: number }]>`select fence from job where id = ${id}`;
    const from = performance.now();
    await victim.end('SIGKILL');
    await eventually('another worker has it', async () => {
      const [row] = await house.sql`select from job where id = ${id} and fence > ${fence}`;
      return row ? true : null;
    });
    longest = Math.max(longest, (performance.now() - from) / 1000);
    workers.push(await house.startWorker());
    await eventually('the jobs are done', isDone(house, tenant), HOUR_MS);
  }
  return longest;
}

/** A thousand names of one model are a thousand runs: no file is known by the triangles of another. */
async function forgetTriangles({ sql }: QueueHouse): Promise<void> {
  await sql.unsafe(`
    create function forget_triangles() returns trigger language plpgsql as $$
    begin new.fingerprint := gen_random_uuid()::text; new.compare_after := null; return new; end $$;
    create trigger forget_triangles before insert on shape for each row execute function forget_triangles()`);
}

/** From here on jobs are taken in the order in which they came. */
async function firstComeFirstServed({ sql }: QueueHouse): Promise<void> {
  await sql.unsafe(`
    create sequence arrival;
    create function number_arrival() returns trigger language plpgsql as $$
    begin new.vstart := nextval('arrival'); return new; end $$;
    create trigger number_arrival before insert on job for each row execute function number_arrival()`);
}
