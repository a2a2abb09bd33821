/**
 * A mesh as a stream of triangles that can be read as often as wanted. The reader fills memory that the consumer owns, so
 * that bytes go from the file straight into the kernel's linear memory.
 */
export interface TriangleSource {
  /** Never more triangles than this. */
  readonly atMost: number;
  /** Bytes from one triangle to the next, e.g. 50 for the records of a binary STL, 36 for nine floats and nothing else. */
  readonly stride: number;
  /** Where a triangle's nine 32-bit floats (x, y, z of three corners, little-endian) begin within its stride. */
  readonly offset: number;
  /**
   * Fills `into` with whole triangles from its beginning and calls `visit` with their number, again and again until there
   * are no more. `into` holds at least one stride, is 16-byte aligned, and may be read, not kept, by `visit`.
   * @throws GeometryRefusal when the file turns out to be none
   */
  forEachBlock(into: Uint8Array, visit: (count: number) => void): void;
  /** The same mesh from triangle `first` on, at most `count` of them; absent where the format has to be read from its beginning. */
  part?(first: number, count: number): TriangleSource;
}

/** What the consumers use as `into`: big enough to read fast, small enough to stay in the cache. */
export const BLOCK_BYTES = 1 << 20;
