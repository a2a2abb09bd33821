import { type Database, openDatabase } from './pool.ts';
import { readWalPosition, type WalPosition } from './wal-position.ts';

export type Seen = WalPosition & { isReplica: boolean };

export interface WatchedServerOptions {
  url: string;
  room: string;
  /** Called when what was known is known no more: the next look must come soon. */
  onLost: () => void;
  /** Called when it gives no answer, once until it does again. */
  onSilent?: () => void;
}

/** A server that has not answered for so long is not known to be there. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * One server's position, asked for on a connection of its own. What was seen holds until any connection to the server closes: one
 * that crashed may come back behind what it had shown, and a server that only runs never goes back.
 */
export class WatchedServer {
  readonly #options: WatchedServerOptions;
  #database: Database | undefined;
  #seen: Seen | undefined;
  /** Rises with every loss: an answer from before it says nothing of now. */
  #losses = 0;
  #isSilent = false;

  constructor(options: WatchedServerOptions) {
    this.#options = options;
  }

  /** Undefined: unknown. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  /** Asks once. Never rejects: without an answer in time the server is unknown. */
  async look(): Promise<Seen | undefined> {
    const database = this.#database ?? this.#open();
    const before = this.#losses;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ANSWER_WITHIN_MS);
    });
    const answer = await Promise.race([readWalPosition(database.sql).catch(() => undefined), late]);
    clearTimeout(timer);
    if (answer && before === this.#losses) {
      this.#seen = answer;
      this.#isSilent = false;
    } else await this.#startOver();
    return this.#seen;
  }

  lose(): void {
    this.#losses++;
    if (!this.#seen) return;
    this.#seen = undefined;
    this.#options.onLost();
  }

  async end(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await database?.end();
  }

  #open(): Database {
    const { url, room } = this.#options;
    const isInUse = () => this.#database === database;
    const database: Database = openDatabase({
      url,
      room,
      role: 'watch',
      max: 1,
      onClose: () => isInUse() && this.lose(),
    });
    this.#database = database;
    return database;
  }

  /** A connection that gives no answer would hold the next question up. */
  async #startOver(): Promise<void> {
    this.lose();
    if (!this.#isSilent) this.#options.onSilent?.();
    this.#isSilent = true;
    const database = this.#database;
    this.#database = undefined;
    await database?.end({ withinSeconds: 0 });
  }
}
