import type { Mesh } from './mesh.ts';
import { faceNormal } from './thickness/samples.ts';

const STEEP = Math.SQRT1_2;
/** Of the height: exports do not lay a flat side exactly flat. */
const FLAT = 1e-4;

/** Area of the faces that point down by more than 45° and do not stand on the ground, when built along z; square file units. */
export function overhangArea({ positions, triangles }: Mesh): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 2; at < positions.length; at += 3) {
    if (positions[at]! < lowest) lowest = positions[at]!;
    if (positions[at]! > highest) highest = positions[at]!;
  }
  const ground = lowest + FLAT * (highest - lowest);
  const normal: [number, number, number] = [0, 0, 0];
  let sum = 0;
  for (let face = 0; face * 3 < triangles.length; face++) {
    const length = faceNormal(positions, triangles, face, normal);
    if (!(normal[2] < -STEEP * length)) continue;
    const stands = [0, 1, 2].every((k) => positions[triangles[face * 3 + k]! * 3 + 2]! <= ground);
    if (!stands) sum += length / 2;
  }
  return sum;
}
