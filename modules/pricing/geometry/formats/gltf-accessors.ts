import { GeometryRefusal } from '../refusal.ts';
import type { GltfBuffers } from './gltf-buffers.ts';
import { type JsonObject, object, objects, whole } from './json-document.ts';
import { MAX_TRIANGLES, MAX_VERTICES } from './limits.ts';

const BLOCK_BYTES = 256 * 1024;
/** Vertices kept between primitives that share them. */
const MOST_KEPT = MAX_VERTICES / 2;
/** Vertices read in one pass, those that had to be read again included. */
const MOST_READ = 4 * MAX_VERTICES;

type Component = 'i8' | 'u8' | 'i16' | 'u16' | 'u32' | 'f32';
const COMPONENTS = new Map<number, { type: Component; bytes: number; most: number }>([
  [5120, { type: 'i8', bytes: 1, most: 127 }],
  [5121, { type: 'u8', bytes: 1, most: 255 }],
  [5122, { type: 'i16', bytes: 2, most: 32_767 }],
  [5123, { type: 'u16', bytes: 2, most: 65_535 }],
  [5125, { type: 'u32', bytes: 4, most: 1 }],
  [5126, { type: 'f32', bytes: 4, most: 1 }],
]);

interface Accessor {
  count: number;
  view: number | null;
  at: number;
  component: { type: Component; bytes: number; most: number };
  normalized: boolean;
  sparse: JsonObject | null;
}

/** Typed views of a glTF document's bytes: vertex positions, and indices. */
export class GltfAccessors {
  readonly #accessors: readonly JsonObject[];
  readonly #buffers: GltfBuffers;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  readonly #kept = new Map<number, Float32Array>();
  #keptVertices = 0;
  #read = 0;

  constructor(document: JsonObject, buffers: GltfBuffers) {
    this.#accessors = objects(document['accessors'], 'accessors');
    this.#buffers = buffers;
  }

  /** Every pass over the triangles may read as much again. */
  startPass(): void {
    this.#read = 0;
    this.#kept.clear();
    this.#keptVertices = 0;
    this.#buffers.startPass();
  }

  /** False when its values stand nowhere in the file, but in an extension, or are all zero. */
  isStored(index: number): boolean {
    return this.#accessors[index]?.['bufferView'] !== undefined;
  }

  /** The number of elements, checked to be of that shape and to lie in the file. */
  count(index: number, shape: 'SCALAR' | 'VEC3'): number {
    const accessor = this.#accessor(index, shape);
    const columns = shape === 'VEC3' ? 3 : 1;
    if (accessor.view !== null) {
      const { range, stride } = this.#buffers.view(accessor.view);
      const element = columns * accessor.component.bytes;
      const step = stride || element;
      if (accessor.count > 0 && accessor.at + (accessor.count - 1) * step + element > range.bytes) {
        throw new GeometryRefusal('model.truncated', `accessor ${index} reaches beyond its view`);
      }
    }
    return accessor.count;
  }

  /** Three floats for each vertex. */
  positions(index: number): Float32Array {
    const known = this.#kept.get(index);
    if (known) return known;
    const count = this.count(index, 'VEC3');
    this.#read += count;
    if (count > MAX_VERTICES || this.#read > MOST_READ) {
      throw new GeometryRefusal('model.too_many_triangles', `${this.#read} vertices`);
    }
    const accessor = this.#accessor(index, 'VEC3');
    const vertices = new Float32Array(3 * count);
    if (accessor.view !== null)
      this.#values(accessor, accessor.view, 3, count, (value, k) => {
        vertices[k] = value;
      });
    if (accessor.sparse) this.#applySparse(accessor, accessor.sparse, vertices);
    this.#keep(index, vertices);
    return vertices;
  }

  /** Hears each index in turn. */
  indices(index: number, visit: (value: number) => void): void {
    const accessor = this.#accessor(index, 'SCALAR');
    const count = this.count(index, 'SCALAR');
    const { type } = accessor.component;
    if (accessor.normalized || type === 'f32' || accessor.sparse || accessor.view === null) {
      throw malformed(`accessor ${index} holds no indices`);
    }
    this.#values(accessor, accessor.view, 1, count, visit);
  }

  #keep(index: number, vertices: Float32Array): void {
    this.#keptVertices += vertices.length / 3;
    if (this.#keptVertices > MOST_KEPT) {
      this.#kept.clear();
      this.#keptVertices = vertices.length / 3;
    }
    this.#kept.set(index, vertices);
  }

  #accessor(index: number, shape: 'SCALAR' | 'VEC3'): Accessor {
    const found = this.#accessors[index];
    if (!found) throw malformed(`accessor ${index} is not there`);
    const component = COMPONENTS.get(whole(found['componentType'], 'componentType'));
    if (!component || found['type'] !== shape) throw malformed(`accessor ${index} is of an unknown type`);
    const count = whole(found['count'], 'count');
    if (count > 3 * MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles', `${count} values`);
    return {
      count,
      component,
      view: found['bufferView'] === undefined ? null : whole(found['bufferView'], 'bufferView'),
      at: whole(found['byteOffset'], 'byteOffset', 0),
      normalized: found['normalized'] === true,
      sparse: found['sparse'] === undefined ? null : object(found['sparse'], 'sparse'),
    };
  }

  /** Reads `count` elements of `columns` values from a view, block by block. */
  #values(
    accessor: Pick<Accessor, 'component' | 'normalized' | 'at'>,
    viewIndex: number,
    columns: number,
    count: number,
    visit: (value: number, k: number) => void,
  ): void {
    const { range, stride } = this.#buffers.view(viewIndex);
    const { component } = accessor;
    const element = columns * component.bytes;
    const step = stride || element;
    if (count > 0 && accessor.at + (count - 1) * step + element > range.bytes) {
      throw new GeometryRefusal('model.truncated', 'values reach beyond their view');
    }
    const perBlock = Math.max(1, Math.floor((BLOCK_BYTES - element) / step));
    for (let first = 0; first < count; first += perBlock) {
      const here = Math.min(perBlock, count - first);
      range.read(this.#block.subarray(0, (here - 1) * step + element), accessor.at + first * step);
      for (let k = 0; k < here; k++) {
        for (let column = 0; column < columns; column++) {
          const value = this.#value(component.type, k * step + column * component.bytes);
          const scaled = accessor.normalized ? Math.max(value / component.most, -1) : value;
          visit(scaled, (first + k) * columns + column);
        }
      }
    }
  }

  #value(type: Component, at: number): number {
    switch (type) {
      case 'i8':
        return this.#view.getInt8(at);
      case 'u8':
        return this.#view.getUint8(at);
      case 'i16':
        return this.#view.getInt16(at, true);
      case 'u16':
        return this.#view.getUint16(at, true);
      case 'u32':
        return this.#view.getUint32(at, true);
      case 'f32':
        return this.#view.getFloat32(at, true);
    }
  }

  /** Some vertices stand elsewhere than the others. */
  #applySparse(accessor: Accessor, sparse: JsonObject, vertices: Float32Array): void {
    const count = whole(sparse['count'], 'sparse count');
    if (count > accessor.count) throw malformed('more sparse values than values');
    const indices = object(sparse['indices'], 'sparse indices');
    const values = object(sparse['values'], 'sparse values');
    const component = COMPONENTS.get(whole(indices['componentType'], 'componentType'));
    if (!component || component.type === 'f32') throw malformed('sparse indices of an unknown type');
    const places = new Uint32Array(count);
    const where = { component, normalized: false, at: whole(indices['byteOffset'], 'byteOffset', 0) };
    this.#values(where, whole(indices['bufferView'], 'bufferView'), 1, count, (value, k) => {
      if (!(value >= 0 && value < accessor.count)) throw malformed('a sparse index is out of range');
      places[k] = value;
    });
    const what = { ...accessor, at: whole(values['byteOffset'], 'byteOffset', 0) };
    this.#values(what, whole(values['bufferView'], 'bufferView'), 3, count, (value, k) => {
      vertices[3 * places[Math.floor(k / 3)]! + (k % 3)] = value;
    });
  }
}

function malformed(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', detail);
}
