import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { binaryStl, HEADER_BYTES, RECORD_BYTES } from '../../modules/pricing/geometry/formats/stl-binary.ts';
import type { TriangleSource } from '../../modules/pricing/geometry/formats/triangle-source.ts';

/** A binary STL on disk, for `use` and no longer. */
export function withStl<T>(path: string, use: (source: TriangleSource) => T): T {
  const file = openSync(path, 'r');
  try {
    const bytes = fstatSync(file).size;
    const read = (into: Uint8Array, position: number) => readSync(file, into, 0, into.length, position);
    return use(binaryStl({ bytes, read }, (bytes - HEADER_BYTES) / RECORD_BYTES));
  } finally {
    closeSync(file);
  }
}
