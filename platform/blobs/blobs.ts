import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';

/** Where models' bytes lie: content-addressed, so that a blob never changes and the same file is kept once. */
export interface Blobs {
  /**
   * Stores the whole stream and answers its address. A stream that fails, is aborted or is longer than `maxBytes`
   * (`BlobError` `too_large`) leaves nothing behind; so does a full disk (`storage_full`).
   */
  put(stream: Readable, limits: { maxBytes: number }): Promise<{ sha256: string; bytes: number }>;
  /** The blob's bytes; `BlobError` `not_found` if there is none. */
  get(sha256: string): Promise<Readable>;
  /** A local file with these bytes, where the store is a local disk. It may not be there: ask `has`. */
  path?(sha256: string): string;
  has(sha256: string): Promise<boolean>;
  /** Removing what is not there is no error. */
  remove(sha256: string): Promise<void>;
  /** Every whole blob, in no order; what comes or goes meanwhile may be among them or not. */
  list(): AsyncIterable<ListedBlob>;
  /** Bytes that the store can still take; null where it has no end that is known. */
  freeBytes(): Promise<number | null>;
}

export interface ListedBlob {
  sha256: string;
  bytes: number;
  /** When it was last put, in milliseconds since the epoch. */
  putAt: number;
}

export class BlobError extends Error {
  readonly code: 'too_large' | 'not_found' | 'storage_full' | 'bad_address';

  constructor(code: BlobError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BlobError';
    this.code = code;
  }
}

export const ADDRESS = /^[0-9a-f]{64}$/;

/** Guards paths and keys: throws `bad_address` for anything but a SHA-256 in lower-case hexadecimal. */
export function checkAddress(sha256: string): string {
  if (!ADDRESS.test(sha256)) throw new BlobError('bad_address', 'A blob is addressed by its SHA-256');
  return sha256;
}

/** Passes bytes through, hashing and counting them; fails beyond `maxBytes`. Read `result` after the end. */
export class Meter extends Transform {
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, chunk?: Buffer) => void) {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      return done(new BlobError('too_large', `More than ${this.#maxBytes} bytes`));
    }
    this.#hash.update(chunk);
    done(null, chunk);
  }

  /** Only once, after the last byte. */
  result(): { sha256: string; bytes: number } {
    return { sha256: this.#hash.digest('hex'), bytes: this.#bytes };
  }
}
