import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeBaseBackup } from './base-backup.ts';
import { takeOwnership } from './launcher.ts';
import { openDatabase } from './pool.ts';
import { PostgresProcess, type ProcessOptions, type SupervisorLog } from './postgres-process.ts';
import { stopOrphan } from './postmaster.ts';
import type { Sql } from './sql.ts';

interface Primary {
  adminUrl: string;
  cluster: string;
}

export interface StandbyOptions extends Omit<ProcessOptions, 'folder' | 'title'> {
  primary: Primary;
  /** The installation's folder; the standby's own is `replica-<number>` in it. */
  parent: string;
  number: number;
  /** How long one that runs may not follow before it is made anew. Milliseconds, default 30,000. */
  patienceMs?: number;
}

/** A standby that does not follow for so long will not by itself: what it needs is gone, or its data is of another history. */
const PATIENCE_MS = 30_000;
const CHECKS_WITHIN_PATIENCE = 6;

/** Of a standby besides its primary's. */
const SETTINGS = {
  hot_standby: 'on',
  // A read that is in the way of the replay ends soon and is asked of the primary: a replica that waits is behind for everybody.
  max_standby_streaming_delay: '1s',
  wal_retrieve_retry_interval: '500ms',
};

/** A streaming replica of the embedded PostgreSQL. Made from a base backup; made anew when it cannot follow any more. */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #folder: string;
  readonly #slot: string;
  readonly #process: PostgresProcess;
  readonly #log: SupervisorLog | undefined;
  #check: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();
  readonly #patienceMs: number;
  #followedAt = 0;

  constructor(options: StandbyOptions) {
    const { parent, number, settings, patienceMs = PATIENCE_MS } = options;
    this.#patienceMs = patienceMs;
    this.#options = options;
    this.#log = options.log;
    this.#slot = slotOf(number);
    this.#folder = join(parent, folderOf(number));
    this.#process = new PostgresProcess({
      ...options,
      folder: this.#folder,
      title: `PostgreSQL replica ${number}`,
      settings: { ...SETTINGS, ...settings },
    });
  }

  get port(): number {
    return this.#process.port;
  }

  /** Resolves when it answers reads. */
  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    await this.#process.stopOrphan();
    if (!(await this.#canGoOn())) await this.#makeAnew();
    await this.#startOrMakeAnew();
    this.#followedAt = performance.now();
    this.#scheduleCheck();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#check);
    this.#check = undefined;
    await this.#checking;
    await this.#process.stop();
  }

  abandon(): void {
    this.#process.abandon();
  }

  /** There is a standby, and the primary has kept for it what it has not yet seen. */
  async #canGoOn(): Promise<boolean> {
    if (!existsSync(join(this.#process.cluster, 'standby.signal'))) return false;
    return this.#onPrimary(async (sql) => {
      const [slot] =
        await sql`select from pg_replication_slots where slot_name = ${this.#slot} and wal_status <> 'lost'`;
      return slot !== undefined;
    });
  }

  async #startOrMakeAnew(): Promise<void> {
    this.#pointAtPrimary();
    try {
      await this.#process.start();
    } catch (error) {
      this.#log?.warn({ err: error }, 'A replica does not start; it is made anew');
      await this.#makeAnew();
      this.#pointAtPrimary();
      await this.#process.start();
    }
  }

  async #makeAnew(): Promise<void> {
    const { primary, launcher } = this.#options;
    rmSync(this.#process.cluster, { recursive: true, force: true });
    // Before the copy begins: from here on everything is kept until this replica has it.
    await this.#onPrimary(async (sql) => {
      await dropSlot(sql, this.#slot);
      await sql`select pg_create_physical_replication_slot(${this.#slot}, true)`;
    });
    await takeBaseBackup({ ...primary, target: this.#process.cluster });
    // Last: a copy without it was not finished.
    writeFileSync(join(this.#process.cluster, 'standby.signal'), '', { mode: 0o600 });
    takeOwnership(this.#process.cluster, launcher.owner);
    this.#log?.info({ replica: this.#options.number }, 'Made a replica of the database');
  }

  /** In its data and not on its command line, where every process could read the password. */
  #pointAtPrimary(): void {
    const { hostname, port, username, password } = new URL(this.#options.primary.adminUrl);
    const words = { host: hostname, port, user: username, password, application_name: this.#slot };
    const conninfo = Object.entries(words).map(([name, value]) => `${name}=${value}`);
    const file = join(this.#process.cluster, 'postgresql.auto.conf');
    writeFileSync(file, `primary_conninfo = '${conninfo.join(' ')}'\nprimary_slot_name = '${this.#slot}'\n`);
  }

  #scheduleCheck(): void {
    this.#check = setTimeout(() => {
      this.#checking = this.#checkOn().then(
        () => this.#check && this.#scheduleCheck(),
        (err: unknown) => {
          this.#log?.warn({ err }, 'A replica could not be checked on');
          if (this.#check) this.#scheduleCheck();
        },
      );
    }, this.#patienceMs / CHECKS_WITHIN_PATIENCE).unref();
  }

  async #checkOn(): Promise<void> {
    const follows = await this.#onPrimary(async (sql) => {
      const [slot] = await sql<
        { active: boolean }[]
      >`select active from pg_replication_slots where slot_name = ${this.#slot}`;
      return slot?.active ?? false;
    });
    if (follows) this.#followedAt = performance.now();
    if (performance.now() - this.#followedAt < this.#patienceMs) return;
    this.#log?.error(
      { replica: this.#options.number },
      'A replica does not follow the database any more; it is made anew',
    );
    await this.#process.stop();
    await this.#makeAnew();
    await this.#startOrMakeAnew();
    this.#followedAt = performance.now();
  }

  async #onPrimary<T>(ask: (sql: Sql) => Promise<T>): Promise<T> {
    return asAdmin(this.#options.primary, ask);
  }
}

/** Takes away the replicas from this number on, which nobody wants any more, and what the primary keeps for them. */
export async function forgetReplicas(given: { primary: Primary; folder: string; from: number }): Promise<void> {
  const { primary, folder, from } = given;
  const unwanted = readdirSync(folder)
    .map((name) => Number(/^replica-(\d+)$/.exec(name)?.[1]))
    .filter((number) => number >= from);
  for (const number of unwanted) {
    await asAdmin(primary, (sql) => dropSlot(sql, slotOf(number)));
    await stopOrphan(join(folder, folderOf(number), 'cluster'));
    rmSync(join(folder, folderOf(number)), { recursive: true, force: true });
  }
}

async function dropSlot(sql: Sql, slot: string): Promise<void> {
  // The server's side of a replica that has just ended may not have noticed.
  await sql`select pg_terminate_backend(active_pid, 5000) from pg_replication_slots where slot_name = ${slot}`;
  await sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot}`;
}

async function asAdmin<T>({ adminUrl }: Primary, ask: (sql: Sql) => Promise<T>): Promise<T> {
  const { sql, end } = openDatabase({ url: adminUrl, room: 'supervisor', max: 1 });
  try {
    return await ask(sql);
  } finally {
    await end();
  }
}

function folderOf(number: number): string {
  return `replica-${number}`;
}

function slotOf(number: number): string {
  return `replica_${number}`;
}
