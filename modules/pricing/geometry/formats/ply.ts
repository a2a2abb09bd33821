import type { ByteSource } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { streamOf } from './byte-window.ts';
import { MAX_POLYGON_CORNERS, MAX_TRIANGLES, MAX_VERTICES } from './limits.ts';
import { ORIGIN, originFor, type Point } from './origin.ts';
import {
  leastRecordBytes,
  type PlyElement,
  type PlyHeader,
  type PlyProperty,
  readPlyHeader,
  scalarBytes,
} from './ply-header.ts';
import { BinaryValues, type PlyValues, TextValues } from './ply-values.ts';
import { PolygonCutter } from './polygon.ts';
import type { TriangleSource } from './triangle-source.ts';
import { TRIANGLE_BYTES, TriangleWriter } from './triangle-writer.ts';

const INDEX_LISTS = ['vertex_indices', 'vertex_index'];
/** Between two strips in one list. */
const RESTART = -1;

export interface OpenedPly {
  triangles: TriangleSource;
  origin: Point;
}

/**
 * Triangles of a PLY: its faces and triangle strips; other elements and properties are passed over.
 * @throws GeometryRefusal when the header is damaged, lies, or announces no faces
 */
export function ply(source: ByteSource, findings: (code: string) => void): OpenedPly {
  const header = readPlyHeader(source);
  refuseUnreadable(header);
  const origin = firstVertexOrigin(source, header);
  return {
    origin,
    triangles: {
      atMost: Math.min(MAX_TRIANGLES, Math.max(1, mostTriangles(source, header))),
      stride: TRIANGLE_BYTES,
      offset: 0,
      forEachBlock(into, visit) {
        const writer = new TriangleWriter(into, visit);
        new PlyReader(source, header, origin, writer, findings).readAll();
        writer.end();
      },
    },
  };
}

function refuseUnreadable({ elements }: PlyHeader): void {
  const vertex = elements.findIndex(({ name }) => name === 'vertex');
  const faces = elements.findIndex(holdsFaces);
  if (faces < 0 || elements.every((element) => !holdsFaces(element) || element.count === 0)) {
    throw new GeometryRefusal('model.empty', 'it has points, but no faces');
  }
  if (vertex < 0) throw new GeometryRefusal('model.malformed', 'it has no vertices');
  if (vertex > faces) throw new GeometryRefusal('model.format_unsupported', 'its faces stand before its vertices');
  if (elements.filter(({ name }) => name === 'vertex').length > 1) {
    throw new GeometryRefusal('model.malformed', 'it has two lists of vertices');
  }
  if (elements[vertex]!.count > MAX_VERTICES) {
    throw new GeometryRefusal('model.too_many_triangles', `${elements[vertex]!.count} vertices`);
  }
  for (const axis of ['x', 'y', 'z']) {
    const found = elements[vertex]!.properties.filter(({ name }) => name === axis);
    if (found.length !== 1 || found[0]!.countType)
      throw new GeometryRefusal('model.malformed', `its vertices have no ${axis}`);
  }
}

function holdsFaces({ name, properties }: PlyElement): boolean {
  return (name === 'face' || name === 'tristrips') && properties.some(isIndexList);
}

function isIndexList({ name, countType }: PlyProperty): boolean {
  return countType !== null && INDEX_LISTS.includes(name);
}

/** No triangle without an index of its own, and no index where the header's counts leave no room for it. */
function mostTriangles(source: ByteSource, { elements, bytes, encoding }: PlyHeader): number {
  const ascii = encoding === 'ascii';
  const least = elements.reduce((sum, element) => sum + element.count * leastRecordBytes(element, ascii), 0);
  const lists = elements.filter(holdsFaces).flatMap(({ properties }) => properties.filter(isIndexList));
  const indexBytes = Math.min(...lists.map(({ type }) => (ascii ? 2 : scalarBytes(type))));
  return Math.ceil((source.bytes - bytes - least) / indexBytes);
}

/** Only numbers of 64 bits and text say more than 32 bits hold. */
function firstVertexOrigin(source: ByteSource, header: PlyHeader): Point {
  const first = header.elements[0]!;
  if (first.name !== 'vertex' || first.count === 0) return ORIGIN;
  const axes = first.properties.filter(({ name }) => name === 'x' || name === 'y' || name === 'z');
  if (header.encoding !== 'ascii' && axes.every(({ type }) => type !== 'float64')) return ORIGIN;
  try {
    const values = valuesOf(source, header, () => '');
    const at = { x: 0, y: 0, z: 0 };
    for (const property of first.properties) {
      if (property.countType)
        values.skip(
          property.type,
          listLength(values, property, () => ''),
        );
      else if (property.name === 'x' || property.name === 'y' || property.name === 'z') {
        at[property.name] = values.next(property.type);
      } else values.skip(property.type, 1);
    }
    return originFor(at.x, at.y, at.z);
  } catch (error) {
    // The reader meets the same fault, and says where.
    if (error instanceof GeometryRefusal) return ORIGIN;
    throw error;
  }
}

function valuesOf(source: ByteSource, header: PlyHeader, place: () => string): PlyValues {
  const stream = streamOf(source, header.bytes);
  if (header.encoding === 'ascii') return new TextValues(stream, place);
  return new BinaryValues(stream, header.encoding === 'little', place);
}

function listLength(values: PlyValues, property: PlyProperty, place: () => string): number {
  const length = values.next(property.countType!);
  if (Number.isInteger(length) && length >= 0) return length;
  throw new GeometryRefusal('model.malformed', `a list of ${length} values ${place()}`);
}

class PlyReader {
  readonly #header: PlyHeader;
  readonly #origin: Point;
  readonly #writer: TriangleWriter;
  readonly #findings: (code: string) => void;
  readonly #values: PlyValues;
  readonly #cutter = new PolygonCutter();
  readonly #place = () => `in ${this.#element} ${this.#record}`;
  #vertices = new Float32Array(0);
  #corners = new Int32Array(64);
  #element = '';
  #record = 0;

  constructor(
    source: ByteSource,
    header: PlyHeader,
    origin: Point,
    writer: TriangleWriter,
    findings: (code: string) => void,
  ) {
    this.#header = header;
    this.#origin = origin;
    this.#writer = writer;
    this.#findings = findings;
    this.#values = valuesOf(source, header, this.#place);
  }

  readAll(): void {
    const { elements } = this.#header;
    const last = elements.findLastIndex(holdsFaces);
    for (const element of elements.slice(0, last + 1)) {
      this.#element = element.name.replace(/[^ -~]/g, '?').slice(0, 40);
      this.#record = 0;
      if (element.name === 'vertex') this.#readVertices(element);
      else if (holdsFaces(element)) this.#readFaces(element);
      else this.#pass(element);
    }
    if (this.#cutter.exhausted) this.#findings('polygons_fanned');
  }

  #readVertices({ count, properties }: PlyElement): void {
    // The header's count was held against the size of the file.
    this.#vertices = new Float32Array(3 * count);
    const axes = properties.map(({ name, countType }) => (countType ? -1 : ['x', 'y', 'z'].indexOf(name)));
    for (let record = 0; record < count; record++) {
      this.#record = record;
      for (let k = 0; k < properties.length; k++) {
        const axis = axes[k]!;
        if (axis < 0) this.#passProperty(properties[k]!);
        else this.#vertices[3 * record + axis] = this.#values.coordinate(properties[k]!.type) - this.#origin[axis]!;
      }
    }
  }

  #readFaces({ name, count, properties }: PlyElement): void {
    const strips = name === 'tristrips';
    const list = properties.findIndex(isIndexList);
    for (let record = 0; record < count; record++) {
      this.#record = record;
      for (let k = 0; k < properties.length; k++) {
        const property = properties[k]!;
        if (k !== list) this.#passProperty(property);
        else if (strips) this.#readStrips(property);
        else this.#readFace(property);
      }
    }
  }

  #readFace(property: PlyProperty): void {
    const count = listLength(this.#values, property, this.#place);
    if (count > MAX_POLYGON_CORNERS) throw this.#malformed(`a face of ${count} corners`);
    if (count > this.#corners.length) this.#corners = new Int32Array(2 * count);
    const corners = this.#corners;
    const vertices = this.#vertices.length / 3;
    for (let k = 0; k < count; k++) {
      const index = this.#values.next(property.type);
      if (!(index >= 0 && index < vertices && Number.isInteger(index))) throw this.#badIndex(index);
      corners[k] = index;
    }
    if (count === 3) {
      this.#writer.indexed(this.#vertices, corners[0]!, corners[1]!, corners[2]!);
      return;
    }
    if (count < 3) {
      this.#findings('faces_skipped');
      return;
    }
    const triangles = this.#cutter.cut(this.#vertices, corners, count);
    const places = this.#cutter.triangles;
    for (let k = 0; k < 3 * triangles; k += 3) {
      this.#writer.indexed(this.#vertices, corners[places[k]!]!, corners[places[k + 1]!]!, corners[places[k + 2]!]!);
    }
  }

  /** Every index after the first two of a strip makes a triangle, turned every other time. */
  #readStrips(property: PlyProperty): void {
    const count = listLength(this.#values, property, this.#place);
    const vertices = this.#vertices.length / 3;
    let [a, b, length] = [0, 0, 0];
    for (let k = 0; k < count; k++) {
      const index = this.#values.next(property.type);
      if (index === RESTART) {
        length = 0;
        continue;
      }
      if (!(index >= 0 && index < vertices && Number.isInteger(index))) throw this.#badIndex(index);
      if (length >= 2 && a !== b && b !== index && a !== index) {
        if (length % 2 === 0) this.#writer.indexed(this.#vertices, a, b, index);
        else this.#writer.indexed(this.#vertices, b, a, index);
      }
      [a, b] = [b, index];
      length++;
    }
  }

  #pass(element: PlyElement): void {
    const { count, properties } = element;
    if (this.#header.encoding !== 'ascii' && properties.every(({ countType }) => countType === null)) {
      const bytes = count * leastRecordBytes(element, false);
      this.#values.skip('uint8', bytes);
      return;
    }
    for (let record = 0; record < count; record++) {
      this.#record = record;
      for (const property of properties) this.#passProperty(property);
    }
  }

  #passProperty(property: PlyProperty): void {
    const count = property.countType ? listLength(this.#values, property, this.#place) : 1;
    this.#values.skip(property.type, count);
  }

  #badIndex(index: number): GeometryRefusal {
    const last = this.#vertices.length / 3 - 1;
    return this.#malformed(`vertex ${index} of 0 to ${last}`);
  }

  #malformed(what: string): GeometryRefusal {
    return new GeometryRefusal('model.malformed', `${what} ${this.#place()}`);
  }
}
