/**
 * Where the arrays of one mesh lie in linear memory. The caller (topology-memory.ts) places them; nothing here allocates.
 * Corner numbers stay below 2^31 and half-edge numbers (3 · face + side) below 2^32: 20 million triangles have 60 million.
 */

/** Three u32 corner numbers of face after face. */
export let triangles: usize = 0;
/** x, y, z as f32 of corner after corner. */
export let positions: usize = 0;
/** Per face: (another face of its shell << 1) | 1 when the two are turned against each other. */
export let parents: usize = 0;
/** Per face, one byte: bits 0–2, the side has no partner; bit 3, the face repeats an earlier one; bit 4, it was repeated. */
export let flags: usize = 0;
/** Per corner: how many edges begin there, then where its bucket of entries ends. */
export let starts: usize = 0;
/** Eight bytes an entry: (other corner << 1 | direction) << 32 | half-edge. */
export let entries: usize = 0;

export const REPEATED: u8 = 8;
export const ORIGINAL: u8 = 16;

export function place(
  trianglesAt: usize,
  positionsAt: usize,
  parentsAt: usize,
  flagsAt: usize,
  startsAt: usize,
  entriesAt: usize,
): void {
  triangles = trianglesAt;
  positions = positionsAt;
  parents = parentsAt;
  flags = flagsAt;
  starts = startsAt;
  entries = entriesAt;
}

// @ts-ignore: decorator
@inline
export function cornerOf(halfEdge: u32): u32 {
  return load<u32>(triangles + ((<usize>halfEdge) << 2));
}

/** The next side of the same face. */
// @ts-ignore: decorator
@inline
export function following(halfEdge: u32): u32 {
  return halfEdge % 3 == 2 ? halfEdge - 2 : halfEdge + 1;
}

// @ts-ignore: decorator
@inline
export function coordinate(corner: u32, axis: u32): f64 {
  return <f64>load<f32>(positions + <usize>corner * 12 + ((<usize>axis) << 2));
}
