import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../../app/visitor.ts';
import { MEMBER_ROLES, type Member, type MemberRole } from '../cluster.ts';
import { CRASH_POINTS } from '../crash-points.ts';
import { LEASE_MS } from '../world.ts';
import type { Fault, Scene } from './fault.ts';

const BACK_WITHIN_MS = 180_000;
/** How long an armed process may take to come by its crash point. */
const COMES_BY_WITHIN_MS = 60_000;
const CLOCK_SHIFT_MS = 600_000;

/** The process that ended is there again, as another one. */
async function backAgain({ child, name, origin }: Member, before: number | null): Promise<void> {
  await eventually(
    `${name} is started again`,
    async () => (child.pid !== null && child.pid !== before && (await isReady(origin))) || null,
    BACK_WITHIN_MS,
  );
}

function isReady(origin: string): Promise<boolean> {
  return fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function running({ world, random }: Scene, role: MemberRole): Member | null {
  const members = world.cluster.of(role).filter(({ child }) => child.pid !== null);
  return members.length > 0 ? random.pick(members) : null;
}

function kill(role: MemberRole): Fault {
  return {
    doc: `kill -9 of a process of ${role}`,
    lane: 'processes',
    async strike(scene) {
      const member = running(scene, role);
      const pid = member?.child.pid ?? null;
      if (!member || pid === null) return null;
      process.kill(pid, 'SIGKILL');
      await backAgain(member, pid);
      return `${member.name} was ${pid} and is ${member.child.pid}`;
    },
  };
}

/** Which role comes by a crash point. */
const PASSES: Readonly<Record<string, MemberRole>> = {
  'crash-before-send': 'orders',
  'crash-before-confirm': 'orders',
  'crash-after-confirm': 'orders',
  'crash-before-effect': 'crm',
  'crash-before-ack': 'shop',
  'crash-before-answer': 'orders',
  'crash-before-result': 'pricing-worker',
  'crash-after-webhook': 'partners',
};

interface Struck {
  member: Member;
  pid: number;
}

/** Has whichever copy comes by first get the signal at this point. Null: nobody came by. */
async function strikeAt({ world }: Scene, point: string, signal: NodeJS.Signals): Promise<Struck | null> {
  const members = world.cluster.of(PASSES[point]!).filter(({ child }) => child.pid !== null);
  const armed = members.map((member) => {
    const pid = member.child.pid!;
    return { member, pid, file: path.join(world.crashDir, String(pid)) };
  });
  for (const { file } of armed) writeFileSync(file, `${point} ${signal}`);
  try {
    const look = async () => armed.find(({ file }) => existsSync(`${file}.struck`)) ?? null;
    const struck = await eventually(`a process comes by ${point}`, look, COMES_BY_WITHIN_MS).catch(() => null);
    if (struck) rmSync(`${struck.file}.struck`);
    return struck;
  } finally {
    for (const { file } of armed) rmSync(file, { force: true });
    // Two may have come by before the other's order was taken back.
    const others = armed.filter(({ file }) => existsSync(`${file}.struck`));
    for (const { file, pid, member } of others) {
      rmSync(`${file}.struck`);
      if (member.child.pid === pid) process.kill(pid, 'SIGCONT');
    }
  }
}

function crash({ name, doc }: (typeof CRASH_POINTS)[number]): Fault {
  return {
    doc: `kill -9 between two steps: ${doc}`,
    lane: 'processes',
    async strike(scene) {
      const struck = await strikeAt(scene, name, 'SIGKILL');
      if (!struck) return null;
      await backAgain(struck.member, struck.pid);
      return `${struck.member.name} died at ${name}`;
    },
  };
}

/** Leaves a stopped process so for longer than its leases hold, and lets it go on as if nothing had happened. */
async function zombie(pid: number): Promise<boolean> {
  await pause(LEASE_MS * 2);
  const wasStopped = isStopped(pid);
  process.kill(pid, 'SIGCONT');
  return wasStopped;
}

function isStopped(pid: number): boolean {
  return /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

const ZOMBIE_TRIES = 3;
/** A worker that dies meanwhile, or a database that is away, may leave its calculation to nobody for this long. */
const TAKEN_OVER_WITHIN_MS = 45_000;

const zombieWorker: Fault = {
  doc: 'SIGSTOP of a worker that has measured a model and not yet written the result, until another has its calculation',
  lane: 'processes',
  async strike(scene) {
    for (let tries = 0; tries < ZOMBIE_TRIES; tries++) {
      // Its own: nobody else may want a price now, or want it no longer while the worker stands still.
      await scene.load.askPrice();
      const evidence = await stopWorker(scene);
      if (evidence) return evidence;
    }
    return null;
  },
};

async function stopWorker(scene: Scene): Promise<string | null> {
  const { sql } = scene.world.cluster.databases.main;
  const struck = await strikeAt(scene, 'crash-before-result', 'SIGSTOP');
  if (!struck) return null;
  const { member, pid } = struck;
  try {
    const jobs = () => sql<{ id: string; fence: number }[]>`
      select id, fence from pricing.job where split_part(worker, '/', 2) = ${String(pid)} and state = 'running'`;
    // A database that is just being restarted answers a moment later.
    const [held] = await eventually('what it held is known', () => jobs().catch(() => null), TAKEN_OVER_WITHIN_MS);
    if (!held) return null;
    const fenceNow = async () => {
      const [now] = await sql<{ fence: number }[]>`select fence from pricing.job where id = ${held.id}`;
      return now && now.fence > held.fence ? now.fence : null;
    };
    const fence = await eventually('another has it', () => fenceNow().catch(() => null), TAKEN_OVER_WITHIN_MS);
    return isStopped(pid) ? `${member.name} held fence ${held.fence}, meanwhile it became ${fence}` : null;
  } catch {
    return null;
  } finally {
    if (member.child.pid === pid) process.kill(pid, 'SIGCONT');
  }
}

const zombieSender: Fault = {
  doc: 'SIGSTOP of a process that sends webhooks, for twice its lease',
  lane: 'processes',
  async strike(scene) {
    const member = running(scene, 'partners');
    const { sql } = scene.world.cluster.databases.main;
    const attempts = async () => {
      const [row] = await sql<{ count: number }[]>`select count(*)::int as count from partners.delivery_attempt`;
      return row!.count;
    };
    const before = await attempts();
    const pid = member?.child.pid ?? null;
    if (!member || pid === null) return null;
    process.kill(pid, 'SIGSTOP');
    if (!(await zombie(pid))) return null;
    return `${member.name} was stopped; ${(await attempts()) - before} attempts were made meanwhile`;
  },
};

function clock(shiftMs: number): Fault {
  return {
    doc: `the clock of a process is wrong by ${shiftMs / 60_000} minutes`,
    lane: 'processes',
    async strike(scene) {
      const roles = MEMBER_ROLES.filter((role) => role !== 'identity');
      const member = running(scene, scene.random.pick(roles));
      if (!member) return null;
      const { restart } = scene.world.cluster;
      try {
        await restart(member, 'SIGKILL', { FORGELINE_CHAOS_CLOCK_MS: String(shiftMs) });
        await pause(3_000);
        const wrote = readFileSync(member.logFile, 'utf8').trimEnd().split('\n').at(-1)!;
        const offMs = Date.parse((JSON.parse(wrote) as { time: string }).time) - Date.now();
        if (Math.abs(offMs - shiftMs) > 60_000) return null;
        return `${member.name} wrote a log line ${Math.round(offMs / 1000)} s from now`;
      } finally {
        await restart(member, 'SIGKILL');
      }
    },
  };
}

export const PROCESS_FAULTS: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(MEMBER_ROLES.map((role) => [`kill-${role}`, kill(role)])),
  ...Object.fromEntries(CRASH_POINTS.map((point) => [point.name, crash(point)])),
  'zombie-worker': zombieWorker,
  'zombie-sender': zombieSender,
  'clock-ahead': clock(CLOCK_SHIFT_MS),
  'clock-behind': clock(-CLOCK_SHIFT_MS),
};
