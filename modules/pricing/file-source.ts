import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from './geometry/index.ts';

export interface OpenFile extends ByteSource {
  close(): void;
}

export function openFile(path: string): OpenFile {
  const file = openSync(path, 'r');
  return {
    bytes: fstatSync(file).size,
    read: (into, position) => readSync(file, into, 0, into.length, position),
    close: () => closeSync(file),
  };
}

/** Opens a file for the kernel, runs `use` with it and closes it whatever happens. */
export function withFile<T>(path: string, use: (source: ByteSource) => T): T {
  const file = openFile(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}
