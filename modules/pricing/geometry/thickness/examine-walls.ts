import { MeshoptSimplifier } from 'meshoptimizer/simplifier';
import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { encodeHeat, type HeatVolume, heatVolume } from './heat-volume.ts';
import { measureWalls, sixDigits, type Walls } from './measure-walls.ts';
import { drawPicture, type Spot } from './picture.ts';
import { encodePicture } from './picture-file.ts';

/** Above this many faces rays go through a thinned-out mesh. */
const MOST_FACES = 5_000_000;
const THINNED_TO = 3_000_000;
/** Always the same: the figures of a model do not depend on when it is measured. */
const SEED = 20_260_101;

await MeshoptSimplifier.ready;

export interface ExaminedWalls {
  thickness: Thickness | null;
  heat: Uint8Array | null;
  picture: Uint8Array | null;
}

export interface ExamineOptions {
  /** Was taken away from the file's coordinates. */
  origin: readonly [number, number, number];
  rays: number | undefined;
  withViews: boolean;
}

/** Wall thickness of a closed or filled mesh, with its volume to look it up in and a picture; places in the file's coordinates. */
export function examineWalls(
  mesh: Mesh,
  { origin, rays, withViews }: ExamineOptions,
  onProgress: (share: number) => void,
): ExaminedWalls {
  const target = thinnedOut(mesh);
  const walls = measureWalls(target, {
    seed: SEED,
    ...(rays && { rays }),
    onProgress: (share) => onProgress(share * 0.8),
  });
  const thickness = walls.report && { ...walls.report, patches: walls.report.patches.map(moved) };
  if (!withViews) return { thickness, heat: null, picture: null };
  const heat = heatVolume(walls.samples, boxOf(mesh.positions));
  onProgress(0.9);
  const picture = encodePicture(drawPicture(target, heat && { look: walls.look, scale: heat }, spotOf(walls)));
  return { thickness, heat: heat && encodeHeat(inFile(heat)), picture };

  function moved(patch: Thickness['patches'][number]): Thickness['patches'][number] {
    return { ...patch, at: patch.at.map((at, k) => sixDigits(at + origin[k]!)) as [number, number, number] };
  }
  function inFile(volume: HeatVolume): HeatVolume {
    return { ...volume, origin: volume.origin.map((at, k) => at + origin[k]!) as HeatVolume['origin'] };
  }
}

/** A wall of such a mesh is many faces thick: joining corners that nearly meet does not change it. */
function thinnedOut(mesh: Mesh): Mesh {
  if (mesh.triangles.length / 3 <= MOST_FACES) return mesh;
  const { positions, triangles } = mesh;
  const [kept] = MeshoptSimplifier.simplifySloppy(triangles, positions, 3, null, THINNED_TO * 3, 1);
  return { ...mesh, triangles: kept };
}

/** The largest patch at the thinnest limit. */
function spotOf({ report, samples }: Walls): Spot | null {
  const patch = report?.patches[0];
  if (!patch) return null;
  let nearest = { distance: Number.POSITIVE_INFINITY, at: -1 };
  for (let n = 0; n < samples.count; n++) {
    const distance = [0, 1, 2].reduce((sum, k) => sum + (samples.points[n * 3 + k]! - patch.at[k]!) ** 2, 0);
    if (distance < nearest.distance) nearest = { distance, at: n };
  }
  const at = nearest.at * 3;
  if (at < 0) return null;
  const [x = 0, y = 0, z = 0] = samples.normals.subarray(at, at + 3);
  return { place: patch.at, normal: [x, y, z] };
}

function boxOf(positions: Float32Array): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let at = 0; at < positions.length; at++) {
    const k = at % 3;
    if (positions[at]! < min[k]!) min[k] = positions[at]!;
    if (positions[at]! > max[k]!) max[k] = positions[at]!;
  }
  return { min, max };
}
