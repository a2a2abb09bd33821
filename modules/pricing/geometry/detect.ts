import { type ByteSource, readFully } from './byte-source.ts';
import { GeometryRefusal } from './refusal.ts';
import { asciiStl } from './stl-ascii.ts';
import { binaryStl, HEADER_BYTES, RECORD_BYTES } from './stl-binary.ts';
import { MAX_TRIANGLES, type TriangleSource } from './triangles.ts';

export const MAX_FILE_BYTES = 512 * 1024 * 1024;
const HEAD_BYTES = 64 * 1024;

export interface DetectedModel {
  format: 'stl-binary' | 'stl-ascii';
  triangles: TriangleSource;
  /** What was wrong with the header and put right. */
  findings: string[];
}

/**
 * Says what a file is, from its size and first bytes, without reading it all.
 * @throws GeometryRefusal when it is empty, cut off, too large or not an STL.
 */
export function detectModel(source: ByteSource): DetectedModel {
  if (source.bytes === 0) throw new GeometryRefusal('model.empty', 'it has no bytes');
  if (source.bytes > MAX_FILE_BYTES) throw new GeometryRefusal('model.too_large');
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.bytes));
  readFully(source, head, 0);
  const stated = source.bytes >= HEADER_BYTES ? new DataView(head.buffer).getUint32(80, true) : null;
  if (stated !== null && source.bytes === HEADER_BYTES + stated * RECORD_BYTES) return binary(source, stated, []);

  const text = Buffer.from(head).toString('latin1');
  if (/^(\u00ef\u00bb\u00bf)?\s*solid\b/i.test(text) && /facet|endsolid/i.test(text)) {
    return { format: 'stl-ascii', triangles: asciiStl(source), findings: [] };
  }
  refuseOtherFormats(text);
  if (stated === null) throw new GeometryRefusal('model.unknown_format');
  return binaryWithLyingHeader(source, stated);
}

function binary(source: ByteSource, count: number, findings: string[]): DetectedModel {
  if (count === 0) throw new GeometryRefusal('model.empty');
  if (count > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles', `${count}`);
  return { format: 'stl-binary', triangles: binaryStl(source, count), findings };
}

function binaryWithLyingHeader(source: ByteSource, stated: number): DetectedModel {
  const bodyBytes = source.bytes - HEADER_BYTES;
  if (bodyBytes % RECORD_BYTES === 0) return binary(source, bodyBytes / RECORD_BYTES, ['count_corrected']);
  const held = Math.floor(bodyBytes / RECORD_BYTES);
  if (stated > 0 && stated <= held) return binary(source, stated, ['trailing_bytes']);
  if (stated <= MAX_TRIANGLES && stated > held) {
    throw new GeometryRefusal('model.truncated', `${stated} triangles are announced, ${held} are there`);
  }
  throw new GeometryRefusal('model.unknown_format');
}

const MAGIC: readonly (readonly [string, string])[] = [
  ['PK\u0003\u0004', '3MF or another ZIP archive'],
  ['glTF', 'glTF'],
  ['ply\n', 'PLY'],
  ['ply\r', 'PLY'],
  ['ISO-10303-21', 'STEP'],
  ['3D Geometry File Format', 'Rhino 3DM'],
];
const OBJ = /^(#[^\n]*\n|\s|mtllib[^\n]*\n|o [^\n]*\n|g [^\n]*\n)*v\s+[-+.\d]/;

function refuseOtherFormats(text: string): void {
  const known = MAGIC.find(([magic]) => text.startsWith(magic))?.[1] ?? (OBJ.test(text) ? 'OBJ' : null);
  if (known) throw new GeometryRefusal('model.format_unsupported', `it looks like ${known}`);
}
