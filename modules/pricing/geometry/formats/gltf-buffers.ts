import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { type JsonObject, object, objects, whole } from './json-document.ts';

/** It compiles in the background when it is loaded, and answers at once afterwards. */
await MeshoptDecoder.ready;

const MESHOPT = ['EXT_meshopt_compression', 'KHR_meshopt_compression'];
const MOST_UNPACKED = 128 * 1024 * 1024;
/** Kept for those who share a view; a larger one is kept by itself. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Of all views together in one pass, those that had to be unpacked again included. */
const MOST_UNPACKED_IN_ALL = 1024 * 1024 * 1024;
const MOST_RATIO = 200;
const RATIO_MATTERS_FROM = 1 << 20;
const DATA = 'data:';

/** Some bytes of a file that are read when they are wanted. */
export interface ByteRange {
  bytes: number;
  /** Fills `into` from `at` on; the caller stays inside. */
  read(into: Uint8Array, at: number): void;
}

export interface BufferView {
  range: ByteRange;
  /** From one element to the next; 0: as the accessor needs. */
  stride: number;
}

/** Buffers and buffer views of a glTF document, with what the meshopt extension packed. */
export class GltfBuffers {
  readonly #buffers: readonly JsonObject[];
  readonly #views: readonly JsonObject[];
  readonly #binary: ByteRange | null;
  readonly #decoded = new Map<number, ByteRange>();
  readonly #unpacked = new Map<number, Uint8Array>();
  #keptBytes = 0;
  #unpackedInAll = 0;

  /** `binary`: what stands in a GLB beside its JSON. */
  constructor(document: JsonObject, binary: ByteRange | null) {
    this.#buffers = objects(document['buffers'], 'buffers');
    this.#views = objects(document['bufferViews'], 'bufferViews');
    this.#binary = binary;
  }

  /** Every pass over the triangles may unpack as much again. */
  startPass(): void {
    this.#unpackedInAll = 0;
  }

  view(index: number): BufferView {
    const view = this.#views[index];
    if (!view) throw malformed(`buffer view ${index} is not there`);
    const packed = meshoptOf(view);
    if (packed) return { range: this.#unpackedRange(index, packed), stride: whole(packed['byteStride'], 'byteStride') };
    return { range: this.#part(view), stride: whole(view['byteStride'], 'byteStride', 0) };
  }

  #part(view: JsonObject): ByteRange {
    const buffer = this.#buffer(whole(view['buffer'], 'buffer'));
    const at = whole(view['byteOffset'], 'byteOffset', 0);
    const bytes = whole(view['byteLength'], 'byteLength');
    if (at + bytes > buffer.bytes) throw truncated(`a view of ${bytes} bytes at ${at} of ${buffer.bytes}`);
    return { bytes, read: (into, from) => buffer.read(into, at + from) };
  }

  #buffer(index: number): ByteRange {
    const known = this.#decoded.get(index);
    if (known) return known;
    const buffer = this.#buffers[index];
    if (!buffer) throw malformed(`buffer ${index} is not there`);
    const { uri } = buffer;
    const range = uri === undefined ? this.#binaryChunk(index) : decodedUri(uri);
    const bytes = whole(buffer['byteLength'], 'byteLength');
    if (bytes > range.bytes) throw truncated(`buffer ${index} announces ${bytes} bytes, ${range.bytes} are there`);
    // What stands behind the stated end is padding.
    const stated = { bytes, read: range.read };
    this.#decoded.set(index, stated);
    return stated;
  }

  #binaryChunk(index: number): ByteRange {
    if (index === 0 && this.#binary) return this.#binary;
    throw new GeometryRefusal('model.parts_missing', `buffer ${index} is nowhere`);
  }

  /** Unpacked when it is read for the first time. */
  #unpackedRange(index: number, packed: JsonObject): ByteRange {
    const bytes = whole(packed['count'], 'count') * whole(packed['byteStride'], 'byteStride');
    return {
      bytes,
      read: (into, at) => {
        const content = this.#unpacked.get(index) ?? this.#keep(index, this.#unpack(packed));
        into.set(content.subarray(at, at + into.length));
      },
    };
  }

  #keep(index: number, content: Uint8Array): Uint8Array {
    this.#keptBytes += content.length;
    if (this.#keptBytes > MOST_KEPT) {
      this.#unpacked.clear();
      this.#keptBytes = content.length;
    }
    this.#unpacked.set(index, content);
    return content;
  }

  #unpack(packed: JsonObject): Uint8Array {
    const part = this.#part(packed);
    const count = whole(packed['count'], 'count');
    const stride = whole(packed['byteStride'], 'byteStride');
    const { mode, filter } = packed;
    refuseUnpackable(mode, filter ?? 'NONE', stride, count);
    const bytes = count * stride;
    this.#unpackedInAll += bytes;
    const bomb = bytes > RATIO_MATTERS_FROM && bytes > MOST_RATIO * part.bytes;
    if (bomb || bytes > MOST_UNPACKED || this.#unpackedInAll > MOST_UNPACKED_IN_ALL) {
      throw new GeometryRefusal('model.unpacks_too_large', `${bytes} bytes from ${part.bytes}`);
    }
    const content = new Uint8Array(part.bytes);
    part.read(content, 0);
    const target = new Uint8Array(bytes);
    try {
      MeshoptDecoder.decodeGltfBuffer(target, count, stride, content, mode as string, filter as string | undefined);
    } catch {
      throw malformed('its compressed mesh is damaged');
    }
    return target;
  }
}

function meshoptOf(view: JsonObject): JsonObject | null {
  if (view['extensions'] === undefined) return null;
  const extensions = object(view['extensions'], 'extensions');
  const name = MESHOPT.find((key) => extensions[key] !== undefined);
  return name === undefined ? null : object(extensions[name], name);
}

/** The decoder trusts its caller about these. */
function refuseUnpackable(mode: unknown, filter: unknown, stride: number, count: number): void {
  const attributes = mode === 'ATTRIBUTES' && stride % 4 === 0 && stride > 0 && stride <= 256;
  const triangles = mode === 'TRIANGLES' && count % 3 === 0 && (stride === 2 || stride === 4);
  const indices = mode === 'INDICES' && (stride === 2 || stride === 4);
  const filtered =
    filter === 'NONE' ||
    (attributes && filter === 'OCTAHEDRAL' && (stride === 4 || stride === 8)) ||
    (attributes && filter === 'QUATERNION' && stride === 8) ||
    (attributes && filter === 'EXPONENTIAL') ||
    (attributes && filter === 'COLOR' && (stride === 4 || stride === 8));
  if (!(attributes || triangles || indices) || !filtered)
    throw malformed('its compressed mesh is not as its extension asks');
}

function decodedUri(uri: unknown): ByteRange {
  if (typeof uri !== 'string') throw malformed('a URI is no text');
  if (!uri.startsWith(DATA)) throw new GeometryRefusal('model.parts_missing', shown(uri));
  const comma = uri.indexOf(',');
  if (comma < 0 || !uri.slice(0, comma).endsWith(';base64')) throw malformed('a data URI that is not base64');
  return rangeOf(Buffer.from(uri.slice(comma + 1), 'base64'));
}

function rangeOf(content: Uint8Array): ByteRange {
  return { bytes: content.length, read: (into, at) => into.set(content.subarray(at, at + into.length)) };
}

/** Bytes `from` to `to` of a file. */
export function rangeOfSource(source: ByteSource, from: number, to: number): ByteRange {
  return {
    bytes: to - from,
    read(into, at) {
      if (readFully(source, into, from + at) < into.length) throw truncated('in its buffer');
    },
  };
}

function malformed(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', detail);
}

function truncated(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.truncated', detail);
}

function shown(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?');
}
