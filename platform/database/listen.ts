import postgres from 'postgres';

export interface Listening {
  unlisten(): Promise<void>;
}

export interface Listener {
  onNotify: (payload: string) => void;
  onListen: () => void;
}

const RETRY_MS = 250;

/**
 * LISTEN on one connection, for all channels of a pool. A connection that was cut is made again until it stands, however
 * long that takes, and then every `onListen` runs: what was said meanwhile is lost. (postgres.js's own gives up when
 * the first try fails.)
 */
export class Listeners {
  readonly #options: postgres.Options<Record<string, postgres.PostgresType>>;
  readonly #url: string;
  readonly #channels = new Map<string, Set<Listener>>();
  #connection: postgres.Sql | undefined;
  #retry: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(url: string, options: postgres.Options<Record<string, postgres.PostgresType>>) {
    this.#url = url;
    this.#options = options;
  }

  /** Resolves when the server listens; rejects when the first try fails. */
  async add(channel: string, listener: Listener): Promise<Listening> {
    const listeners = this.#channels.get(channel) ?? new Set();
    listeners.add(listener);
    this.#channels.set(channel, listeners);
    try {
      await this.#listen(channel);
    } catch (error) {
      this.#forget(channel, listener);
      throw error;
    }
    listener.onListen();
    return { unlisten: async () => this.#remove(channel, listener) };
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#retry);
    await this.#connection?.end({ timeout: 5 });
  }

  async #listen(channel: string): Promise<void> {
    this.#connection ??= postgres(this.#url, {
      ...this.#options,
      max: 1,
      idle_timeout: null as never,
      max_lifetime: null,
      onclose: () => this.#comeBack(),
      ...{ onnotify: (name: string, payload: string) => this.#tell(name, payload) },
    });
    await this.#connection`listen ${this.#connection(channel)}`;
  }

  #tell(channel: string, payload: string): void {
    for (const { onNotify } of this.#channels.get(channel) ?? []) onNotify(payload);
  }

  #comeBack(): void {
    if (this.#ended || this.#channels.size === 0) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#listenAgain(), RETRY_MS).unref();
  }

  async #listenAgain(): Promise<void> {
    try {
      for (const channel of this.#channels.keys()) await this.#listen(channel);
    } catch {
      this.#comeBack();
      return;
    }
    for (const listeners of this.#channels.values()) for (const { onListen } of listeners) onListen();
  }

  async #remove(channel: string, listener: Listener): Promise<void> {
    const isLast = this.#forget(channel, listener);
    const connection = this.#connection;
    if (!isLast || !connection || this.#ended) return;
    // One that is away has nothing to unlisten.
    await connection`unlisten ${connection(channel)}`.catch(() => undefined);
  }

  #forget(channel: string, listener: Listener): boolean {
    const listeners = this.#channels.get(channel);
    listeners?.delete(listener);
    if (listeners?.size !== 0) return false;
    return this.#channels.delete(channel);
  }
}
