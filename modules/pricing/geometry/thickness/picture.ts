import type { Mesh } from '../mesh.ts';
import { type HeatVolume, thicknessCodeAt } from './heat-volume.ts';
import type { PictureLayers } from './picture-file.ts';
import { faceNormal } from './samples.ts';

export const PICTURE_WIDTH = 480;
export const PICTURE_HEIGHT = 360;
/** Drawn this many times larger each way, then averaged. */
const FINER = 2;
const MARGIN = 0.06;
/** Where one stands when nothing else calls for attention: a little above, a little to the right. */
const USUAL: Vector = [0.54, -0.73, 0.42];
/** How much the view turns towards a thin place. */
const TOWARDS = 1.3;

type Vector = readonly [number, number, number];

/**
 * The model from where `place` (a thin wall's normal; null: nothing special) is seen, without perspective: shade, coverage
 * and wall thickness of each pixel. Colours come later, as a limit is known.
 */
export function drawPicture(mesh: Mesh, heat: HeatVolume | null, place: Vector | null): PictureLayers {
  const camera = cameraTowards(mesh.positions, place);
  const buffer = rasterise(mesh, camera);
  return shade(mesh, heat, camera, buffer);
}

interface Camera {
  right: Vector;
  up: Vector;
  /** From the model to the eye. */
  out: Vector;
  /** Pixels per unit, and what lies in the middle of the picture. */
  scale: number;
  middle: Vector;
}

const WIDTH = PICTURE_WIDTH * FINER;
const HEIGHT = PICTURE_HEIGHT * FINER;

function cameraTowards(positions: Float32Array, place: Vector | null): Camera {
  const mixed = place ? USUAL.map((part, k) => part + TOWARDS * place[k]!) : USUAL;
  const out = unit(mixed as unknown as Vector, USUAL);
  const right = unit(cross([0, 0, 1], out), [1, 0, 0]);
  const up = cross(out, right);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < positions.length; at += 3) {
    const point: Vector = [positions[at]!, positions[at + 1]!, positions[at + 2]!];
    const seen = [dot(point, right), dot(point, up), dot(point, out)];
    for (let k = 0; k < 3; k++) {
      if (seen[k]! < low[k]!) low[k] = seen[k]!;
      if (seen[k]! > high[k]!) high[k] = seen[k]!;
    }
  }
  const [w, h] = [high[0]! - low[0]!, high[1]! - low[1]!];
  const scale = (1 - 2 * MARGIN) * Math.min(WIDTH / Math.max(w, 1e-30), HEIGHT / Math.max(h, 1e-30));
  const mid = [0, 1, 2].map((k) => (low[k]! + high[k]!) / 2);
  const middle = [0, 1, 2].map((k) => mid[0]! * right[k]! + mid[1]! * up[k]! + mid[2]! * out[k]!);
  return { right, up, out, scale, middle: middle as unknown as Vector };
}

interface Raster {
  /** The face that is seen + 1; 0: none. */
  faces: Uint32Array;
  /** Towards the eye, in pixels. */
  depth: Float32Array;
}

function rasterise({ positions, triangles }: Mesh, camera: Camera): Raster {
  const faces = new Uint32Array(WIDTH * HEIGHT);
  const depth = new Float32Array(WIDTH * HEIGHT).fill(Number.NEGATIVE_INFINITY);
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
    const x1 = Math.min(WIDTH - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const y1 = Math.min(HEIGHT - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
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
        const at = y * WIDTH + x;
        if (z <= depth[at]!) continue;
        depth[at] = z;
        faces[at] = face + 1;
      }
    }
  }
  return { faces, depth };
}

function projected(positions: Float32Array, { right, up, out, scale, middle }: Camera): Float32Array {
  const seen = new Float32Array(positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    const x = positions[at]! - middle[0];
    const y = positions[at + 1]! - middle[1];
    const z = positions[at + 2]! - middle[2];
    seen[at] = WIDTH / 2 + scale * (x * right[0] + y * right[1] + z * right[2]);
    // Upwards: a face that looks at the eye goes round to the left.
    seen[at + 1] = HEIGHT / 2 + scale * (x * up[0] + y * up[1] + z * up[2]);
    seen[at + 2] = scale * (x * out[0] + y * out[1] + z * out[2]);
  }
  return seen;
}

function shade(mesh: Mesh, heat: HeatVolume | null, camera: Camera, { faces, depth }: Raster): PictureLayers {
  const size = PICTURE_WIDTH * PICTURE_HEIGHT;
  const layers = { shade: new Uint8Array(size), coverage: new Uint8Array(size), codes: new Uint8Array(size) };
  const lit = litFaces(mesh, camera, faces);
  const { right, up, out, scale, middle } = camera;
  for (let py = 0; py < PICTURE_HEIGHT; py++) {
    for (let px = 0; px < PICTURE_WIDTH; px++) {
      let light = 0;
      let covered = 0;
      let thinnest = 0;
      for (let sub = 0; sub < FINER * FINER; sub++) {
        const x = px * FINER + (sub % FINER);
        // Pictures go downwards.
        const y = HEIGHT - 1 - (py * FINER + Math.floor(sub / FINER));
        const face = faces[y * WIDTH + x]!;
        if (face === 0) continue;
        covered++;
        light += lit[face - 1]!;
        if (!heat) continue;
        const [u, v, w] = [x + 0.5 - WIDTH / 2, y + 0.5 - HEIGHT / 2, depth[y * WIDTH + x]!];
        const at = (k: 0 | 1 | 2) => middle[k] + (u * right[k] + v * up[k] + w * out[k]) / scale;
        const code = thicknessCodeAt(heat, at(0), at(1), at(2));
        if (code !== 0 && (thinnest === 0 || code < thinnest)) thinnest = code;
      }
      if (covered === 0) continue;
      const n = py * PICTURE_WIDTH + px;
      layers.shade[n] = Math.round(light / covered);
      layers.coverage[n] = Math.round((covered * 255) / (FINER * FINER));
      layers.codes[n] = thinnest;
    }
  }
  return {
    width: PICTURE_WIDTH,
    height: PICTURE_HEIGHT,
    ...layers,
    lnFirst: heat?.lnFirst ?? 0,
    lnStep: heat?.lnStep ?? 1,
  };
}

/** Lights stand with the viewer: a soft one from everywhere, one from the upper left, a weak one from the right. */
const KEY: Vector = [-0.45, 0.65, 0.61];
const FILL: Vector = [0.8, -0.2, 0.56];

/** How bright each face that is seen is, 0 to 255. */
function litFaces(mesh: Mesh, { right, up, out }: Camera, faces: Uint32Array): Uint8Array {
  const lit = new Uint8Array(mesh.triangles.length / 3);
  const normal: [number, number, number] = [0, 0, 0];
  for (const seen of faces) {
    if (seen === 0 || lit[seen - 1] !== 0) continue;
    const length = faceNormal(mesh.positions, mesh.triangles, seen - 1, normal) || 1;
    const facing = [dot(normal, right) / length, dot(normal, up) / length, dot(normal, out) / length] as const;
    const key = Math.max(0, dot(facing, KEY));
    const fill = Math.max(0, dot(facing, FILL));
    lit[seen - 1] = Math.max(1, Math.min(255, Math.round(255 * (0.3 + 0.58 * key + 0.16 * fill))));
  }
  return lit;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(v: Vector, otherwise: Vector): Vector {
  const length = Math.sqrt(dot(v, v));
  return length > 1e-6 ? [v[0] / length, v[1] / length, v[2] / length] : otherwise;
}
