import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { GltfAccessors } from './gltf-accessors.ts';
import { type ByteRange, GltfBuffers, rangeOfSource } from './gltf-buffers.ts';
import { sceneMeshes } from './gltf-scene.ts';
import { type JsonObject, MOST_BYTES, objects, parseJsonObject, whole } from './json-document.ts';
import { MAX_TRIANGLES } from './limits.ts';
import { originFor, type Point } from './origin.ts';
import { Placement, type Transform, transformed } from './transform.ts';
import type { TriangleSource } from './triangle-source.ts';
import { TRIANGLE_BYTES, TriangleWriter } from './triangle-writer.ts';

const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const MOST_CHUNKS = 64;
const MOST_PLACED = 200_000;
const [TRIANGLES, STRIP, FAN] = [4, 5, 6];
const DRACO = 'KHR_draco_mesh_compression';
/** Extensions a file may require: packing that is understood, and what does not change the shape. */
const READABLE = ['KHR_mesh_quantization', 'EXT_meshopt_compression', 'KHR_meshopt_compression', 'KHR_lights_punctual'];
const READABLE_KINDS = ['KHR_materials_', 'KHR_texture_', 'EXT_texture_', 'MSFT_texture_', 'KHR_xmp'];

export interface OpenedGltf {
  origin: Point;
  triangles: TriangleSource;
}

interface Primitive {
  positions: number;
  indices: number | null;
  mode: number;
  vertices: number;
  /** Indices, or vertices where there are none. */
  corners: number;
  triangles: number;
}

interface PlacedPrimitive {
  primitive: Primitive;
  transform: Transform;
}

/**
 * Everything that the scene of a glTF or GLB file shows, in metres. glTF stands upright along y; here it is turned to
 * stand along z, as machines build, so that heights and overhangs are those of the part as it was drawn.
 * @throws GeometryRefusal
 */
export function gltf(source: ByteSource, binary: boolean, findings: (code: string) => void): OpenedGltf {
  const { document, chunk } = binary ? readChunks(source) : { document: parseJsonObject(readAll(source)), chunk: null };
  refuseRequired(document);
  const accessors = new GltfAccessors(document, new GltfBuffers(document, chunk));
  const placed = primitivesOf(document, accessors, findings);
  const count = placed.reduce((sum, { primitive }) => sum + primitive.triangles, 0);
  if (count === 0) throw new GeometryRefusal('model.empty');
  if (count > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles', `${count}`);
  const origin = originOf(placed, accessors);
  return {
    origin,
    triangles: {
      atMost: count,
      stride: TRIANGLE_BYTES,
      offset: 0,
      forEachBlock(into, visit) {
        const writer = new TriangleWriter(into, visit);
        accessors.startPass();
        for (const { primitive, transform } of placed) {
          write(primitive, accessors, new Placement(transform, origin, writer));
        }
        writer.end();
      },
    },
  };
}

function readAll(source: ByteSource): Uint8Array {
  if (source.bytes > MOST_BYTES) throw new GeometryRefusal('model.format_unsupported', 'save it as GLB');
  const content = new Uint8Array(source.bytes);
  return content.subarray(0, readFully(source, content, 0));
}

function readChunks(source: ByteSource): { document: JsonObject; chunk: ByteRange | null } {
  const header = viewOf(source, 0, HEADER_BYTES);
  if (header.getUint32(4, true) !== 2) throw new GeometryRefusal('model.format_unsupported', 'it is no glTF 2.0');
  const end = header.getUint32(8, true);
  if (end > source.bytes) throw truncated(`${end} bytes are announced, ${source.bytes} are there`);
  let document: JsonObject | null = null;
  let chunk: ByteRange | null = null;
  let at = HEADER_BYTES;
  for (let k = 0; k < MOST_CHUNKS && at + CHUNK_HEADER_BYTES <= end; k++) {
    const head = viewOf(source, at, CHUNK_HEADER_BYTES);
    const [bytes, type] = [head.getUint32(0, true), head.getUint32(4, true)];
    const from = at + CHUNK_HEADER_BYTES;
    if (from + bytes > end) throw truncated(`a chunk of ${bytes} bytes at ${at}`);
    if (type === JSON_CHUNK && !document) document = parseJsonObject(bytesOf(source, from, bytes));
    else if (type === BINARY_CHUNK && !chunk) chunk = rangeOfSource(source, from, from + bytes);
    at = from + bytes;
  }
  if (!document) throw new GeometryRefusal('model.malformed', 'it has no JSON');
  return { document, chunk };
}

function bytesOf(source: ByteSource, from: number, bytes: number): Uint8Array {
  if (bytes > MOST_BYTES) throw new GeometryRefusal('model.format_unsupported', `${bytes} bytes of JSON`);
  const content = new Uint8Array(bytes);
  if (readFully(source, content, from) < bytes) throw truncated('in its JSON');
  return content;
}

function viewOf(source: ByteSource, at: number, bytes: number): DataView {
  const content = new Uint8Array(bytes);
  if (readFully(source, content, at) < bytes) throw truncated('in its header');
  return new DataView(content.buffer);
}

function refuseRequired(document: JsonObject): void {
  const required = document['extensionsRequired'] ?? [];
  if (!Array.isArray(required)) throw malformed('extensionsRequired is no list');
  for (const name of required) {
    const known = READABLE.includes(name) || READABLE_KINDS.some((kind) => String(name).startsWith(kind));
    if (known) continue;
    const what = name === DRACO ? 'it is compressed by Draco' : `it needs the extension ${shown(String(name))}`;
    throw new GeometryRefusal('model.format_unsupported', what);
  }
}

function primitivesOf(
  document: JsonObject,
  accessors: GltfAccessors,
  findings: (code: string) => void,
): PlacedPrimitive[] {
  const meshes = objects(document['meshes'], 'meshes').map((mesh) => objects(mesh['primitives'], 'primitives'));
  const read = new Map<number, Primitive[]>();
  const placed: PlacedPrimitive[] = [];
  for (const { mesh, transform } of sceneMeshes(document, findings)) {
    const primitives = meshes[mesh];
    if (!primitives) throw malformed(`mesh ${mesh} is not there`);
    const known = read.get(mesh) ?? primitives.flatMap((it) => primitive(it, accessors, findings) ?? []);
    read.set(mesh, known);
    for (const one of known) if (one.triangles > 0) placed.push({ primitive: one, transform });
    if (placed.length > MOST_PLACED)
      throw new GeometryRefusal('model.too_many_triangles', `${placed.length} copies of parts`);
  }
  return placed;
}

function primitive(json: JsonObject, accessors: GltfAccessors, findings: (code: string) => void): Primitive | null {
  const mode = whole(json['mode'], 'mode', TRIANGLES);
  if (mode !== TRIANGLES && mode !== STRIP && mode !== FAN) {
    findings('lines_ignored');
    return null;
  }
  const attributes = json['attributes'] as JsonObject | undefined;
  if (attributes?.['POSITION'] === undefined) return null;
  const positions = whole(attributes['POSITION'], 'POSITION');
  refuseDraco(json, accessors, positions);
  if (json['targets'] !== undefined) findings('morphs_ignored');
  const indices = json['indices'] === undefined ? null : whole(json['indices'], 'indices');
  const vertices = accessors.count(positions, 'VEC3');
  const corners = indices === null ? vertices : accessors.count(indices, 'SCALAR');
  const triangles = mode === TRIANGLES ? Math.floor(corners / 3) : Math.max(0, corners - 2);
  return { positions, indices, mode, vertices, corners, triangles };
}

/** A file may hold the plain mesh beside the packed one. */
function refuseDraco(json: JsonObject, accessors: GltfAccessors, positions: number): void {
  const extensions = json['extensions'] as JsonObject | null | undefined;
  if (extensions?.[DRACO] === undefined || accessors.isStored(positions)) return;
  throw new GeometryRefusal('model.format_unsupported', 'it is compressed by Draco');
}

function originOf(placed: readonly PlacedPrimitive[], accessors: GltfAccessors): Point {
  const { primitive: first, transform } = placed[0]!;
  const positions = accessors.positions(first.positions);
  return originFor(...transformed(transform, [positions[0]!, positions[1]!, positions[2]!]));
}

function write(
  { positions, indices, mode, vertices, corners }: Primitive,
  accessors: GltfAccessors,
  to: Placement,
): void {
  const points = accessors.positions(positions);
  let [a, b, seen] = [0, 0, 0];
  const corner = (index: number) => {
    if (index >= vertices) throw malformed(`vertex ${index} of ${vertices}`);
    const place = mode === TRIANGLES ? seen % 3 : Math.min(seen, 2);
    if (place === 2) {
      if (mode === STRIP && seen % 2 === 1) to.triangle(points, b, a, index);
      else to.triangle(points, a, b, index);
    }
    if (place === 0) a = index;
    else if (place === 1) b = index;
    else if (mode === STRIP) [a, b] = [b, index];
    else if (mode === FAN) b = index;
    seen++;
  };
  if (indices !== null) accessors.indices(indices, corner);
  else for (let k = 0; k < corners; k++) corner(k);
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
