import { inflate } from './inflate.ts';
import { type Shape, ShapeError } from './stl.ts';

/** The type under which the server sends a mesh for viewing. */
export const VIEW_MESH = 'application/vnd.forgeline.mesh';

const MAGIC = 0x31_4d_4c_46;
const HEADER_BYTES = 64;
/** The kernel sends at most a million triangles, none of them with a corner that another has too. */
const MOST_BYTES = HEADER_BYTES + 1_000_000 * (3 * 12 + 12);

/**
 * Reads the mesh that the kernel left for viewing: deflated; `FLM1`, numbers of corners, of triangles here and in the file;
 * middle and lengths of the box; corners about that middle, triangles as corner numbers. Throws ShapeError.
 */
export async function readViewMesh(file: Blob): Promise<Pick<Shape, 'positions' | 'triangles' | 'size' | 'middle'>> {
  const { buffer: bytes } = await inflate(file, MOST_BYTES);
  if (bytes.byteLength < HEADER_BYTES) throw new ShapeError('unreadable');
  const [magic, corners = 0, count = 0, triangles = 0] = new Uint32Array(bytes, 0, 4);
  if (magic !== MAGIC || bytes.byteLength !== HEADER_BYTES + corners * 12 + count * 12) {
    throw new ShapeError('unreadable');
  }
  if (count === 0) throw new ShapeError('empty');
  const [mx = 0, my = 0, mz = 0, x = 0, y = 0, z = 0] = new Float64Array(bytes, 16, 6);
  const places = new Float32Array(bytes, HEADER_BYTES, corners * 3);
  const corner = new Uint32Array(bytes, HEADER_BYTES + corners * 12, count * 3);
  return { positions: unshared(places, corner), triangles, size: [x, y, z], middle: [mx, my, mz] };
}

/** Every triangle with corners of its own: flat faces need a normal each. */
function unshared(places: Float32Array, corner: Uint32Array): Float32Array {
  const positions = new Float32Array(corner.length * 3);
  for (let n = 0; n < corner.length; n++) {
    const from = corner[n]! * 3;
    positions[n * 3] = places[from]!;
    positions[n * 3 + 1] = places[from + 1]!;
    positions[n * 3 + 2] = places[from + 2]!;
  }
  return positions;
}
