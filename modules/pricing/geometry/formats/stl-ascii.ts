import type { ByteSource } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { streamOf } from './byte-window.ts';
import { MAX_TRIANGLES } from './limits.ts';
import { originFor, type Point } from './origin.ts';
import { CARRIAGE_RETURN, LINE_FEED, TextWindow } from './text-window.ts';
import type { TriangleSource } from './triangle-source.ts';
import { FLOATS, TRIANGLE_BYTES, TriangleWriter } from './triangle-writer.ts';

/** "facet vertex 0 0 0 vertex 0 0 0 vertex 0 0 0 endfacet ": the reader takes no shorter one. */
const LEAST_FACET_BYTES = 54;
const BYTE_ORDER_MARK_BYTES = 3;
const CASE_BIT = 32;
const V = 118;
const E = 101;
const F = 102;
const N = 110;
const O = 111;
const L = 108;
const S = 115;

/** Triangles of an ASCII STL: any number of solids, any white space, any case. Coordinates are relative to `origin`. */
export function asciiStl(source: ByteSource, origin: Point, findings: (code: string) => void): TriangleSource {
  return {
    atMost: Math.min(MAX_TRIANGLES, Math.ceil(source.bytes / LEAST_FACET_BYTES)),
    stride: TRIANGLE_BYTES,
    offset: 0,
    forEachBlock(into, visit) {
      const writer = new TriangleWriter(into, visit);
      const reader = new AsciiReader(source, (corners) => writer.floats.set(corners, writer.next()), origin);
      if (!reader.readAll()) findings('end_missing');
      writer.end();
    },
  };
}

/** Where the first vertex lies; the origin itself when there is none to be read. */
export function asciiStlOrigin(source: ByteSource): Point {
  return new AsciiReader(source, () => undefined, [0, 0, 0]).firstVertexOrigin();
}

class AsciiReader {
  readonly #text: TextWindow;
  readonly #corners = new Float32Array(FLOATS);
  readonly #onFacet: (corners: Float32Array) => void;
  readonly #origin: Point;
  readonly #place = () => `in facet ${this.#facets + 1}`;
  #filled = 0;
  #inside = false;
  #ended = false;
  #facets = 0;

  constructor(source: ByteSource, onFacet: (corners: Float32Array) => void, origin: Point) {
    this.#text = new TextWindow(streamOf(source));
    this.#onFacet = onFacet;
    this.#origin = origin;
    this.#text.need(BYTE_ORDER_MARK_BYTES);
    if (this.#text.bytes[0] === 0xef) this.#text.at = BYTE_ORDER_MARK_BYTES;
  }

  /** False when the last solid has no end: the file may have been cut off between two facets. */
  readAll(): boolean {
    while (this.#text.nextWord()) this.#word();
    if (this.#inside) throw new GeometryRefusal('model.truncated', `facet ${this.#facets + 1} is not finished`);
    return this.#ended;
  }

  firstVertexOrigin(): Point {
    const text = this.#text;
    while (this.#facets === 0 && text.nextWord()) {
      if ((text.bytes[text.at]! | CASE_BIT) === V && this.#inside && text.takeWord('vertex')) {
        const values = [0, 0, 0].map(() => (text.nextWord() ? text.number() : Number.NaN));
        return originFor(values[0]!, values[1]!, values[2]!);
      }
      this.#word();
    }
    return [0, 0, 0];
  }

  #word(): void {
    const text = this.#text;
    switch (text.bytes[text.at]! | CASE_BIT) {
      case V:
        if (text.takeWord('vertex')) {
          this.#vertex();
          return;
        }
        break;
      case E:
        if (text.takeWord('endfacet')) {
          this.#endFacet();
          return;
        }
        if (text.takeWord('endloop')) return;
        if (text.takeWord('endsolid')) {
          this.#name();
          this.#ended = true;
          return;
        }
        break;
      case F:
        if (text.takeWord('facet')) {
          this.#facet();
          return;
        }
        break;
      case N:
        if (text.takeWord('normal')) {
          this.#normal();
          return;
        }
        break;
      case O:
        if (text.takeWord('outer')) return;
        break;
      case L:
        if (text.takeWord('loop')) return;
        break;
      case S:
        if (text.takeWord('solid')) {
          this.#name();
          return;
        }
        break;
      default:
    }
    throw new GeometryRefusal('model.malformed', `"${text.wordShown()}" ${this.#place()}`);
  }

  /** The rest of the line is the solid's name, and may be missing. */
  #name(): void {
    const byte = this.#text.bytes[this.#text.at]!;
    if (this.#inside) {
      throw new GeometryRefusal('model.malformed', `facet ${this.#facets + 1} is not finished before the next solid`);
    }
    if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) this.#text.nextLine();
  }

  #facet(): void {
    if (this.#inside) throw new GeometryRefusal('model.malformed', `facet ${this.#facets + 1} is not finished`);
    this.#inside = true;
    this.#ended = false;
    this.#filled = 0;
  }

  /** Computed anew from the corners, so that "nan" is harmless here. */
  #normal(): void {
    for (let k = 0; k < 3 && this.#text.nextWord(); k++) this.#text.skipWord(this.#place());
  }

  #vertex(): void {
    if (!this.#inside || this.#filled === FLOATS) throw this.#notThreeCorners();
    const text = this.#text;
    for (let k = 0; k < 3; k++) {
      if (!text.nextWord()) throw new GeometryRefusal('model.truncated', this.#place());
      this.#corners[this.#filled++] = text.coordinate(this.#place) - this.#origin[k]!;
    }
  }

  #endFacet(): void {
    if (!this.#inside || this.#filled !== FLOATS) throw this.#notThreeCorners();
    this.#inside = false;
    this.#facets++;
    this.#onFacet(this.#corners);
  }

  #notThreeCorners(): GeometryRefusal {
    return new GeometryRefusal('model.malformed', `facet ${this.#facets + 1} does not have three corners`);
  }
}
