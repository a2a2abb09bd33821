import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Part } from '#platform/lifecycle';
import { type Binaries, postgresBinaries } from './binaries.ts';
import { adminPassword, createCluster } from './cluster.ts';
import { type InstanceLock, lockInstance } from './instance-lock.ts';
import { findLauncher, type Launcher, takeOwnership } from './launcher.ts';
import { openDatabase } from './pool.ts';
import { PostgresProcess, type SupervisorLog } from './postgres-process.ts';
import { isAlive, readPostmaster } from './postmaster.ts';
import { forgetReplicas, Standby } from './standby.ts';
import { roomUrl } from './url.ts';

export interface EmbeddedOptions {
  /** Everything lies in here; the folder may be moved or copied while stopped. */
  dataDir: string;
  /** Default: the one used last time, else a free one; it changes when somebody else has taken it. */
  port?: number;
  /** Of postgresql.conf, e.g. `{ fsync: 'off' }`; they win over ours. */
  settings?: Record<string, string | number>;
  /** How many streaming replicas run beside it. Default: none. */
  replicas?: number;
  /** For tests: how long a replica may not follow before it is made anew. Milliseconds. */
  replicaPatienceMs?: number;
  log?: SupervisorLog;
  /** For tests: how to start programs here. */
  launcher?: Launcher;
}

export interface EmbeddedPostgres extends Part {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends PostgreSQL at once and synchronously, without a checkpoint: for the `exit` handler of one who deletes the data. */
  abandon(): void;
  /** `postgres://forgeline_admin:…@127.0.0.1:port/forgeline`. Throws before `start` has resolved. */
  readonly adminUrl: string;
  /** The same of each replica. */
  readonly replicaUrls: readonly string[];
  /** The same as `adminUrl` for a room's role. */
  roomUrl(room: string, password: string): string;
}

const ADMIN = 'forgeline_admin';
const DATABASE = 'forgeline';
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: `${sharedBuffersMb(totalmem())}MB`,
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: 1.1,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
  wal_level: 'replica',
  // A replica that stays away for long is made anew; it may not fill the disk meanwhile.
  max_slot_wal_keep_size: '1GB',
  shared_preload_libraries: 'pg_stat_statements',
} as const;

/**
 * An eighth of the memory, at most a gigabyte; what is never used is never taken. At a million orders with 128 MB a page of a list
 * cost half as much again, because its rows were copied from the kernel's cache each time.
 */
function sharedBuffersMb(memoryBytes: number): number {
  return Math.max(128, Math.min(1024, Math.floor(memoryBytes / 8 / 2 ** 20)));
}

/**
 * PostgreSQL as a child of this process: no installation, no other user, no root needed (and none in the way).
 *
 * `start` makes the cluster when there is none, stops the orphan of a killed process, and resolves when PostgreSQL
 * answers; a second start on the same folder fails naming the first one's pid. A crash while running is logged and
 * PostgreSQL is started again on the same port; pools reconnect by themselves.
 */
export function embeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const server = new Server(options);
  return {
    name: 'postgres',
    start: () => server.start(),
    stop: () => server.stop(),
    abandon: () => server.abandon(),
    get adminUrl() {
      return server.adminUrl;
    },
    get replicaUrls() {
      return server.replicaUrls;
    },
    roomUrl: (room, password) => roomUrl(server.adminUrl, room, password),
  };
}

/**
 * The administrator's address of the PostgreSQL that another process runs in this folder: for tools that look at a running
 * installation. `absent`: there is no cluster; `stopped`: nobody runs it.
 */
export function runningPostgres(dataDir: string): { adminUrl: string } | 'stopped' | 'absent' {
  const cluster = join(dataDir, 'cluster');
  if (!existsSync(cluster)) return 'absent';
  const postmaster = readPostmaster(cluster);
  if (!postmaster?.ready || !isAlive(postmaster.pid)) return 'stopped';
  return { adminUrl: adminUrlOf(dataDir, postmaster.port, DATABASE) };
}

function adminUrlOf(folder: string, port: number, database: string): string {
  return `postgres://${ADMIN}:${adminPassword(folder)}@127.0.0.1:${port}/${database}`;
}

class Server {
  readonly #options: EmbeddedOptions;
  readonly #log: SupervisorLog | undefined;
  #binaries!: Binaries;
  #launcher!: Launcher;
  #folder!: string;
  #lock: InstanceLock | undefined;
  #process: PostgresProcess | undefined;
  #standbys: Standby[] = [];
  #adminUrl: string | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  get adminUrl(): string {
    if (!this.#adminUrl) throw new Error('The embedded PostgreSQL has not been started');
    return this.#adminUrl;
  }

  get replicaUrls(): readonly string[] {
    return this.#standbys.map(({ port }) => adminUrlOf(this.#folder, port, DATABASE));
  }

  get #cluster(): string {
    return join(this.#folder, 'cluster');
  }

  async start(): Promise<void> {
    this.#binaries = postgresBinaries();
    this.#launcher = this.#options.launcher ?? findLauncher();
    mkdirSync(this.#options.dataDir, { recursive: true });
    this.#folder = realpathSync(this.#options.dataDir);
    this.#lock = lockInstance(this.#folder);
    try {
      await this.#startLocked();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#standbys.map((standby) => standby.stop()));
    await this.#process?.stop();
    this.#lock?.release();
    this.#lock = undefined;
  }

  abandon(): void {
    for (const server of [...this.#standbys, this.#process]) server?.abandon();
  }

  async #startLocked(): Promise<void> {
    const settings = { ...SETTINGS, ...this.#options.settings };
    const { replicaPatienceMs: patienceMs } = this.#options;
    const given = { binaries: this.#binaries, launcher: this.#launcher, settings, log: this.#log };
    this.#process = new PostgresProcess({ ...given, folder: this.#folder });
    await this.#process.stopOrphan();
    if (existsSync(this.#cluster)) takeOwnership(this.#cluster, this.#launcher.owner);
    else await this.#initialise();
    this.#refuseOtherVersions();
    await this.#process.start(this.#options.port);
    const { port } = this.#process;
    await createDatabase(adminUrlOf(this.#folder, port, 'postgres'));
    this.#adminUrl = adminUrlOf(this.#folder, port, DATABASE);

    const primary = { adminUrl: this.#adminUrl, cluster: this.#cluster };
    const wanted = this.#options.replicas ?? 0;
    await forgetReplicas({ primary, folder: this.#folder, from: wanted + 1 });
    this.#standbys = Array.from(
      { length: wanted },
      (_, at) =>
        new Standby({ ...given, ...(patienceMs ? { patienceMs } : {}), primary, parent: this.#folder, number: at + 1 }),
    );
    await Promise.all(this.#standbys.map((standby) => standby.start()));
  }

  async #initialise(): Promise<void> {
    await createCluster({
      folder: this.#folder,
      cluster: this.#cluster,
      admin: ADMIN,
      command: [...this.#launcher.prefix, this.#binaries.initdb],
      owner: this.#launcher.owner,
    });
    this.#log?.info({ dataDir: this.#folder }, 'Made a new PostgreSQL cluster');
  }

  #refuseOtherVersions(): void {
    const found = readFileSync(join(this.#cluster, 'PG_VERSION'), 'utf8').trim();
    if (found === this.#binaries.major) return;
    throw new Error(
      `${this.#cluster} was written by PostgreSQL ${found}, this is ${this.#binaries.major}: ` +
        'move the data with pg_dump and pg_restore, or start with another data folder',
    );
  }
}

async function createDatabase(url: string): Promise<void> {
  const { sql, end } = openDatabase({ url, room: 'supervisor', max: 1 });
  try {
    const [known] = await sql`select from pg_database where datname = ${DATABASE}`;
    if (known) return;
    await sql`revoke connect, temporary on database postgres, template1 from public`;
    await sql`create database ${sql(DATABASE)}`;
    await sql`revoke all on database ${sql(DATABASE)} from public`;
  } finally {
    await end();
  }
}
