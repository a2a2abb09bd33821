import { type ByteSource, readFully } from './byte-source.ts';
import { GeometryRefusal } from './refusal.ts';
import { BLOCK_BYTES, type TriangleSource, triangleBatch } from './triangles.ts';

export const HEADER_BYTES = 84;
export const RECORD_BYTES = 50;
const NORMAL_BYTES = 12;
const BLOCK_TRIANGLES = Math.floor(BLOCK_BYTES / RECORD_BYTES);

/** Triangles of a binary STL. `count` comes from the file's size, since headers lie. */
export function binaryStl(source: ByteSource, count: number): TriangleSource {
  return {
    atMost: count,
    forEachBatch(visit) {
      const capacity = Math.min(BLOCK_TRIANGLES, count);
      const batch = triangleBatch(capacity);
      const block = new Uint8Array(capacity * RECORD_BYTES);
      const view = new DataView(block.buffer);
      for (let first = 0; first < count; first += capacity) {
        batch.count = Math.min(capacity, count - first);
        const wanted = batch.count * RECORD_BYTES;
        const got = readFully(source, block.subarray(0, wanted), HEADER_BYTES + first * RECORD_BYTES);
        if (got < wanted) throw new GeometryRefusal('model.truncated');
        unpack(view, batch.bits, batch.count);
        visit(batch);
      }
    },
  };
}

function unpack(view: DataView, bits: Uint32Array, count: number): void {
  for (let triangle = 0; triangle < count; triangle++) {
    const from = triangle * RECORD_BYTES + NORMAL_BYTES;
    const to = triangle * 9;
    for (let k = 0; k < 9; k++) bits[to + k] = view.getUint32(from + 4 * k, true);
  }
}
