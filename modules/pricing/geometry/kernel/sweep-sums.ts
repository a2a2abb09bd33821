/** What pass 1 adds up, block by block: how the sums of one block lie in memory, and how they become the figures of a mesh. */

/** Figures of a mesh in file units, from one pass over its triangles. All but the box are sums over the triangles as they are. */
export interface Sweep {
  triangles: number;
  /** Signed, about `reference`. Means something only when the boundary is empty. */
  volume: number;
  /** Not finite exactly when a coordinate is not. */
  area: number;
  /** Sum of the face normals times their areas: zero on a closed surface. */
  vectorArea: Vector;
  /** Of an empty mesh: Infinity and −Infinity. */
  min: Vector;
  max: Vector;
  /** The first corner of the file; volume and moments are taken about it. */
  reference: Vector;
  /** ∫ x dV about `reference`; divided by `volume`, the way from `reference` to the centre of mass. */
  firstMoment: Vector;
  /** ∫ x·xᵀ dV about `reference`: xx, yy, zz, xy, yz, zx. */
  secondMoment: [number, number, number, number, number, number];
  /** Area of the faces that point down by more than 45°, without `baseArea`. */
  overhangArea: number;
  /** Area of the faces that lie flat, with the same z to the last bit, at the bottom of the box and point down: what the part stands on. */
  baseArea: number;
  /** Zero exactly when every edge is passed as often in one direction as in the other (but for about one chance in 2⁶³). */
  boundary: bigint;
  /** 32 hexadecimal digits: the same for the same triangles in any order; null unless it was asked for. */
  fingerprint: string | null;
}

type Vector = [number, number, number];

// Places in the sums of a block, as assembly/sweep.ts writes them: 23 doubles, then three unsigned integers of 64 bits.
const VOLUME = 0;
const AREA = 1;
const NORMAL = 2;
const FIRST = 5;
const SECOND = 8;
const OVERHANG = 14;
/** All before are plain sums. */
const PLAIN_SUMS = 15;
const LOWEST_Z = 15;
const LOWEST_AREA = 16;
const MIN = 17;
const MAX = 20;
const BOUNDARY = 23;
const PRINT = 24;
export const BLOCK_SUMS = 26;
export const BLOCK_SUMS_BYTES = BLOCK_SUMS * 8;

/** Adds up blocks in the order of the file: the figures are the same to the last bit whoever swept the blocks. */
export class SweepTotals {
  readonly #sums = new Float64Array(PLAIN_SUMS);
  readonly #min: Vector = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #max: Vector = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  #lowestZ = Number.POSITIVE_INFINITY;
  #lowestArea = 0;
  #boundary = 0n;
  #printLow = 0n;
  #printHigh = 0n;
  #triangles = 0;

  /** Adds the sums of the next block, which begin at the byte `at` of `memory`. */
  add(memory: ArrayBufferLike, at: number, triangles: number): void {
    const block = new Float64Array(memory, at, BOUNDARY);
    const hashes = new BigUint64Array(memory, at + BOUNDARY * 8, BLOCK_SUMS - BOUNDARY);
    for (let k = 0; k < PLAIN_SUMS; k++) this.#sums[k]! += block[k]!;
    for (let k = 0; k < 3; k++) {
      this.#min[k] = Math.min(this.#min[k]!, block[MIN + k]!);
      this.#max[k] = Math.max(this.#max[k]!, block[MAX + k]!);
    }
    if (block[LOWEST_Z]! < this.#lowestZ) {
      this.#lowestZ = block[LOWEST_Z]!;
      this.#lowestArea = 0;
    }
    if (block[LOWEST_Z] === this.#lowestZ) this.#lowestArea += block[LOWEST_AREA]!;
    this.#boundary += hashes[0]!;
    this.#printLow += hashes[PRINT - BOUNDARY]!;
    this.#printHigh += hashes[PRINT - BOUNDARY + 1]!;
    this.#triangles += triangles;
  }

  result(reference: Vector, withFingerprint: boolean): Sweep {
    const sums = this.#sums;
    const baseArea = this.#lowestZ === this.#min[2] ? this.#lowestArea / 2 : 0;
    return {
      triangles: this.#triangles,
      volume: sums[VOLUME]! / 6,
      area: sums[AREA]! / 2,
      vectorArea: [sums[NORMAL]! / 2, sums[NORMAL + 1]! / 2, sums[NORMAL + 2]! / 2],
      min: this.#min,
      max: this.#max,
      reference,
      firstMoment: [sums[FIRST]! / 24, sums[FIRST + 1]! / 24, sums[FIRST + 2]! / 24],
      secondMoment: Array.from({ length: 6 }, (_, k) => sums[SECOND + k]! / 120) as Sweep['secondMoment'],
      // Both are sums of the same terms: what is left below zero is rounding.
      overhangArea: Math.max(0, sums[OVERHANG]! / 2 - baseArea),
      baseArea,
      boundary: BigInt.asUintN(64, this.#boundary),
      fingerprint: withFingerprint ? hex(this.#printHigh) + hex(this.#printLow) : null,
    };
  }
}

function hex(lane: bigint): string {
  return BigInt.asUintN(64, lane).toString(16).padStart(16, '0');
}
