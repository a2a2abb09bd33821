import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SurfaceSamples } from './samples.ts';

/** Wall thickness in a grid of cubic cells around the model: whoever draws it looks up a place, whatever the mesh is like. */
export interface HeatVolume {
  /** Cells along x, y, z. */
  dims: [number, number, number];
  /** The grid's lowest corner, and the length of a cell; file units. */
  origin: [number, number, number];
  cell: number;
  /** Per cell, x fastest: 0 where nothing is known, else the thickness is exp(lnFirst + (code − 1)·lnStep). */
  codes: Uint8Array;
  lnFirst: number;
  lnStep: number;
}

const MOST_CELLS_A_SIDE = 96;
const MOST_CODE = 255;
/** The code of a wall that is thick, or has no opposite. */
const THICK = MOST_CODE;
/** Cells around the surface that get a value too: what is drawn lies a little beside the samples. */
const DILATIONS = 2;
const MAGIC = 0x31_48_4c_46;
const HEADER_BYTES = 64;

/** The thinnest wall in each cell. Null for samples without a wall. */
export function heatVolume(
  samples: SurfaceSamples,
  box: { min: readonly number[]; max: readonly number[] },
): HeatVolume | null {
  const range = rangeOf(samples);
  if (!range) return null;
  const longest = Math.max(...[0, 1, 2].map((k) => box.max[k]! - box.min[k]!));
  // About one sample for each cell that the surface crosses, or more.
  const cell = Math.max(longest / (MOST_CELLS_A_SIDE - 2 * DILATIONS - 1), Math.sqrt(samples.areaEach));
  const origin = [0, 1, 2].map((k) => box.min[k]! - DILATIONS * cell) as HeatVolume['origin'];
  const dims = [0, 1, 2].map(
    (k) => Math.floor((box.max[k]! - box.min[k]!) / cell) + 1 + 2 * DILATIONS,
  ) as HeatVolume['dims'];
  const lnFirst = Math.log(range.least);
  const lnStep = Math.max(1e-6, (Math.log(range.most) - lnFirst) / (THICK - 2));
  const codes = new Uint8Array(dims[0] * dims[1] * dims[2]);
  const volume = { dims, origin, cell, codes, lnFirst, lnStep };
  for (let n = 0; n < samples.count; n++) {
    const thickness = samples.thickness[n]!;
    const code = codeOf(thickness, volume);
    if (code === 0) continue;
    const at = cellAt(volume, samples.points[n * 3]!, samples.points[n * 3 + 1]!, samples.points[n * 3 + 2]!);
    if (codes[at] === 0 || code < codes[at]!) codes[at] = code;
  }
  for (let pass = 0; pass < DILATIONS; pass++) volume.codes = dilated(volume);
  return volume;
}

/** The thickness at a place, file units; infinity where it is thick, null where nothing is known. */
export function thicknessIn(volume: HeatVolume, x: number, y: number, z: number): number | null {
  const code = volume.codes[cellAt(volume, x, y, z)]!;
  if (code === 0) return null;
  return code === THICK ? Number.POSITIVE_INFINITY : Math.exp(volume.lnFirst + (code - 1) * volume.lnStep);
}

/**
 * Little-endian: `FLH1`, cells along x, y, z as u32; then as f64 origin (3), cell, lnFirst, lnStep; then the codes, deflated
 * without a header. The viewer reads it (ui/viewer/heat.ts).
 */
export function encodeHeat({ dims, origin, cell, codes, lnFirst, lnStep }: HeatVolume): Uint8Array {
  const packed = deflateRawSync(codes, { level: 6 });
  const bytes = new Uint8Array(HEADER_BYTES + packed.length);
  new Uint32Array(bytes.buffer, 0, 4).set([MAGIC, ...dims]);
  new Float64Array(bytes.buffer, 16, 6).set([...origin, cell, lnFirst, lnStep]);
  bytes.set(packed, HEADER_BYTES);
  return bytes;
}

/** Throws on anything that `encodeHeat` did not write. */
export function decodeHeat(bytes: Uint8Array): HeatVolume {
  const head = bytes.slice(0, HEADER_BYTES).buffer;
  const [magic, x = 0, y = 0, z = 0] = new Uint32Array(head, 0, 4);
  if (magic !== MAGIC) throw new Error('Not a volume of wall thickness');
  const [ox = 0, oy = 0, oz = 0, cell = 0, lnFirst = 0, lnStep = 0] = new Float64Array(head, 16, 6);
  if (!(Math.max(x, y, z) <= MOST_CELLS_A_SIDE)) throw new Error('A volume of wall thickness that is too large');
  const codes = new Uint8Array(inflateRawSync(bytes.subarray(HEADER_BYTES), { maxOutputLength: x * y * z }));
  if (codes.length !== x * y * z) throw new Error('A volume of wall thickness that is cut off');
  return { dims: [x, y, z], origin: [ox, oy, oz], cell, codes, lnFirst, lnStep };
}

function rangeOf({ thickness }: SurfaceSamples): { least: number; most: number } | null {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of thickness) {
    if (!Number.isFinite(value) || value <= 0) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return most > 0 ? { least, most } : null;
}

/** Thicknesses as bytes: thickness is exp(lnFirst + (code − 1)·lnStep). */
export type CodeScale = Pick<HeatVolume, 'lnFirst' | 'lnStep'>;

/** 0: not known (NaN); 255: thick (infinity). */
export function codeOf(thickness: number, { lnFirst, lnStep }: CodeScale): number {
  if (Number.isNaN(thickness)) return 0;
  if (thickness === Number.POSITIVE_INFINITY) return THICK;
  const code = 1 + Math.round((Math.log(thickness) - lnFirst) / lnStep);
  return Math.min(THICK - 1, Math.max(1, code));
}

function cellAt({ dims, origin, cell }: HeatVolume, x: number, y: number, z: number): number {
  const i = inside((x - origin[0]) / cell, dims[0]);
  const j = inside((y - origin[1]) / cell, dims[1]);
  const k = inside((z - origin[2]) / cell, dims[2]);
  return (k * dims[1] + j) * dims[0] + i;
}

function inside(at: number, most: number): number {
  return Math.min(most - 1, Math.max(0, Math.floor(at)));
}

/** Cells without a value take the mean of their neighbours that have one. */
function dilated({ dims: [nx, ny, nz], codes }: HeatVolume): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(codes);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const at = (z * ny + y) * nx + x;
        if (codes[at] !== 0) continue;
        let sum = 0;
        let known = 0;
        const add = (code: number): void => {
          if (code === 0) return;
          sum += code;
          known++;
        };
        if (x > 0) add(codes[at - 1]!);
        if (x < nx - 1) add(codes[at + 1]!);
        if (y > 0) add(codes[at - nx]!);
        if (y < ny - 1) add(codes[at + nx]!);
        if (z > 0) add(codes[at - nx * ny]!);
        if (z < nz - 1) add(codes[at + nx * ny]!);
        if (known > 0) grown[at] = Math.round(sum / known);
      }
    }
  }
  return grown;
}
