import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from './geometry/index.ts';

/** Opens a file for the kernel, runs `use` with it and closes it whatever happens. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openSync(path, 'r');
  try {
    return use({
      bytes: fstatSync(file).size,
      read: (into, position) => readSync(file, into, 0, into.length, position),
    });
  } finally {
    closeSync(file);
  }
}
