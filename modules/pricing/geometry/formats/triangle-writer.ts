import { GeometryRefusal } from '../refusal.ts';
import { MAX_TRIANGLES } from './limits.ts';

export const FLOATS = 9;
export const TRIANGLE_BYTES = 36;

/** Packs triangles of nine floats into the consumer's memory and hands it over whenever it is full. */
export class TriangleWriter {
  readonly floats: Float32Array;
  readonly #capacity: number;
  readonly #visit: (count: number) => void;
  #filled = 0;
  #total = 0;

  constructor(into: Uint8Array, visit: (count: number) => void) {
    this.#capacity = Math.floor(into.length / TRIANGLE_BYTES);
    this.floats = new Float32Array(into.buffer, into.byteOffset, this.#capacity * FLOATS);
    this.#visit = visit;
  }

  get total(): number {
    return this.#total;
  }

  /** Where in `floats` the next triangle goes: write all nine of it before asking again. */
  next(): number {
    if (this.#filled === this.#capacity) this.#handOver();
    if (this.#total === MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles');
    this.#total++;
    return FLOATS * this.#filled++;
  }

  /** One triangle of an indexed mesh. */
  indexed(vertices: Float32Array, a: number, b: number, c: number): void {
    const to = this.next();
    const { floats } = this;
    floats[to] = vertices[3 * a]!;
    floats[to + 1] = vertices[3 * a + 1]!;
    floats[to + 2] = vertices[3 * a + 2]!;
    floats[to + 3] = vertices[3 * b]!;
    floats[to + 4] = vertices[3 * b + 1]!;
    floats[to + 5] = vertices[3 * b + 2]!;
    floats[to + 6] = vertices[3 * c]!;
    floats[to + 7] = vertices[3 * c + 1]!;
    floats[to + 8] = vertices[3 * c + 2]!;
  }

  /** Hands over what is left. @throws GeometryRefusal when there was no triangle at all */
  end(): void {
    if (this.#filled > 0) this.#handOver();
    if (this.#total === 0) throw new GeometryRefusal('model.empty');
  }

  #handOver(): void {
    const count = this.#filled;
    this.#filled = 0;
    this.#visit(count);
  }
}
