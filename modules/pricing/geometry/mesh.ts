/**
 * A mesh with shared corners, as `joinMesh` (kernel/topology.ts) leaves it: no degenerate or duplicate faces, faces turned
 * alike, corners and faces in the order in which the file first has them. File units.
 */
export interface Mesh {
  /** x, y, z of corner after corner. */
  positions: Float32Array;
  /** Three corner numbers of face after face, counter-clockwise from outside. */
  triangles: Uint32Array;
  /** The shell of each face: an index into `shells`. */
  shellOf: Uint32Array;
  shells: Shell[];
}

/** Faces that hang together by their edges. */
export interface Shell {
  faces: number;
  /** About the middle of the model's box; below zero where the shell is the wall of a hollow or is inside out. */
  volume: number;
  area: number;
  /** False: the shell has a boundary, and no volume that means anything. */
  isClosed: boolean;
  /** A closed shell that bounds a hollow inside another one. */
  isCavity: boolean;
}
