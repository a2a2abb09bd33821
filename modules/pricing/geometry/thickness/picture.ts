import type { Mesh } from '../mesh.ts';
import { type Camera, cameraTowards, intoModel, type Vector } from './camera.ts';
import { type CodeScale, codeOf } from './heat-volume.ts';
import type { Look } from './measure-walls.ts';
import type { PictureLayers } from './picture-file.ts';
import { type Raster, rasterise } from './rasterise.ts';
import { faceNormal, type SurfaceSamples } from './samples.ts';

export const PICTURE_WIDTH = 480;
export const PICTURE_HEIGHT = 360;
/** Drawn this many times larger each way, then averaged. */
const FINER = 2;
const WIDTH = PICTURE_WIDTH * FINER;
const HEIGHT = PICTURE_HEIGHT * FINER;

/** A place worth looking at, and which way it faces. */
export interface Spot {
  place: readonly number[];
  normal: Vector;
}

export interface Walls {
  look: Look;
  scale: CodeScale;
}

/**
 * The model from where `spot` is seen (null: nothing special), without perspective: shade, coverage and wall thickness of each
 * pixel, measured where that pixel meets the surface. Colours come later, as a limit is known.
 */
export function drawPicture(mesh: Mesh, walls: Walls | null, spot: Spot | null): PictureLayers {
  const camera = cameraTowards(mesh.positions, { width: WIDTH, height: HEIGHT }, spot, walls?.look.isSeen);
  const raster = rasterise(mesh, camera);
  const size = PICTURE_WIDTH * PICTURE_HEIGHT;
  const { lnFirst, lnStep } = walls?.scale ?? { lnFirst: 0, lnStep: 1 };
  const layers = { shade: new Uint8Array(size), coverage: new Uint8Array(size), codes: new Uint8Array(size) };
  shadeInto(layers, mesh, camera, raster);
  if (walls) codesInto(layers.codes, mesh, camera, raster, walls);
  return { width: PICTURE_WIDTH, height: PICTURE_HEIGHT, ...layers, lnFirst, lnStep };
}

/** Where fine pixel `sub` of pixel `n` lies in the raster, whose rows go upwards. */
function finePixel(n: number, sub: number): number {
  const x = (n % PICTURE_WIDTH) * FINER + (sub % FINER);
  const y = HEIGHT - 1 - (Math.floor(n / PICTURE_WIDTH) * FINER + Math.floor(sub / FINER));
  return y * WIDTH + x;
}

/** Thickness under the middle-most covered fine pixel of each pixel. */
function codesInto(codes: Uint8Array, mesh: Mesh, camera: Camera, { faces, depth }: Raster, walls: Walls): void {
  const pixels: number[] = [];
  const fine: number[] = [];
  for (let n = 0; n < codes.length; n++) {
    for (let sub = 0; sub < FINER * FINER; sub++) {
      const at = finePixel(n, sub);
      if (faces[at] === 0) continue;
      pixels.push(n);
      fine.push(at);
      break;
    }
  }
  const places: SurfaceSamples = {
    count: pixels.length,
    areaEach: 0,
    points: new Float32Array(pixels.length * 3),
    normals: new Float32Array(pixels.length * 3),
    faces: new Uint32Array(pixels.length),
    thickness: new Float32Array(pixels.length).fill(Number.NaN),
  };
  const normal: [number, number, number] = [0, 0, 0];
  for (const [i, at] of fine.entries()) {
    const face = faces[at]! - 1;
    const length = faceNormal(mesh.positions, mesh.triangles, face, normal);
    places.faces[i] = face;
    for (let k = 0; k < 3; k++) places.normals[i * 3 + k] = normal[k]! / length;
    intoModel(camera, (at % WIDTH) + 0.5, Math.floor(at / WIDTH) + 0.5, depth[at]!, places.points, i * 3);
  }
  walls.look.measureAt(places);
  for (const [i, n] of pixels.entries()) codes[n] = codeOf(places.thickness[i]!, walls.scale);
}

/** Lights stand with the viewer: a soft one from everywhere, one from the upper left, a weak one from the right. */
const KEY: Vector = [-0.45, 0.65, 0.61];
const FILL: Vector = [0.8, -0.2, 0.56];
/** Neighbouring pixels whose faces turn by less than this are one smooth surface (cosine of 24°). */
const SMOOTH = 0.91;
/** How far around a pixel its surface is smoothed, in fine pixels. */
const AROUND = [-4, -2, 0, 2, 4] as const;
/** An edge, where the surface turns or jumps, is drawn this much darker. */
const EDGE = 0.72;
/** A step in depth of so many pixels, beyond what the surface's own slope explains, is an edge. */
const JUMP = 6;

function shadeInto(
  layers: Pick<PictureLayers, 'shade' | 'coverage'>,
  mesh: Mesh,
  camera: Camera,
  { faces, depth }: Raster,
): void {
  const normals = facings(mesh, camera, faces);
  for (let n = 0; n < layers.shade.length; n++) {
    let light = 0;
    let covered = 0;
    for (let sub = 0; sub < FINER * FINER; sub++) {
      const at = finePixel(n, sub);
      if (faces[at] === 0) continue;
      covered++;
      light += lightAt(normals, faces, at) * (isEdge(normals, faces, depth, at) ? EDGE : 1);
    }
    if (covered === 0) continue;
    layers.shade[n] = Math.max(1, Math.min(255, Math.round((255 * light) / covered)));
    layers.coverage[n] = Math.round((covered * 255) / (FINER * FINER));
  }
}

/** Which way the surface faces at each fine pixel, as the viewer sees it: right, up, towards the eye. */
function facings(mesh: Mesh, { right, up, out }: Camera, faces: Uint32Array): Float32Array {
  const normals = new Float32Array(faces.length * 3);
  const normal: [number, number, number] = [0, 0, 0];
  for (let at = 0; at < faces.length; at++) {
    const face = faces[at]!;
    if (face === 0) continue;
    // A face goes on along its row.
    if (at > 0 && faces[at - 1] === face) {
      normals.copyWithin(at * 3, at * 3 - 3, at * 3);
      continue;
    }
    const length = faceNormal(mesh.positions, mesh.triangles, face - 1, normal) || 1;
    for (const [k, axis] of [right, up, out].entries()) {
      normals[at * 3 + k] = (normal[0] * axis[0] + normal[1] * axis[1] + normal[2] * axis[2]) / length;
    }
  }
  return normals;
}

function lightAt(normals: Float32Array, faces: Uint32Array, at: number): number {
  const x0 = at % WIDTH;
  const y0 = (at - x0) / WIDTH;
  const nx = normals[at * 3]!;
  const ny = normals[at * 3 + 1]!;
  const nz = normals[at * 3 + 2]!;
  if (isAmidFace(faces, at, x0, y0)) return lightOf(nx, ny, nz);
  let x = 0;
  let y = 0;
  let z = 0;
  for (const dy of AROUND) {
    for (const dx of AROUND) {
      if (x0 + dx < 0 || x0 + dx >= WIDTH || y0 + dy < 0 || y0 + dy >= HEIGHT) continue;
      const other = at + dy * WIDTH + dx;
      if (faces[other] === 0) continue;
      const mx = normals[other * 3]!;
      const my = normals[other * 3 + 1]!;
      const mz = normals[other * 3 + 2]!;
      if (nx * mx + ny * my + nz * mz < SMOOTH) continue;
      x += mx;
      y += my;
      z += mz;
    }
  }
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  return lightOf(x / length, y / length, z / length);
}

/** Everything that smoothing would look at is the same flat face. */
function isAmidFace(faces: Uint32Array, at: number, x: number, y: number): boolean {
  const r = AROUND[AROUND.length - 1]!;
  if (x < r || y < r || x >= WIDTH - r || y >= HEIGHT - r) return false;
  const face = faces[at];
  // A face is convex: with the four corners, it covers what is between them.
  const down = at - r * WIDTH;
  const up = at + r * WIDTH;
  return faces[down - r] === face && faces[down + r] === face && faces[up - r] === face && faces[up + r] === face;
}

function lightOf(x: number, y: number, z: number): number {
  const key = Math.max(0, x * KEY[0] + y * KEY[1] + z * KEY[2]);
  const fill = Math.max(0, x * FILL[0] + y * FILL[1] + z * FILL[2]);
  return 0.32 + 0.52 * key + 0.14 * fill;
}

/** Where the surface turns, or something stands in front of something else, seen to the right or upwards. */
function isEdge(normals: Float32Array, faces: Uint32Array, depth: Float32Array, at: number): boolean {
  for (const next of [at + 1, at + WIDTH]) {
    if (next >= faces.length || faces[next] === 0 || faces[next] === faces[at]) continue;
    const [a, b] = [at * 3, next * 3];
    const turn = normals[a]! * normals[b]! + normals[a + 1]! * normals[b + 1]! + normals[a + 2]! * normals[b + 2]!;
    if (turn < 0.8) return true;
    const flatness = Math.max(0.1, Math.min(normals[a + 2]!, normals[b + 2]!));
    if (Math.abs(depth[at]! - depth[next]!) * flatness > JUMP) return true;
  }
  return false;
}
