/**
 * Which faces were seen before, by their 64-bit keys in two halves, in bounded memory at any size of mesh: small meshes keep
 * all keys; large ones go twice over the mesh, first marking a bit per key, then keeping the keys of those whose bit was
 * marked twice. Never 0, 0: that is the key of a degenerate face.
 */
export interface FaceMemory {
  /** Remembers the face; true when this memory is certain that it was there. */
  seenBefore(low: number, high: number): boolean;
}

/** Open addressing, 8 bytes a slot, at most half full, never growing. */
export class FaceSet implements FaceMemory {
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(atMost: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, atMost * 2)));
    this.#slots = new Int32Array(slots * 2);
    this.#mask = slots - 1;
  }

  seenBefore(low: number, high: number): boolean {
    const slots = this.#slots;
    for (let slot = (low ^ (high >>> 7)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const a = slots[slot * 2]!;
      const b = slots[slot * 2 + 1]!;
      if (a === low && b === high) return true;
      if (a !== 0 || b !== 0) continue;
      slots[slot * 2] = low;
      slots[slot * 2 + 1] = high;
      return false;
    }
  }
}

/** The first time over: a bit for each key, and another for keys whose bit was set already. 16 MB. */
export class FaceFilter implements FaceMemory {
  static readonly #BITS = 2 ** 26;
  readonly #once = new Int32Array(FaceFilter.#BITS / 32);
  readonly #again = new Int32Array(FaceFilter.#BITS / 32);
  #meetings = 0;

  /** Faces that may repeat another: an upper bound, with those that only share a bit. */
  get suspects(): number {
    return this.#meetings * 2;
  }

  seenBefore(low: number, high: number): boolean {
    const bit = (low ^ high) & (FaceFilter.#BITS - 1);
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    if ((this.#once[word]! & mask) === 0) {
      this.#once[word]! |= mask;
      return false;
    }
    this.#again[word]! |= mask;
    this.#meetings++;
    return false;
  }

  isSuspect(low: number, high: number): boolean {
    const bit = (low ^ high) & (FaceFilter.#BITS - 1);
    return (this.#again[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }
}

/** The second time over: one share of the suspects, exactly. */
export class SuspectFaces implements FaceMemory {
  readonly #filter: FaceFilter;
  readonly #faces: FaceSet;
  readonly #shares: number;
  readonly #share: number;

  constructor(filter: FaceFilter, shares: number, share: number) {
    this.#filter = filter;
    this.#faces = new FaceSet(Math.ceil((filter.suspects / shares) * 1.1));
    this.#shares = shares;
    this.#share = share;
  }

  seenBefore(low: number, high: number): boolean {
    if ((high >>> 0) % this.#shares !== this.#share || !this.#filter.isSuspect(low, high)) return false;
    return this.#faces.seenBefore(low, high);
  }
}
