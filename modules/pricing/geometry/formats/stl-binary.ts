import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import type { TriangleSource } from './triangle-source.ts';

export const HEADER_BYTES = 84;
export const RECORD_BYTES = 50;
const NORMAL_BYTES = 12;

/** Triangles `first` to `first + count` of a binary STL: the records as they are. `count` comes from the file's size, since headers lie. */
export function binaryStl(source: ByteSource, count: number, first = 0): TriangleSource {
  return {
    atMost: count,
    stride: RECORD_BYTES,
    offset: NORMAL_BYTES,
    forEachBlock(into, visit) {
      const capacity = Math.floor(into.length / RECORD_BYTES);
      for (let done = 0; done < count; done += capacity) {
        const triangles = Math.min(capacity, count - done);
        const block = into.subarray(0, triangles * RECORD_BYTES);
        const got = readFully(source, block, HEADER_BYTES + (first + done) * RECORD_BYTES);
        if (got < block.length) throw new GeometryRefusal('model.truncated', `after ${HEADER_BYTES + got} bytes`);
        visit(triangles);
      }
    },
    part(from, wanted) {
      const start = Math.min(from, count);
      return binaryStl(source, Math.min(wanted, count - start), first + start);
    },
  };
}
