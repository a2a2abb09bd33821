/** Random access to a file's bytes, synchronous: measuring runs in a worker thread or a command of its own. */
export interface ByteSource {
  readonly bytes: number;
  /** Fills `into` from `position` on and returns how many bytes were there. */
  read(into: Uint8Array, position: number): number;
}

export function bytesInMemory(content: Uint8Array): ByteSource {
  return {
    bytes: content.length,
    read(into, position) {
      const part = content.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** Reads until `into` is full or the file ends; a short read of the underlying file is not the end. */
export function readFully(source: ByteSource, into: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const got = source.read(into.subarray(filled), position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}
