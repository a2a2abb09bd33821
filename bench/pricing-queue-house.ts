import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embeddedPostgres, openDatabase, roomUrl, type Sql } from '#platform/database';
import { type Child, forgelineChild } from '../app/cli/child.ts';
import { ensureFaces } from '../app/cli/faces.ts';
import { freePorts } from '../app/cli/topology.ts';
import { roomPasswords } from '../app/secret.ts';

/** Forgeline as it runs with workers of their own: one process that answers people, and `pricing-worker` processes. */
export interface QueueHouse {
  origin: string;
  /** The room's own database role. */
  sql: Sql;
  blobDir: string;
  postgresVersion: string;
  /** Starts a process of the role `pricing-worker` with one thread; resolves when it takes jobs. */
  startWorker(): Promise<Child>;
  stop(): Promise<void>;
}

/** Starts everything but the workers; the process that answers takes no jobs itself. */
export async function openQueueHouse(): Promise<QueueHouse> {
  ensureFaces();
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-queue-'));
  const postgres = embeddedPostgres({ dataDir: path.join(dataDir, 'postgres') });
  const children: Child[] = [];
  const killAll = () => {
    for (const child of children) child.signal('SIGKILL');
  };
  process.once('exit', killAll);
  await postgres.start();
  const secret = randomBytes(24).toString('base64url');
  const base = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TMPDIR: process.env['TMPDIR'],
    NODE_COMPILE_CACHE: path.join(dataDir, 'compile-cache'),
    FORGELINE_DEMO: 'false',
    FORGELINE_SECRET: secret,
    FORGELINE_LOG_LEVEL: 'warn',
    DATABASE_URL: postgres.adminUrl,
  };

  function child(name: string, args: string[], env: NodeJS.ProcessEnv = {}): Child {
    const log = path.join(dataDir, `${name}.log`);
    const made = forgelineChild({
      name,
      args: [`--data-dir=${dataDir}`, `--log=${log}`, ...args],
      env: { ...base, ...env },
      outputFile: path.join(dataDir, `${name}.out`),
    });
    children.push(made);
    made.start();
    return made;
  }

  const migrated = await child('migration', ['--migrate-only']).finished();
  if (migrated !== 0) throw new Error(readFileSync(path.join(dataDir, 'migration.out'), 'utf8'));
  const [port] = await freePorts(1);
  const origin = `http://127.0.0.1:${port}`;
  const noJobs = { FORGELINE_FLAGS: 'pricing.start_calculations=off' };
  await child('api', ['--role=all', `--port=${port}`], noJobs).ready(origin);
  const database = openDatabase({
    url: roomUrl(postgres.adminUrl, 'pricing', roomPasswords(secret).pricing),
    room: 'pricing',
    role: 'bench',
  });
  const blobDir = path.join(dataDir, 'blobs');
  mkdirSync(blobDir, { recursive: true });
  let workers = 0;
  return {
    origin,
    sql: database.sql,
    blobDir,
    postgresVersion: readFileSync(path.join(dataDir, 'postgres/cluster/PG_VERSION'), 'utf8').trim(),
    async startWorker() {
      const [free] = await freePorts(1);
      const args = ['--role=pricing-worker', `--port=${free}`];
      const worker = child(`worker-${++workers}`, args, { FORGELINE_WORKERS: '1' });
      await worker.ready(`http://127.0.0.1:${free}`);
      return worker;
    },
    async stop() {
      await database.end();
      await Promise.all(children.map((one) => one.end()));
      await postgres.stop();
      process.off('exit', killAll);
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
