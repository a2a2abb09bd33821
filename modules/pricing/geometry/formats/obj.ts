import type { ByteSource } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { streamOf } from './byte-window.ts';
import { MAX_POLYGON_CORNERS, MAX_TRIANGLES, MAX_VERTICES } from './limits.ts';
import { ORIGIN, originFor, type Point } from './origin.ts';
import { PolygonCutter } from './polygon.ts';
import { LINE_FEED, SPACE, TextWindow } from './text-window.ts';
import type { TriangleSource } from './triangle-source.ts';
import { TRIANGLE_BYTES, TriangleWriter } from './triangle-writer.ts';

/** "v 0 0 0⏎" */
const LEAST_VERTEX_BYTES = 8;
/** "f 1 1 1⏎"; each further corner of a polygon makes a triangle of two bytes. */
const LEAST_TRIANGLE_BYTES = 2;
/** Faces that stand before their vertices are put off until the end; so many corners of them at most. */
const MOST_PUT_OFF = 6_000_000;
const BYTE_ORDER_MARK_BYTES = 3;
const HASH = 35;
const MINUS = 45;
const SLASH = 47;
const ZERO = 48;
const BACKSLASH = 92;
const C = 99;
const F = 102;
const S = 115;
const V = 118;
const MOST_INDEX = 2 ** 31;

/** Triangles of a Wavefront OBJ: its vertices and faces; everything else in it does not change the shape. Relative to `origin`. */
export function obj(source: ByteSource, origin: Point, findings: Findings): TriangleSource {
  return {
    atMost: Math.min(MAX_TRIANGLES, Math.ceil(source.bytes / LEAST_TRIANGLE_BYTES)),
    stride: TRIANGLE_BYTES,
    offset: 0,
    forEachBlock(into, visit) {
      const writer = new TriangleWriter(into, visit);
      new ObjReader(source, origin, writer, findings).readAll();
      writer.end();
    },
  };
}

/** Hears each finding, once or more often. */
export type Findings = (code: string) => void;

/** Where the first vertex lies; the origin itself when there is none to be read. */
export function objOrigin(source: ByteSource): Point {
  const text = new TextWindow(streamOf(source));
  do {
    if (!text.nextWordOfLine() || text.bytes[text.at] !== V || text.bytes[text.at + 1]! > SPACE) continue;
    text.at++;
    const values = [0, 0, 0].map(() => (text.nextWordOfLine() ? text.number() : Number.NaN));
    return originFor(values[0]!, values[1]!, values[2]!);
  } while (text.nextLine(true));
  return ORIGIN;
}

class ObjReader {
  readonly #text: TextWindow;
  readonly #vertices: Float32Array;
  readonly #origin: Point;
  readonly #writer: TriangleWriter;
  readonly #findings: Findings;
  readonly #cutter = new PolygonCutter();
  readonly #place = () => `on line ${this.#line}`;
  #corners = new Int32Array(64);
  #count = 0;
  #line = 1;
  /** Line, number of corners, corners; and so on. */
  readonly #putOff: number[] = [];

  constructor(source: ByteSource, origin: Point, writer: TriangleWriter, findings: Findings) {
    this.#text = new TextWindow(streamOf(source));
    // Pages that are never touched cost nothing.
    this.#vertices = new Float32Array(3 * Math.min(MAX_VERTICES, Math.ceil(source.bytes / LEAST_VERTEX_BYTES)));
    this.#origin = origin;
    this.#writer = writer;
    this.#findings = findings;
    this.#text.need(BYTE_ORDER_MARK_BYTES);
    if (this.#text.bytes[0] === 0xef) this.#text.at = BYTE_ORDER_MARK_BYTES;
  }

  readAll(): void {
    const text = this.#text;
    do {
      this.#skipEmptyLines();
      if (text.nextWordOfLine()) this.#statement();
      this.#line++;
    } while (text.nextLine(text.bytes[text.at] !== HASH));
    this.#emitPutOff();
    if (this.#cutter.exhausted) this.#findings('polygons_fanned');
  }

  #skipEmptyLines(): void {
    const { bytes } = this.#text;
    let { at } = this.#text;
    while (bytes[at] === LINE_FEED) at++;
    this.#line += at - this.#text.at;
    this.#text.at = at;
  }

  #statement(): void {
    const text = this.#text;
    const first = text.bytes[text.at]!;
    const alone = text.bytes[text.at + 1]! <= SPACE || text.bytes[text.at + 1] === BACKSLASH;
    if (first === V && alone) this.#vertex();
    else if (first === F && alone) this.#face();
    else if ((first === C || first === S) && (text.takeWord('curv') || text.takeWord('surf'))) {
      this.#findings('surfaces_ignored');
    }
  }

  #vertex(): void {
    const text = this.#text;
    const to = 3 * this.#count;
    if (to >= this.#vertices.length) {
      throw new GeometryRefusal('model.too_many_triangles', `more than ${MAX_VERTICES} vertices`);
    }
    text.at++;
    for (let k = 0; k < 3; k++) {
      if (!text.nextWordOfLine()) throw this.#malformed('a vertex needs three numbers');
      this.#vertices[to + k] = text.coordinate(this.#place) - this.#origin[k]!;
    }
    this.#count++;
  }

  #face(): void {
    const text = this.#text;
    text.at++;
    let corners = 0;
    let last = -1;
    while (text.nextWordOfLine()) {
      const index = this.#index();
      if (corners === this.#corners.length) this.#moreCorners();
      this.#corners[corners++] = index;
      if (index > last) last = index;
    }
    if (corners < 3) {
      this.#findings('faces_skipped');
      return;
    }
    if (last >= this.#count) {
      this.#putOffFace(corners);
      return;
    }
    this.#emit(this.#corners, corners);
  }

  /** Reads "7", "7/1", "7//3" or "-2/1/3"; only the first counts. From 0. */
  #index(): number {
    const text = this.#text;
    const { bytes } = text;
    let { at } = text;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const start = at;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      value = value * 10 + digit;
      if (value > MOST_INDEX) throw this.#malformed('an index is too large');
    }
    if (at === start || value === 0 || (bytes[at] !== SLASH && bytes[at]! > SPACE && bytes[at] !== BACKSLASH)) {
      throw this.#malformed(`"${text.wordShown()}" is no index`);
    }
    const index = negative ? this.#count - value : value - 1;
    if (index < 0) throw this.#malformed(`"${text.wordShown()}" refers to before the first vertex`);
    while (bytes[at]! > SPACE && bytes[at] !== BACKSLASH) at++;
    text.at = at;
    if (at === text.end && text.need(1)) throw this.#malformed('a word without end');
    return index;
  }

  #moreCorners(): void {
    if (this.#corners.length >= MAX_POLYGON_CORNERS) {
      throw new GeometryRefusal(
        'model.malformed',
        `a face of more than ${MAX_POLYGON_CORNERS} corners ${this.#place()}`,
      );
    }
    const more = new Int32Array(2 * this.#corners.length);
    more.set(this.#corners);
    this.#corners = more;
  }

  #emit(corners: Int32Array, count: number): void {
    if (count === 3) {
      this.#writer.indexed(this.#vertices, corners[0]!, corners[1]!, corners[2]!);
      return;
    }
    const triangles = this.#cutter.cut(this.#vertices, corners, count);
    const places = this.#cutter.triangles;
    for (let k = 0; k < 3 * triangles; k += 3) {
      this.#writer.indexed(this.#vertices, corners[places[k]!]!, corners[places[k + 1]!]!, corners[places[k + 2]!]!);
    }
  }

  #putOffFace(corners: number): void {
    if (this.#putOff.length + corners > MOST_PUT_OFF)
      throw this.#malformed('too many faces stand before their vertices');
    this.#putOff.push(this.#line, corners);
    for (let k = 0; k < corners; k++) this.#putOff.push(this.#corners[k]!);
  }

  #emitPutOff(): void {
    for (let at = 0; at < this.#putOff.length; ) {
      const [line, count] = [this.#putOff[at]!, this.#putOff[at + 1]!];
      const corners = Int32Array.from(this.#putOff.slice(at + 2, at + 2 + count));
      this.#line = line;
      for (const index of corners) {
        if (index >= this.#count) throw this.#malformed(`a face refers to vertex ${index + 1} of ${this.#count}`);
      }
      this.#emit(corners, count);
      at += 2 + count;
    }
  }

  #malformed(what: string): GeometryRefusal {
    return new GeometryRefusal('model.malformed', `${what} ${this.#place()}`);
  }
}
