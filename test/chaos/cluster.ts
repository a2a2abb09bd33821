import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PrivateBroker, privateBroker } from '#platform/bus';
import { type BreakableLink, breakableLink, findServer, howToGet } from '#platform/testing';
import { type Child, forgelineChild } from '../../app/cli/child.ts';
import { ensureFaces } from '../../app/cli/faces.ts';
import { type PrivateHaproxy, privateHaproxy } from '../../app/cli/haproxy.ts';
import { freePorts } from '../../app/cli/topology.ts';
import { PROCESS_ROLES, type ProcessRole, ROOM_NAMES } from '../../app/rooms.ts';
import { eventually } from '../../app/visitor.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

export type MemberRole = Exclude<ProcessRole, 'all'>;
export const MEMBER_ROLES = PROCESS_ROLES.filter((role) => role !== 'all');

/** One process of the installation. */
export interface Member {
  role: MemberRole;
  /** `orders-1` */
  name: string;
  origin: string;
  child: Child;
  logFile: string;
  /** Started again whenever it ends, as an orchestrator does; until somebody ends it who wants it to stay away. */
  isWanted: boolean;
}

export interface ClusterOptions {
  /** Of every role. */
  copies: number;
  /** Settings of every process, by their environment names. */
  env?: Record<string, string>;
  /** Modules that every process loads first. */
  imports?: readonly string[];
}

/** Several copies of every role behind a haproxy, over two PostgreSQL servers, a replica of each, and RabbitMQ; each wire can be cut. */
export interface Cluster {
  /** Where people and programs reach it: the balancer. */
  gatewayOrigin: string;
  dataDir: string;
  /** Where processes look whether they are to die (`arm-crash-points.ts`). */
  crashDir: string;
  members: readonly Member[];
  haproxy: PrivateHaproxy;
  broker: PrivateBroker;
  /** Everybody but the CRM, and the CRM. */
  databases: Readonly<Record<'main' | 'crm', PostgresServer>>;
  wires: Readonly<Record<'broker' | 'main' | 'crm' | 'mainReplica' | 'crmReplica', BreakableLink>>;
  firstAdminToken(): Promise<string>;
  of(role: MemberRole): Member[];
  /** Ends it by this signal and starts it again, with further settings; resolves when it is ready. */
  restart(member: Member, signal: NodeJS.Signals, env?: Record<string, string>): Promise<void>;
  /** Resolves when every process is ready and the balancer says so of every copy. */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

const RESTART_AFTER_MS = 200;
const READY_TRY_MS = 5_000;
const WHOLE_WITHIN_MS = 180_000;
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];

export async function startCluster({ copies, env = {}, imports = [] }: ClusterOptions): Promise<Cluster> {
  ensureFaces();
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-cluster-'));
  for (const folder of ['logs', 'postgres', 'crash']) mkdirSync(path.join(dataDir, folder));
  const undo: (() => Promise<void>)[] = [
    // What processes wrote, for whoever looks for a defect.
    async () => {
      if (process.env['FORGELINE_CHAOS_KEEP'] !== 'true')
        rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  ];
  const stop = async (): Promise<void> => {
    while (undo.length > 0) await undo.pop()!();
  };
  try {
    return await build({ copies, env, imports, dataDir, undo, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Site extends Required<ClusterOptions> {
  dataDir: string;
  undo: (() => Promise<void>)[];
  stop(): Promise<void>;
}

function program(name: 'rabbitmq' | 'haproxy'): string {
  const found = findServer(name);
  if (!found) throw new Error(howToGet([name]));
  return found;
}

async function build({ copies, env: given, imports, dataDir, undo, stop }: Site): Promise<Cluster> {
  const programs = program('rabbitmq');
  const balancer = program('haproxy');
  const keep = async <T>(what: Promise<T>, end: (it: T) => Promise<void>): Promise<T> => {
    const it = await what;
    undo.push(() => end(it));
    return it;
  };
  const postgres = (name: string) =>
    keep(startPostgresServer(path.join(dataDir, 'postgres', name)), (server) => server.stop());
  const wire = (url: string) => keep(breakableLink(Number(new URL(url).port)), (one) => one.close());
  const [main, crm, broker] = await Promise.all([
    postgres('main'),
    postgres('crm'),
    keep(privateBroker({ programs, readyWithinMs: WHOLE_WITHIN_MS }), (one) => one.stop()),
  ]);
  const wires = {
    main: await wire(main.adminUrl),
    mainReplica: await wire(main.replicaUrl),
    crm: await wire(crm.adminUrl),
    crmReplica: await wire(crm.replicaUrl),
    broker: await wire(broker.url),
  };
  const ports = await freePorts(1 + MEMBER_ROLES.length * copies);
  const gatewayOrigin = `http://127.0.0.1:${ports[0]}`;
  const inherited = INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const env: Record<string, string> = {
    ...Object.fromEntries(inherited),
    NODE_COMPILE_CACHE: path.join(dataDir, 'compile-cache'),
    FORGELINE_DEMO: 'false',
    FORGELINE_ALLOW_LOOPBACK_WEBHOOKS: 'true',
    FORGELINE_SECRET: randomBytes(24).toString('base64url'),
    FORGELINE_PUBLIC_ORIGIN: gatewayOrigin,
    FORGELINE_TRUSTED_PROXIES: '127.0.0.1',
    FORGELINE_WORKERS: '1',
    FORGELINE_CHAOS_DIR: path.join(dataDir, 'crash'),
    DATABASE_URL: wires.main.through(main.adminUrl),
    DATABASE_URL_CRM: wires.crm.through(crm.adminUrl),
    DATABASE_REPLICA_URLS: wires.mainReplica.through(main.replicaUrl),
    DATABASE_REPLICA_URLS_CRM: wires.crmReplica.through(crm.replicaUrl),
    AMQP_URL: wires.broker.through(broker.url),
    // Rooms ask each other through the balancer too: whichever copy is there.
    ...Object.fromEntries(ROOM_NAMES.map((room) => [`ORIGIN_${room.toUpperCase()}`, gatewayOrigin])),
    ...given,
  };
  await migrate(dataDir, env);

  const members = MEMBER_ROLES.flatMap((role, r) =>
    Array.from({ length: copies }, (_, i) =>
      member({ role, name: `${role}-${i + 1}`, port: ports[1 + r * copies + i]!, dataDir, env, imports }),
    ),
  );
  const killAll = () => {
    for (const { child } of members) child.signal('SIGKILL');
  };
  process.once('exit', killAll);
  undo.push(async () => {
    for (const one of members) one.isWanted = false;
    await Promise.all(members.map(({ child }) => child.end('SIGKILL')));
    process.off('exit', killAll);
  });
  await startInTurn(members);

  const of = (role: MemberRole) => members.filter((one) => one.role === role);
  const addresses = ROOM_NAMES.map((room) => [room, of(room).map(({ origin }) => new URL(origin).host)]);
  const haproxy = await keep(
    privateHaproxy({ program: balancer, dir: dataDir, port: ports[0]!, copies: Object.fromEntries(addresses) }),
    (one) => one.stop(),
  );
  await Promise.all(members.map(introduced));
  return {
    gatewayOrigin,
    dataDir,
    crashDir: path.join(dataDir, 'crash'),
    members,
    haproxy,
    broker,
    databases: { main, crm },
    wires,
    of,
    firstAdminToken: () => firstAdminToken(path.join(dataDir, 'logs', 'identity-1.out')),
    restart,
    whole: () => whole(members, haproxy),
    stop,
  };
}

/** As many at a time as the smallest machine has cores: all at once, each would take as long as all of them. */
const STARTED_AT_ONCE = 2;

/** The last copies first: the link for the first admin is the one that was printed last, by the first copy. */
async function startInTurn(members: readonly Member[]): Promise<void> {
  const turn = members.toSorted((a, b) => b.name.slice(-1).localeCompare(a.name.slice(-1))).values();
  const startSome = async (): Promise<void> => {
    for (const one of turn) {
      one.isWanted = true;
      one.child.start();
      await ready(one);
    }
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, startSome));
}

/**
 * The first request that carries a token fetches identity's keys. On a busy machine, with sixteen processes that have only just
 * started, that takes longer than a room waits for another.
 */
async function introduced({ role, name, origin }: Member): Promise<void> {
  if (role === 'pricing-worker') return;
  const ask = async () => {
    const answer = await fetch(`${origin}${A_PAGE[role]}`, { headers: { authorization: `Bearer ${NOBODY}` } });
    return answer.status < 500 || null;
  };
  await eventually(`${name} knows identity`, ask, WHOLE_WITHIN_MS);
}

/** A token by a key that there is not: whoever gets it has to look. */
const NOBODY = ['{"alg":"EdDSA","kid":"nobody"}', '{}', '-']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

/** Of each room, something that asks who is there. */
const A_PAGE: Readonly<Record<Exclude<MemberRole, 'pricing-worker'>, string>> = {
  identity: '/api/internal/v1/identity/people',
  orders: '/api/internal/v1/orders',
  pricing: '/api/internal/v1/pricing/price-lists',
  shop: '/api/internal/v1/shop/orders',
  crm: '/api/internal/v1/crm/orders',
  mes: '/api/internal/v1/mes/board',
  partners: '/api/internal/v1/partners/clients',
};

async function migrate(dataDir: string, env: Record<string, string>): Promise<void> {
  const outputFile = path.join(dataDir, 'logs', 'migration.out');
  const migration = forgelineChild({
    name: 'migration',
    args: [`--data-dir=${dataDir}`, '--migrate-only'],
    env,
    outputFile,
  });
  migration.start();
  if ((await migration.finished()) !== 0) throw new Error(`The migration failed:\n${readFileSync(outputFile, 'utf8')}`);
}

interface MemberPlan {
  role: MemberRole;
  name: string;
  port: number;
  dataDir: string;
  env: Record<string, string>;
  imports: readonly string[];
}

function member({ role, name, port, dataDir, env, imports }: MemberPlan): Member {
  const logFile = path.join(dataDir, 'logs', `${name}.log`);
  const own = { ...env };
  const child = forgelineChild({
    name,
    args: [`--role=${role}`, `--port=${port}`, `--data-dir=${dataDir}`, `--log=${logFile}`],
    nodeArgs: imports.map((module) => `--import=${module}`),
    env: own,
    outputFile: path.join(dataDir, 'logs', `${name}.out`),
    onExit: () => {
      if (one.isWanted) setTimeout(() => one.isWanted && child.pid === null && child.start(), RESTART_AFTER_MS);
    },
  });
  const one: Member = { role, name, origin: `http://127.0.0.1:${port}`, child, logFile, isWanted: false };
  baseEnvironments.set(one, { own, base: { ...own } });
  return one;
}

/** What a process gets at its next start, and what it gets when nothing else is said. */
const baseEnvironments = new WeakMap<Member, { own: Record<string, string>; base: Record<string, string> }>();

async function restart(member: Member, signal: NodeJS.Signals, env: Record<string, string> = {}): Promise<void> {
  const { own, base } = baseEnvironments.get(member)!;
  member.isWanted = false;
  await member.child.end(signal);
  for (const name of Object.keys(own)) delete own[name];
  Object.assign(own, base, env);
  member.isWanted = true;
  member.child.start();
  await ready(member);
}

/** One that ends while it starts, e.g. because its database took too long, is started again by its supervisor. */
async function ready({ name, origin }: Member): Promise<void> {
  const look = () =>
    fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(READY_TRY_MS) }).then(
      ({ ok }) => ok || null,
      () => null,
    );
  await eventually(`${name} is ready`, look, WHOLE_WITHIN_MS);
}

async function firstAdminToken(outputFile: string): Promise<string> {
  return eventually('the link for the first admin is printed', async () => {
    return /\/account\/first-admin#(\S+)/.exec(readFileSync(outputFile, 'utf8'))?.[1] ?? null;
  });
}

async function whole(members: readonly Member[], haproxy: PrivateHaproxy): Promise<void> {
  await Promise.all(members.map(ready));
  const isUp = async () => {
    const lines = (await haproxy.ask('show stat')).split('\n').filter((line) => /^[a-z]+,[a-z]+-\d/.test(line));
    return lines.every((line) => line.split(',')[17] === 'UP') || null;
  };
  await eventually('the balancer sees every copy', isUp, WHOLE_WITHIN_MS);
}
