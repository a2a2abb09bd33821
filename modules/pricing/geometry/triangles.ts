export const BLOCK_BYTES = 1 << 20;
export const MAX_TRIANGLES = 20_000_000;

/** Some triangles, nine coordinates each. `bits` is the same memory seen as integers, for hashing. Reused: copy what you keep. */
export interface TriangleBatch {
  readonly coordinates: Float32Array;
  readonly bits: Uint32Array;
  count: number;
}

/** A mesh as a stream that can be read as often as wanted. */
export interface TriangleSource {
  /** Never more triangles than this. */
  readonly atMost: number;
  forEachBatch(visit: (batch: TriangleBatch) => void): void;
}

export function triangleBatch(capacity: number): TriangleBatch {
  const memory = new ArrayBuffer(capacity * 36);
  return { coordinates: new Float32Array(memory), bits: new Uint32Array(memory), count: 0 };
}
