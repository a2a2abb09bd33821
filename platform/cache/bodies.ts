/** Bytes that a held answer costs beside its body and key: tag, generations, the map's own. */
const OVERHEAD_BYTES = 600;
/** One answer takes at most this share of the memory; a larger one is given and not held. */
const LARGEST_SHARE = 1 / 8;

/** Held answers by key, the least recently asked for dropped first, bounded by bytes. */
export class Bodies<Held extends { readonly body: Buffer }> {
  readonly #most: number;
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, held);
    return held;
  }

  set(key: string, held: Held): void {
    this.#drop(key);
    const bytes = sizeOf(key, held);
    if (bytes > this.#most * LARGEST_SHARE) return;
    this.#held.set(key, held);
    this.#bytes += bytes;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#bytes -= sizeOf(key, held);
  }
}

function sizeOf(key: string, { body }: { body: Buffer }): number {
  return body.length + 2 * key.length + OVERHEAD_BYTES;
}
