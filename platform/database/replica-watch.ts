import type { Part } from '#platform/lifecycle';
import type { WalPosition } from './wal-position.ts';
import { WatchedServer } from './watched-server.ts';

export interface ReplicaWatchOptions {
  /** Addresses of the server and its replicas; any room's role will do. Each is one server, not a balancer before several. */
  primary: string;
  replicas: readonly string[];
  /** Whose role that is. */
  room: string;
  /** Further behind than this a replica answers nobody. Milliseconds, default 10,000. */
  mostLagMs?: number;
}

/** Where a read may go, and why. */
export type Choice =
  | { replica: number; behindMs: number; reason: 'fit' | 'waited' }
  | { replica: null; reason: 'behind' | 'lagging' | 'away' };

export interface ReplicaLag {
  /** `host:port` */
  replica: string;
  /** Everything that was committed so long ago is there; null: unknown, or more than is kept count of. */
  lagMs: number | null;
}

/** Knows how far each replica of one server has come. */
export interface ReplicaWatch extends Part {
  /** A replica that has everything up to `wanted`, after at most 50 ms; none when the primary has to answer. */
  choose(wanted: readonly WalPosition[]): Promise<Choice>;
  /** Something went wrong there: nobody is sent to it until it has been asked again. */
  suspect(replica: number): void;
  /** `listener` hears of each replica that gives no answer any more: what was asked of it there is answered by nobody. */
  onSilent(listener: (replica: number) => void): void;
  lags(): ReplicaLag[];
  /** The primary as it was last seen; undefined before that. */
  readonly primary: WalPosition | undefined;
}

const LOOK_EVERY_MS = 250;
/** While a reader waits; each look is one short question. */
const LOOK_AGAIN_MS = 2;
const MOST_WAIT_MS = 50;
/** Further behind than the last looks at the primary: it will hardly catch up within the wait. */
const WORTH_WAITING_MS = 2 * LOOK_EVERY_MS;
const MOST_LAG_MS = 10_000;

interface Sample {
  /** Milliseconds of `performance.now()`: whatever was committed before is at or before `lsn`. */
  at: number;
  lsn: bigint;
}

export function watchReplicas(options: ReplicaWatchOptions): ReplicaWatch {
  const watch = new Watch(options);
  return {
    name: `replicas of ${new URL(options.primary).host}`,
    start: () => watch.start(),
    stop: () => watch.stop(),
    choose: (wanted) => watch.choose(wanted),
    suspect: (replica) => watch.suspect(replica),
    onSilent: (listener) => void watch.silentListeners.add(listener),
    lags: () => watch.lags(),
    get primary() {
      return watch.primarySeen;
    },
  };
}

class Watch {
  readonly #primary: WatchedServer;
  readonly #replicas: WatchedServer[];
  readonly #hosts: string[];
  /** Where the primary was in the last seconds, oldest first: what tells how old a replica's content is. */
  #samples: Sample[] = [];
  primarySeen: WalPosition | undefined;
  readonly silentListeners = new Set<(replica: number) => void>();
  readonly #mostLagMs: number;
  #turn = 0;
  readonly #waiting = new Set<() => void>();
  /** Ends the pauses between looks at replicas. */
  readonly #pauses = new Set<() => void>();
  #starting: Promise<void> | undefined;
  #loops: Promise<void>[] = [];
  #stopped = false;

  constructor({ primary, replicas, room, mostLagMs = MOST_LAG_MS }: ReplicaWatchOptions) {
    this.#mostLagMs = mostLagMs;
    this.#primary = new WatchedServer({ url: primary, room, onLost: () => {} });
    this.#replicas = replicas.map((url, at) => {
      const onSilent = () => {
        for (const listener of this.silentListeners) listener(at);
      };
      return new WatchedServer({ url, room, onLost: () => this.#hurry(), onSilent });
    });
    this.#hosts = replicas.map((url) => new URL(url).host);
  }

  /** Waits for the first looks, so that the first readers already find the replicas. Every room that reads here may start it. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    await this.#lookAtPrimary();
    await Promise.all(this.#replicas.map((replica) => replica.look()));
    this.#loops = [
      this.#repeat(
        () => this.#lookAtPrimary(),
        () => LOOK_EVERY_MS,
      ),
      ...this.#replicas.map((replica) =>
        this.#repeat(
          () => this.#lookAt(replica),
          () => (this.#waiting.size > 0 ? LOOK_AGAIN_MS : LOOK_EVERY_MS),
        ),
      ),
    ];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hurry();
    await Promise.all(this.#loops);
    await Promise.all([this.#primary, ...this.#replicas].map((server) => server.end()));
  }

  async choose(wanted: readonly WalPosition[]): Promise<Choice> {
    const primary = this.primarySeen;
    if (!primary) return { replica: null, reason: 'away' };
    const position = wanted.find(({ server }) => server === primary.server);
    // Of a time before a replica became the primary, or from a process that knows of it already.
    if (position && position.timeline !== primary.timeline) return { replica: null, reason: 'behind' };
    const lsn = position?.lsn ?? 0n;
    const found = this.#find(lsn);
    if (found) return { ...found, reason: 'fit' };
    const least = Math.min(...this.#replicas.map((replica) => this.#lagOf(replica)));
    if (least > this.#mostLagMs) return { replica: null, reason: this.#anybodyThere() ? 'lagging' : 'away' };
    if (least > WORTH_WAITING_MS) return { replica: null, reason: 'behind' };
    const waited = await this.#waitFor(lsn);
    return waited ? { ...waited, reason: 'waited' } : { replica: null, reason: 'behind' };
  }

  suspect(replica: number): void {
    this.#replicas[replica]?.lose();
  }

  lags(): ReplicaLag[] {
    return this.#replicas.map((replica, at) => {
      const lag = this.#lagOf(replica);
      return { replica: this.#hosts[at]!, lagMs: Number.isFinite(lag) ? lag : null };
    });
  }

  #anybodyThere(): boolean {
    return this.#replicas.some((replica) => replica.seen);
  }

  /** In turn, among those that have it. */
  #find(lsn: bigint): { replica: number; behindMs: number } | undefined {
    for (let tried = 0; tried < this.#replicas.length; tried++) {
      const at = (this.#turn + tried) % this.#replicas.length;
      const replica = this.#replicas[at]!;
      const behindMs = this.#lagOf(replica);
      if (behindMs > this.#mostLagMs || replica.seen!.lsn < lsn) continue;
      this.#turn = at + 1;
      return { replica: at, behindMs };
    }
    return undefined;
  }

  /** Milliseconds; infinite for one that is unknown, of another history, or no replica. */
  #lagOf({ seen }: WatchedServer): number {
    const primary = this.primarySeen;
    const isOurs = seen?.isReplica && seen.server === primary?.server && seen.timeline === primary.timeline;
    if (!isOurs) return Number.POSITIVE_INFINITY;
    const newest = this.#samples.findLast(({ lsn }) => lsn <= seen.lsn);
    return newest ? performance.now() - newest.at : Number.POSITIVE_INFINITY;
  }

  #waitFor(lsn: bigint): Promise<{ replica: number; behindMs: number } | undefined> {
    return new Promise((resolve) => {
      const settle = (found: { replica: number; behindMs: number } | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const look = () => {
        const found = this.#find(lsn);
        if (found) settle(found);
      };
      const timer = setTimeout(() => settle(undefined), MOST_WAIT_MS);
      this.#waiting.add(look);
      this.#hurry();
    });
  }

  async #lookAtPrimary(): Promise<void> {
    const at = performance.now();
    const seen = await this.#primary.look();
    if (!seen || seen.isReplica) return;
    const known = this.primarySeen;
    if (known?.server !== seen.server || known.timeline !== seen.timeline) this.#samples = [];
    this.primarySeen = seen;
    this.#samples.push({ at, lsn: seen.lsn });
    const oldest = at - this.#mostLagMs - 2 * LOOK_EVERY_MS;
    while (this.#samples[0]!.at < oldest) this.#samples.shift();
  }

  async #lookAt(replica: WatchedServer): Promise<void> {
    if (await replica.look()) for (const look of this.#waiting) look();
  }

  async #repeat(look: () => Promise<void>, pauseMs: () => number): Promise<void> {
    while (!this.#stopped) {
      await this.#pause(pauseMs());
      if (!this.#stopped) await look();
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds).unref();
      this.#pauses.add(end);
    });
  }

  #hurry(): void {
    for (const end of this.#pauses) end();
  }
}
