import { inflate } from './inflate.ts';
import { ShapeError } from './stl.ts';

/** Wall thickness in a grid of cubic cells around the model. */
export interface Heat {
  /** Cells along x, y, z. */
  dims: readonly [number, number, number];
  /** The grid's lowest corner, and the length of a cell; file units. */
  origin: readonly [number, number, number];
  cell: number;
  /** Per cell, x fastest: 0 where nothing is known, else the thickness is exp(lnFirst + (code − 1)·lnStep). */
  codes: Uint8Array;
  lnFirst: number;
  lnStep: number;
}

const MAGIC = 0x31_48_4c_46;
const HEADER_BYTES = 64;
/** As the kernel writes it: 96³ bytes at the most. */
const MOST_CELLS_A_SIDE = 96;

/**
 * Reads what the kernel left of a model's walls (modules/pricing/geometry/thickness). Throws ShapeError: `too_large` when it is
 * larger than the kernel makes it or than it says itself, else `unreadable`.
 */
export async function readHeat(file: Blob): Promise<Heat> {
  const head = await file.slice(0, HEADER_BYTES).arrayBuffer();
  if (head.byteLength < HEADER_BYTES || new DataView(head).getUint32(0, true) !== MAGIC) {
    throw new ShapeError('unreadable');
  }
  const [x = 0, y = 0, z = 0] = new Uint32Array(head, 4, 3);
  if (Math.max(x, y, z) > MOST_CELLS_A_SIDE) throw new ShapeError('too_large');
  const figures = new Float64Array(head, 16, 6);
  const [ox = 0, oy = 0, oz = 0, cell = 0, lnFirst = 0, lnStep = 0] = figures;
  if (!figures.every(Number.isFinite) || !(cell > 0) || !(lnStep > 0)) throw new ShapeError('unreadable');
  const codes = await inflate(file.slice(HEADER_BYTES), x * y * z);
  if (codes.length === 0 || codes.length !== x * y * z) throw new ShapeError('unreadable');
  return { dims: [x, y, z], origin: [ox, oy, oz], cell, codes, lnFirst, lnStep };
}
