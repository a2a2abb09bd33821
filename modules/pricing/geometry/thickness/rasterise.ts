import type { Mesh } from '../mesh.ts';
import { type Camera, projected } from './camera.ts';

export interface Raster {
  /** The face that is seen + 1; 0: none. */
  faces: Uint32Array;
  /** Towards the eye, in pixels. */
  depth: Float32Array;
}

/** What an eye sees of a closed mesh: rows of pixels from the bottom up. */
export function rasterise({ positions, triangles }: Mesh, camera: Camera): Raster {
  const { width, height } = camera;
  const faces = new Uint32Array(width * height);
  const depth = new Float32Array(width * height).fill(Number.NEGATIVE_INFINITY);
  const seen = projected(positions, camera);
  for (let face = 0; face * 3 < triangles.length; face++) {
    const a = triangles[face * 3]! * 3;
    const b = triangles[face * 3 + 1]! * 3;
    const c = triangles[face * 3 + 2]! * 3;
    const ax = seen[a]!;
    const ay = seen[a + 1]!;
    const bx = seen[b]!;
    const by = seen[b + 1]!;
    const cx = seen[c]!;
    const cy = seen[c + 1]!;
    const twice = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    // Looks away, or edge on.
    if (!(twice > 0)) continue;
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    const az = seen[a + 2]!;
    const dz1 = (seen[b + 2]! - az) / twice;
    const dz2 = (seen[c + 2]! - az) / twice;
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const px = x + 0.5 - ax;
        const py = y + 0.5 - ay;
        const v = px * (cy - ay) - py * (cx - ax);
        const w = (bx - ax) * py - (by - ay) * px;
        if (v < 0 || w < 0 || v + w > twice) continue;
        const z = az + v * dz1 + w * dz2;
        const at = y * width + x;
        if (z <= depth[at]!) continue;
        depth[at] = z;
        faces[at] = face + 1;
      }
    }
  }
  return { faces, depth };
}
