import { ShapeError } from './stl.ts';

/**
 * Unpacks deflated data without a header. Throws ShapeError: `too_large` as soon as more than `most` bytes come out, so that
 * a small file cannot fill the memory; `unreadable` where the data are damaged.
 */
export async function inflate(packed: Pick<Blob, 'stream'>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new ShapeError('unreadable');
    });
    if (done) break;
    length += value.length;
    if (length > most) {
      // What stops is of no interest any more, nor how.
      reader.cancel().catch(() => {});
      throw new ShapeError('too_large');
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
