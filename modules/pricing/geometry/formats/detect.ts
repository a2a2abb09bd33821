import type { Unit } from '#contracts/basics';
import type { ModelFormat } from '#contracts/pricing';
import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { gltf } from './gltf.ts';
import { MAX_FILE_BYTES, MAX_TRIANGLES } from './limits.ts';
import { obj, objOrigin } from './obj.ts';
import { ORIGIN, type Point } from './origin.ts';
import { ply } from './ply.ts';
import { asciiStl, asciiStlOrigin } from './stl-ascii.ts';
import { binaryStl, HEADER_BYTES, RECORD_BYTES } from './stl-binary.ts';
import { threeMf } from './threemf.ts';
import type { TriangleSource } from './triangle-source.ts';

const HEAD_BYTES = 64 * 1024;

export interface OpenedModel {
  format: ModelFormat;
  /** What the file itself states. */
  unit: Unit | null;
  triangles: TriangleSource;
  /**
   * Was taken away from every coordinate before it was rounded to 32 bits: add it to places that are shown. Whole
   * numbers; 0, 0, 0 for a model near the origin and for formats that hold 32 bits anyway.
   */
  origin: Point;
  /** What was put right or passed over, each once. Grows while the triangles are read: look again afterwards. */
  findings: string[];
}

/**
 * Says what a file is by its size and first 64 KB; its name counts for nothing.
 * @throws GeometryRefusal when it is empty, cut off, too large or no model
 */
export function detectFormat(source: ByteSource): ModelFormat {
  return recognise(source).format;
}

/**
 * The triangles of a mesh file, read block by block when they are asked for.
 * @throws GeometryRefusal also for STEP and 3DM (`model.format_unsupported`), which are converted first
 */
export function openModel(source: ByteSource): OpenedModel {
  const { format, count, findings } = recognise(source);
  const found = (code: string) => {
    if (!findings.includes(code)) findings.push(code);
  };
  const opened = { format, unit: null, origin: ORIGIN, findings };
  switch (format) {
    case 'stl-binary':
      return { ...opened, triangles: binaryStl(source, count) };
    case 'stl-ascii': {
      const origin = asciiStlOrigin(source);
      return { ...opened, origin, triangles: asciiStl(source, origin, found) };
    }
    case 'obj': {
      const origin = objOrigin(source);
      return { ...opened, origin, triangles: obj(source, origin, found) };
    }
    case 'ply':
      return { ...opened, ...ply(source, found) };
    case '3mf':
      return { ...opened, ...threeMf(source, found) };
    case 'gltf':
      return { ...opened, unit: 'm', ...gltf(source, false, found) };
    case 'glb':
      return { ...opened, unit: 'm', ...gltf(source, true, found) };
    case 'step':
    case '3dm':
      throw new GeometryRefusal('model.format_unsupported', 'it has to be converted to triangles first');
  }
}

interface Recognised {
  format: ModelFormat;
  /** Triangles of a binary STL, from the size of the file. */
  count: number;
  findings: string[];
}

function recognise(source: ByteSource): Recognised {
  if (source.bytes === 0) throw new GeometryRefusal('model.empty', 'it has no bytes');
  if (source.bytes > MAX_FILE_BYTES) throw new GeometryRefusal('model.too_large');
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.bytes));
  readFully(source, head, 0);
  const stated = source.bytes >= HEADER_BYTES ? new DataView(head.buffer).getUint32(80, true) : null;
  if (stated !== null && source.bytes === HEADER_BYTES + stated * RECORD_BYTES) return binary(stated, []);
  const text = Buffer.from(head.buffer).toString('latin1');
  const format = byContent(text);
  if (format) return { format, count: 0, findings: [] };
  if (stated === null || looksLikeText(head)) throw new GeometryRefusal('model.unknown_format');
  return binaryWithLyingHeader(source.bytes, stated);
}

function binary(count: number, findings: string[]): Recognised {
  if (count === 0) throw new GeometryRefusal('model.empty');
  if (count > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles', `${count}`);
  return { format: 'stl-binary', count, findings };
}

function binaryWithLyingHeader(bytes: number, stated: number): Recognised {
  const bodyBytes = bytes - HEADER_BYTES;
  if (bodyBytes % RECORD_BYTES === 0) return binary(bodyBytes / RECORD_BYTES, ['count_corrected']);
  const held = Math.floor(bodyBytes / RECORD_BYTES);
  if (stated > 0 && stated <= held) return binary(stated, ['trailing_bytes']);
  if (stated <= MAX_TRIANGLES && stated > held) {
    throw new GeometryRefusal('model.truncated', `${stated} triangles are announced, ${held} are there`);
  }
  throw new GeometryRefusal('model.unknown_format');
}

const MAGIC: readonly (readonly [string, ModelFormat])[] = [
  ['PK\u0003\u0004', '3mf'],
  ['glTF', 'glb'],
  ['ply\n', 'ply'],
  ['ply\r', 'ply'],
  ['3D Geometry File Format', '3dm'],
];
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const GLTF_KEYS = ['"asset"', '"scenes"', '"nodes"', '"meshes"', '"accessors"', '"buffers"', '"bufferViews"'];

function byContent(text: string): ModelFormat | null {
  const magic = MAGIC.find(([bytes]) => text.startsWith(bytes));
  if (magic) return magic[1];
  const start = (text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text).trimStart();
  if (start.startsWith('ISO-10303-21')) return 'step';
  if (start.startsWith('{') && GLTF_KEYS.some((key) => start.includes(key))) return 'gltf';
  const lower = start.toLowerCase();
  if (/^solid\b/.test(lower) && (lower.includes('facet') || lower.includes('endsolid'))) return 'stl-ascii';
  return isObj(start) ? 'obj' : null;
}

const OBJ_KEYWORDS = new Set(
  'v vt vn vp f l p o g s mg mtllib usemtl maplib usemap bevel c_interp d_interp lod cstype deg bmat step curv curv2 surf parm trim hole scrv sp end con shadow_obj trace_obj ctech stech call csh'.split(
    ' ',
  ),
);

/** Lines of an OBJ as far as they can be seen, and at least one of them a vertex. The last may be cut off. */
function isObj(text: string): boolean {
  let vertices = 0;
  const lines = text.split(/\r\n|\n|\r/);
  if (text.length >= HEAD_BYTES - BYTE_ORDER_MARK.length) lines.pop();
  let continued = false;
  for (const line of lines) {
    const [keyword, number] = line.trim().split(/\s+/, 2);
    const comment = keyword === '' || keyword!.startsWith('#');
    if (!continued && !comment && !OBJ_KEYWORDS.has(keyword!)) return false;
    if (keyword === 'v' && /^[-+.\dni]/i.test(number ?? '')) vertices++;
    continued = !comment && line.endsWith('\\');
  }
  return vertices > 0;
}

/** A page of text is no binary STL with a lying header, whatever its bytes 80 to 83 say. */
function looksLikeText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}
