import type { Metrics } from '#platform/telemetry';
import { type Database, openDatabase } from './pool.ts';
import type { Choice, ReplicaWatch } from './replica-watch.ts';
import type { Sql } from './sql.ts';
import { readWalPosition, type WalPosition } from './wal-position.ts';

export interface ReadSource {
  isReplica: boolean;
  /** Everything that was committed so many milliseconds ago is seen there; 0 on the primary. */
  behindMs: number;
}

/** Where a room reads what it only shows: lists, counts, cards, exports. What decides something is read on the primary. */
export interface Reads {
  /**
   * Runs `run` on a replica that has everything the caller knows of, else on the primary. `run` must only read: what the
   * replica fails to answer is asked again of the primary.
   */
  read<T>(run: (sql: Sql, source: ReadSource) => Promise<T>): Promise<T>;
  /** Where the primary is now: for the token of a command's answer. Null where nobody could be behind. */
  position(): Promise<WalPosition | null>;
  end(): Promise<void>;
}

/** Reads of a server without replicas. `isShared`: other processes read it too, and what they hold in memory may be older. */
export function primaryReads(sql: Sql, { isShared = false } = {}): Reads {
  return {
    read: (run) => run(sql, PRIMARY),
    // Without it those others' own bound on what they hold is what is left.
    position: async () => (isShared ? readWalPosition(sql).catch(() => null) : null),
    end: async () => {},
  };
}

export interface ReadsOptions {
  /** The room's pool on the primary. */
  sql: Sql;
  watch: ReplicaWatch;
  /** The replicas as the room's role, in the order that `watch` knows. */
  replicas: readonly string[];
  room: string;
  role?: string;
  /** As of the room's pool. */
  plansOnce?: boolean;
  /** What the caller of the request in hand has shown that there is. */
  known: () => readonly WalPosition[];
  log?: { debug(fields: object, text: string): void; warn(fields: object, text: string): void };
  metrics?: Metrics;
}

const PRIMARY: ReadSource = { isReplica: false, behindMs: 0 };
/** No replica ever has it. */
const LAST_LSN = 0xffff_ffff_ffff_ffffn;

export function openReads(given: ReadsOptions): Reads {
  const { sql, watch, replicas, room, role, plansOnce, known, log, metrics } = given;
  const open = (at: number): Database => {
    const onClose = () => pools[at] === pool && watch.suspect(at);
    const pool = openDatabase({
      url: replicas[at]!,
      room,
      ...(role ? { role } : {}),
      ...(plansOnce ? { plansOnce } : {}),
      ...(log ? { log } : {}),
      onClose,
    });
    return pool;
  };
  const pools = replicas.map((_, at) => open(at));
  // A server that is frozen or cut off keeps its connections, and whoever waits on them, for minutes.
  watch.onSilent((at) => {
    const silent = pools[at]!;
    pools[at] = open(at);
    void silent.end({ withinSeconds: 0 });
  });
  const counted = metrics?.counter({
    name: 'database_reads_total',
    help: 'Reads that a replica may answer, by who did and why',
    labelNames: ['room', 'target', 'reason'],
  });
  metrics?.gauge({
    name: 'database_replica_lag_seconds',
    help: 'Everything committed so long ago is on the replica; absent while that is unknown',
    labelNames: ['replica'],
    collect(gauge) {
      for (const { replica, lagMs } of watch.lags()) {
        if (lagMs === null) gauge.remove({ replica });
        else gauge.set({ replica }, lagMs / 1000);
      }
    },
  });
  const count = (target: 'replica' | 'primary', reason: Choice['reason'] | 'failed') =>
    counted?.inc({ room, target, reason });

  async function onReplica<T>(
    { replica, behindMs, reason }: Extract<Choice, { replica: number }>,
    run: (sql: Sql, source: ReadSource) => Promise<T>,
  ): Promise<T> {
    try {
      const answer = await run(pools[replica]!.sql, { isReplica: true, behindMs });
      count('replica', reason);
      return answer;
    } catch (error) {
      if (!isOfServer(error)) throw error;
      log?.warn({ event: 'database.replica_failed', room, err: error }, 'A replica failed a read; the primary answers');
      watch.suspect(replica);
      count('primary', 'failed');
      return run(sql, PRIMARY);
    }
  }

  return {
    async read(run) {
      const choice = await watch.choose(known());
      if (choice.replica !== null) return onReplica(choice, run);
      count('primary', choice.reason);
      return run(sql, PRIMARY);
    },
    async position() {
      try {
        return await readWalPosition(sql);
      } catch (error) {
        log?.warn({ event: 'database.position_unknown', room, err: error }, 'A command is answered without its place');
        // What was just committed may be anywhere: for as long as the token lives only the primary is sure to have it.
        return watch.primary ? { ...watch.primary, lsn: LAST_LSN } : null;
      }
    },
    async end() {
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

/** Its own fault or its connection's, except for what the primary would fail at too, and as late. */
function isOfServer(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code } = error as Error & { code?: unknown };
  if (typeof code !== 'string') return false;
  const wouldFailAgain = code === STATEMENT_TIMEOUT || code === READ_ONLY;
  return !wouldFailAgain && (name === 'PostgresError' || isConnection(error as Error & { code: string }));
}

const STATEMENT_TIMEOUT = '57014';
const READ_ONLY = '25006';

function isConnection(error: Error & { code: string }): boolean {
  return 'errno' in error || error.code.startsWith('CONNECT');
}
