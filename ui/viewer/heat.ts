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

/** Reads what the kernel left of a model's walls (modules/pricing/geometry/thickness). Throws ShapeError. */
export async function readHeat(file: Blob): Promise<Heat> {
  const bytes = await file.arrayBuffer();
  if (bytes.byteLength < HEADER_BYTES || new DataView(bytes).getUint32(0, true) !== MAGIC) {
    throw new ShapeError('unreadable');
  }
  const [x = 0, y = 0, z = 0] = new Uint32Array(bytes, 4, 3);
  const [ox = 0, oy = 0, oz = 0, cell = 0, lnFirst = 0, lnStep = 0] = new Float64Array(bytes, 16, 6);
  const plain = new Blob([bytes.slice(HEADER_BYTES)]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const codes = new Uint8Array(await new Response(plain).arrayBuffer());
  if (codes.length !== x * y * z) throw new ShapeError('unreadable');
  return { dims: [x, y, z], origin: [ox, oy, oz], cell, codes, lnFirst, lnStep };
}
