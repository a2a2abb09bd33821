import { GeometryRefusal } from '../refusal.ts';
import { MAX_COORDINATE } from './limits.ts';
import type { Point } from './origin.ts';
import type { TriangleWriter } from './triangle-writer.ts';

/** Twelve numbers in the order of 3MF: x' = x·t[0] + y·t[3] + z·t[6] + t[9], and so on. */
export type Transform = readonly number[];

export const IDENTITY: Transform = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

export function scaling(factor: number): Transform {
  return [factor, 0, 0, 0, factor, 0, 0, 0, factor, 0, 0, 0];
}

/** Does `first`, then `second`. */
export function compose(first: Transform, second: Transform): Transform {
  const result: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let k = 0; k < 3; k++) {
      let sum = row === 3 ? second[9 + k]! : 0;
      for (let j = 0; j < 3; j++) sum += first[3 * row + j]! * second[3 * j + k]!;
      result.push(sum);
    }
  }
  return result;
}

export function movedBy(offset: Point): Transform {
  return [1, 0, 0, 0, 1, 0, 0, 0, 1, ...offset];
}

export function transformed(t: Transform, [x, y, z]: Point): Point {
  return [
    x * t[0]! + y * t[3]! + z * t[6]! + t[9]!,
    x * t[1]! + y * t[4]! + z * t[7]! + t[10]!,
    x * t[2]! + y * t[5]! + z * t[8]! + t[11]!,
  ];
}

function isMirror(t: Transform): boolean {
  const determinant =
    t[0]! * (t[4]! * t[8]! - t[5]! * t[7]!) -
    t[1]! * (t[3]! * t[8]! - t[5]! * t[6]!) +
    t[2]! * (t[3]! * t[7]! - t[4]! * t[6]!);
  return determinant < 0;
}

/** Writes triangles whose corners are transformed first. A mirrored part keeps its outside out. */
export class Placement {
  readonly #transform: Transform;
  readonly #origin: Point;
  readonly #writer: TriangleWriter;
  readonly #mirrored: boolean;

  /** `origin` is taken away from every corner after the transform. */
  constructor(transform: Transform, origin: Point, writer: TriangleWriter) {
    this.#transform = compose(transform, movedBy([-origin[0], -origin[1], -origin[2]]));
    this.#origin = origin;
    this.#writer = writer;
    this.#mirrored = isMirror(transform);
  }

  triangle(vertices: Float32Array, a: number, b: number, c: number): void {
    const to = this.#writer.next();
    this.#corner(vertices, a, to);
    this.#corner(vertices, this.#mirrored ? c : b, to + 3);
    this.#corner(vertices, this.#mirrored ? b : c, to + 6);
  }

  #corner(vertices: Float32Array, index: number, to: number): void {
    const t = this.#transform;
    const { floats } = this.#writer;
    const x = vertices[3 * index]!;
    const y = vertices[3 * index + 1]!;
    const z = vertices[3 * index + 2]!;
    for (let k = 0; k < 3; k++) {
      const value = x * t[k]! + y * t[3 + k]! + z * t[6 + k]! + t[9 + k]!;
      if (!(Math.abs(value + this.#origin[k]!) <= MAX_COORDINATE)) throw outOfRange(value);
      floats[to + k] = value;
    }
  }
}

function outOfRange(value: number): GeometryRefusal {
  if (Number.isNaN(value)) return new GeometryRefusal('model.not_a_number', 'after placing a part');
  return new GeometryRefusal('model.coordinates_out_of_range', 'after placing a part');
}
