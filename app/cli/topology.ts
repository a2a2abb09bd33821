import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type PrivateBroker, privateBroker } from '#platform/bus';
import { embeddedPostgres } from '#platform/database';
import { findServer, howToGet } from '#platform/testing';
import { PROCESS_ROLES, type RoomName } from '../rooms.ts';
import { type Child, forgelineChild } from './child.ts';
import { ensureFaces } from './faces.ts';
import { type Gateway, openGateway } from './gateway.ts';

export type TopologyKind = 'all' | 'split';

export interface TopologyOptions {
  kind: TopologyKind;
  /** Default: a temporary one, removed by `stop`. */
  dataDir?: string;
  /** Further settings of every process, by their environment names (app/config.ts). */
  env?: Record<string, string>;
}

/** A private, running installation: own ports, own folder, own servers. */
export interface Topology {
  kind: TopologyKind;
  /** Where people and programs reach it, however many processes are behind. */
  gatewayOrigin: string;
  /** By role; with `all`, just that. */
  origins: Readonly<Record<string, string>>;
  dataDir: string;
  /** Null: events travel through PostgreSQL. */
  broker: PrivateBroker | null;
  /** Administrator's address of the database where the room lives; null: the embedded one of its process. */
  adminUrl(room: RoomName): string | null;
  /** JSON log lines of one role. */
  logFile(role: string): string;
  /** Out of the link that the first start prints. */
  firstAdminToken(): Promise<string>;
  /** Of one role's process; null when it does not run. */
  pid(role: string): number | null;
  /** Sends the signal and resolves when the process is gone. */
  kill(role: string, signal?: NodeJS.Signals): Promise<void>;
  /** A signal that does not end it, e.g. SIGSTOP. */
  signal(role: string, signal: NodeJS.Signals): void;
  /** Resolves when the process is ready again. */
  startAgain(role: string): Promise<void>;
  /** Ends every process and server; removes a temporary folder. */
  stop(): Promise<void>;
}

const SPLIT_ROLES = PROCESS_ROLES.filter((role) => role !== 'all');
/** What a child inherits; nothing that would change what it does. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'FORGELINE_CHROMIUM'];

/**
 * Starts Forgeline as its users run it: real processes of `app/main.ts`. `all` is one with the embedded database; `split` is
 * one per role over RabbitMQ, `crm` on a PostgreSQL server of its own and everybody else on another. Resolves when all
 * say that they are ready; on failure everything is stopped again.
 */
export async function startTopology({ kind, dataDir: given, env = {} }: TopologyOptions): Promise<Topology> {
  ensureFaces();
  const dataDir = given ?? mkdtempSync(path.join(tmpdir(), 'forgeline-topology-'));
  mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  const undo: (() => Promise<void>)[] = [];
  if (!given) {
    undo.push(async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  }
  const stop = async (): Promise<void> => {
    while (undo.length > 0) await undo.pop()!();
  };
  try {
    const plan = kind === 'all' ? await planAll(dataDir, env) : await planSplit(dataDir, env, undo);
    const children = await startChildren(dataDir, plan, undo);
    return topology({ kind, dataDir, plan, children, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What to start. */
interface Plan {
  gatewayOrigin: string;
  origins: Record<string, string>;
  env: NodeJS.ProcessEnv;
  broker: PrivateBroker | null;
  /** Databases that the processes do not prepare by themselves. */
  migrate: boolean;
}

/** The first process that starts compiles for the others too. */
function baseEnvironment(dataDir: string, env: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return {
    ...inherited,
    NODE_COMPILE_CACHE: path.join(dataDir, 'compile-cache'),
    FORGELINE_DEMO: 'false',
    // There is one of each: nobody waits for a balancer.
    FORGELINE_DRAIN_MS: '0',
    FORGELINE_ALLOW_LOOPBACK_WEBHOOKS: 'true',
    ...env,
  };
}

async function planAll(dataDir: string, env: Record<string, string>): Promise<Plan> {
  const [port] = await freePorts(1);
  const origin = `http://127.0.0.1:${port}`;
  return {
    gatewayOrigin: origin,
    origins: { all: origin },
    env: baseEnvironment(dataDir, env),
    broker: null,
    migrate: false,
  };
}

async function planSplit(dataDir: string, env: Record<string, string>, undo: (() => Promise<void>)[]): Promise<Plan> {
  const programs = findServer('rabbitmq');
  if (!programs) throw new Error(howToGet(['rabbitmq']));
  const databases = ['main', 'crm'].map((name) => embeddedPostgres({ dataDir: path.join(dataDir, 'postgres', name) }));
  undo.push(async () => void (await Promise.all(databases.map((database) => database.stop()))));
  const [broker] = await Promise.all([privateBroker({ programs }), ...databases.map((database) => database.start())]);
  undo.push(() => broker.stop());

  const ports = await freePorts(SPLIT_ROLES.length + 1);
  const origins = Object.fromEntries(SPLIT_ROLES.map((role, i) => [role, `http://127.0.0.1:${ports[i + 1]}`]));
  const gateway: Gateway = await openGateway(ports[0]!, origins);
  undo.push(() => gateway.close());
  const rooms = SPLIT_ROLES.filter((role) => role !== 'pricing-worker');
  return {
    gatewayOrigin: gateway.origin,
    origins,
    broker,
    migrate: true,
    env: {
      ...baseEnvironment(dataDir, env),
      FORGELINE_SECRET: randomBytes(24).toString('base64url'),
      FORGELINE_PUBLIC_ORIGIN: gateway.origin,
      DATABASE_URL: databases[0]!.adminUrl,
      DATABASE_URL_CRM: databases[1]!.adminUrl,
      AMQP_URL: broker.url,
      ...Object.fromEntries(rooms.map((room) => [`ORIGIN_${room.toUpperCase()}`, origins[room]])),
    },
  };
}

async function startChildren(
  dataDir: string,
  plan: Plan,
  undo: (() => Promise<void>)[],
): Promise<ReadonlyMap<string, Child>> {
  const child = (name: string, ...args: string[]): Child =>
    forgelineChild({
      name,
      args: [`--data-dir=${dataDir}`, `--log=${logFileOf(dataDir, name)}`, ...args],
      env: plan.env,
      outputFile: outputFileOf(dataDir, name),
    });
  if (plan.migrate) {
    const migration = child('migration', '--migrate-only');
    migration.start();
    const code = await migration.finished();
    if (code !== 0)
      throw new Error(`The migration failed:\n${readFileSync(outputFileOf(dataDir, 'migration'), 'utf8')}`);
  }
  const roles = Object.entries(plan.origins);
  const children = new Map(
    roles.map(([role, origin]) => [role, child(role, `--role=${role}`, `--port=${new URL(origin).port}`)]),
  );
  const killAll = (): void => {
    for (const one of children.values()) one.signal('SIGKILL');
  };
  process.once('exit', killAll);
  undo.push(async () => {
    await Promise.all([...children.values()].map((one) => one.end()));
    process.off('exit', killAll);
  });
  for (const one of children.values()) one.start();
  await Promise.all(roles.map(([role, origin]) => children.get(role)!.ready(origin)));
  return children;
}

function logFileOf(dataDir: string, name: string): string {
  return path.join(dataDir, 'logs', `${name}.log`);
}

function outputFileOf(dataDir: string, name: string): string {
  return path.join(dataDir, 'logs', `${name}.out`);
}

interface Running {
  kind: TopologyKind;
  dataDir: string;
  plan: Plan;
  children: ReadonlyMap<string, Child>;
  stop(): Promise<void>;
}

function topology({ kind, dataDir, plan, children, stop }: Running): Topology {
  const { origins, gatewayOrigin } = plan;
  const childOf = (role: string): Child => {
    const child = children.get(role);
    if (!child) throw new Error(`No process has the role ${role} here; there are ${[...children.keys()].join(', ')}`);
    return child;
  };
  return {
    kind,
    gatewayOrigin,
    origins,
    dataDir,
    broker: plan.broker,
    adminUrl: (room) => plan.env[`DATABASE_URL_${room.toUpperCase()}`] ?? plan.env['DATABASE_URL'] ?? null,
    logFile: (role) => logFileOf(dataDir, childOf(role).name),
    firstAdminToken: () => tokenIn(outputFileOf(dataDir, kind === 'all' ? 'all' : 'identity')),
    pid: (role) => childOf(role).pid,
    kill: (role, signal = 'SIGKILL') => childOf(role).end(signal),
    signal: (role, signal) => childOf(role).signal(signal),
    async startAgain(role) {
      childOf(role).start();
      await childOf(role).ready(origins[role]!);
    },
    stop,
  };
}

const TOKEN_WITHIN_MS = 10_000;

/** The link is printed right after the process says that it is ready. */
async function tokenIn(file: string): Promise<string> {
  const deadline = Date.now() + TOKEN_WITHIN_MS;
  for (;;) {
    const found = /\/account\/first-admin#(\S+)/.exec(readFileSync(file, 'utf8'));
    if (found) return found[1]!;
    if (Date.now() > deadline) throw new Error(`No link for the first admin was printed to ${file}`);
    await pause(50);
  }
}

/** Ports of loopback that were free a moment ago. All are held at once, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
