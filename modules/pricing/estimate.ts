import type { ModelFormat } from '#contracts/pricing';

/** What is known of a file before it is measured. */
export interface FileFacts {
  bytes: number;
  /** Null: nobody has looked. */
  format: ModelFormat | null;
  /** Null: nobody has counted. */
  triangles: number | null;
}

/** Milliseconds of a worker, as a first guess: what a run took is charged afterwards, so that a wrong one wins nothing. */
interface Rate {
  start: number;
  perMegabyte: number;
  /** Megabytes that a million triangles take in this format. */
  megabytes: number;
}

/** Measured on two cores: the passes over the triangles; and rays for wall thickness, the same number for any model. */
const PER_MILLION_TRIANGLES = 950;
const RAYS = 170;

const RATES: Record<ModelFormat, Rate> = {
  'stl-binary': { start: 5, perMegabyte: 1, megabytes: 50 },
  'stl-ascii': { start: 5, perMegabyte: 5, megabytes: 260 },
  obj: { start: 5, perMegabyte: 5, megabytes: 60 },
  ply: { start: 5, perMegabyte: 3, megabytes: 20 },
  '3mf': { start: 10, perMegabyte: 60, megabytes: 12 },
  gltf: { start: 10, perMegabyte: 5, megabytes: 20 },
  glb: { start: 10, perMegabyte: 5, megabytes: 15 },
  // A child process, and a parser whose time explodes.
  step: { start: 1_000, perMegabyte: 5_000, megabytes: 50 },
  '3dm': { start: 500, perMegabyte: 50, megabytes: 30 },
};

/** How long measuring a file will take a worker, milliseconds. */
export function estimateMs({ bytes, format, triangles }: FileFacts): number {
  const { start, perMegabyte, megabytes } = RATES[format ?? 'stl-binary'];
  const size = bytes / 1e6;
  const millions = triangles === null ? size / megabytes : triangles / 1e6;
  return RAYS + start + perMegabyte * size + PER_MILLION_TRIANGLES * millions;
}
