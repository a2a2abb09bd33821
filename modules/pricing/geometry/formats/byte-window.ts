import { type ByteSource, readFully } from '../byte-source.ts';

/** Fills `into` as far as there is more, and returns how many bytes that was: 0 at the end. */
export type ByteStream = (into: Uint8Array) => number;

export function streamOf(source: ByteSource, from = 0, to: number = source.bytes): ByteStream {
  let position = from;
  return (into) => {
    const got = readFully(source, into.subarray(0, Math.min(into.length, to - position)), position);
    position += got;
    return got;
  };
}

/** Small enough to stay in the second-level cache while it is scanned. */
const WINDOW_BYTES = 256 * 1024;
/** The longest stretch that `need` can promise. */
export const MOST_NEEDED = 64 * 1024;

/**
 * A window that slides over a stream. `bytes[at]` … `bytes[end − 1]` are what comes next; `bytes[end]` is always 0, so a
 * loop that stops at bytes ≤ 32 needs no other bound.
 */
export class ByteWindow {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  end = 0;
  readonly #stream: ByteStream;
  #slidBy = 0;
  #over = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.bytes = new Uint8Array(WINDOW_BYTES + 1);
    this.view = new DataView(this.bytes.buffer);
  }

  /** How far `at` is from the beginning of the stream, in bytes. */
  get position(): number {
    return this.#slidBy + this.at;
  }

  /** Sees to it that `count` bytes (at most MOST_NEEDED) stand in the window, or all that are left; true when there are as many. */
  need(count: number): boolean {
    if (this.end - this.at >= count) return true;
    if (!this.#over) this.#slide();
    return this.end - this.at >= count;
  }

  /** Goes on by `count` bytes, of which the window need not hold all; false when the stream ends before. */
  skip(count: number): boolean {
    let left = count;
    while (left > this.end - this.at) {
      left -= this.end - this.at;
      this.at = this.end;
      if (!this.need(1)) return false;
    }
    this.at += left;
    return true;
  }

  #slide(): void {
    this.bytes.copyWithin(0, this.at, this.end);
    this.#slidBy += this.at;
    this.end -= this.at;
    this.at = 0;
    while (this.end < WINDOW_BYTES) {
      const got = this.#stream(this.bytes.subarray(this.end, WINDOW_BYTES));
      this.end += got;
      if (got === 0) {
        this.#over = true;
        break;
      }
    }
    this.bytes[this.end] = 0;
  }
}
