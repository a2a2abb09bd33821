import { bytesInMemory } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { openModel } from './detect.ts';
import { measured } from './measured.ts';

/** What a file is refused for, as "code: message", or "read" with its triangles. */
export function refusalOf(content: Uint8Array | string): string {
  try {
    const { triangles } = measured(openModel(bytesInMemory(Buffer.from(content))).triangles);
    return `read ${triangles}`;
  } catch (error) {
    if (error instanceof GeometryRefusal) return `${error.code}: ${error.message}`;
    throw error;
  }
}
