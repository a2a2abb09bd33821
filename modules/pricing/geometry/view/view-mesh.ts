import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MeshoptSimplifier } from 'meshoptimizer/simplifier';
import type { Mesh } from '../mesh.ts';

/** A picture needs no more; above it the shape is thinned out to this many. */
const MOST_TRIANGLES = 400_000;
/** Up to here a mesh is shown as it is. */
const SHOWN_WHOLE = 1_000_000;
const MAGIC = 0x31_4d_4c_46;
const HEADER_BYTES = 64;

await MeshoptSimplifier.ready;

/** Of the mesh; `origin` was taken away from the file's coordinates. */
export interface ViewBox {
  min: readonly number[];
  max: readonly number[];
  origin?: readonly number[];
}

/**
 * What a viewer draws, whatever format the file has; deflated without a header. Little-endian: `FLM1`, then as u32
 * corners and triangles shown and triangles of the file, 0; then as f64 the middle of the box (3) and its lengths (3);
 * then per corner x, y, z about that middle as f32; then per triangle three u32 corner numbers.
 */
export function encodeViewMesh(mesh: Mesh, box: ViewBox): Uint8Array {
  const faces = mesh.triangles.length / 3;
  const { positions, triangles } = faces > SHOWN_WHOLE ? thinnedOut(mesh) : mesh;
  const corners = positions.length / 3;
  const bytes = new ArrayBuffer(HEADER_BYTES + positions.byteLength + triangles.byteLength);
  new Uint32Array(bytes, 0, 4).set([MAGIC, corners, triangles.length / 3, faces]);
  const middle = [0, 1, 2].map((k) => (box.min[k]! + box.max[k]!) / 2);
  const head = new Float64Array(bytes, 16, 6);
  head.set(middle.map((at, k) => at + (box.origin?.[k] ?? 0)));
  head.set(
    [0, 1, 2].map((k) => box.max[k]! - box.min[k]!),
    3,
  );
  const moved = new Float32Array(bytes, HEADER_BYTES, positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    moved[at] = positions[at]! - middle[0]!;
    moved[at + 1] = positions[at + 1]! - middle[1]!;
    moved[at + 2] = positions[at + 2]! - middle[2]!;
  }
  new Uint32Array(bytes, HEADER_BYTES + positions.byteLength, triangles.length).set(triangles);
  return deflateRawSync(new Uint8Array(bytes), { level: 1 });
}

export interface ViewMesh {
  positions: Float32Array;
  triangles: Uint32Array;
  trianglesOfFile: number;
  middle: [number, number, number];
  size: [number, number, number];
}

/** The opposite, for tests and pictures. Throws on anything else. */
export function decodeViewMesh(deflated: Uint8Array): ViewMesh {
  const { buffer, byteOffset, byteLength } = inflateRawSync(deflated);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  const [magic, corners = 0, count = 0, trianglesOfFile = 0] = new Uint32Array(bytes, 0, 4);
  if (magic !== MAGIC) throw new Error('Not a view of a mesh');
  const [mx, my, mz, sx, sy, sz] = new Float64Array(bytes, 16, 6);
  return {
    positions: new Float32Array(bytes, HEADER_BYTES, corners * 3),
    triangles: new Uint32Array(bytes, HEADER_BYTES + corners * 12, count * 3),
    trianglesOfFile,
    middle: [mx!, my!, mz!],
    size: [sx!, sy!, sz!],
  };
}

/** Without the corners that no face has any more. */
function thinnedOut({ positions, triangles }: Mesh): { positions: Float32Array; triangles: Uint32Array } {
  const [kept] = MeshoptSimplifier.simplifySloppy(triangles, positions, 3, null, MOST_TRIANGLES * 3, 1);
  const numberOf = new Map<number, number>();
  const renumbered = kept.map((corner) => {
    const known = numberOf.get(corner) ?? numberOf.size;
    numberOf.set(corner, known);
    return known;
  });
  const places = new Float32Array(numberOf.size * 3);
  for (const [corner, number] of numberOf) places.set(positions.subarray(corner * 3, corner * 3 + 3), number * 3);
  return { positions: places, triangles: renumbered };
}
