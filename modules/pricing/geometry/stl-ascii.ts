import { type ByteSource, readFully } from './byte-source.ts';
import { isDecimalComma, isNotANumber, parseNumber } from './parse-number.ts';
import { GeometryRefusal } from './refusal.ts';
import { BLOCK_BYTES, type TriangleSource, triangleBatch } from './triangles.ts';

/** "facet normal 0 0 0 outer loop vertex 0 0 0 …": no facet is shorter than this. */
const LEAST_FACET_BYTES = 80;
const LONGEST_TOKEN = 256;
const BATCH_TRIANGLES = 16_384;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const SPACE = 32;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

const KEYWORDS = ['solid', 'facet', 'normal', 'outer', 'loop', 'vertex', 'endloop', 'endfacet', 'endsolid'] as const;
type Keyword = (typeof KEYWORDS)[number];

/** Triangles of an ASCII STL, read with a byte scanner of our own: any number of solids, any white space, any case. */
export function asciiStl(source: ByteSource): TriangleSource {
  return {
    atMost: Math.ceil(source.bytes / LEAST_FACET_BYTES),
    forEachBatch(visit) {
      const batch = triangleBatch(BATCH_TRIANGLES);
      const facets = new FacetReader((corners) => {
        batch.coordinates.set(corners, batch.count * 9);
        batch.count++;
        if (batch.count < BATCH_TRIANGLES) return;
        visit(batch);
        batch.count = 0;
      });
      forEachToken(source, facets);
      facets.end();
      if (batch.count > 0) visit(batch);
    },
  };
}

/** Cuts the file into tokens. A token that a block cuts in two is carried over to the next block. */
function forEachToken(source: ByteSource, facets: FacetReader): void {
  const block = new Uint8Array(BLOCK_BYTES);
  let carried = 0;
  let position = startsWithByteOrderMark(source) ? BYTE_ORDER_MARK.length : 0;
  let skippingLine = false;
  for (;;) {
    const got = readFully(source, block.subarray(carried), position);
    const end = carried + got;
    const last = position + got >= source.bytes || got === 0;
    position += got;
    let at = 0;
    let start = 0;
    while (at < end) {
      if (skippingLine) {
        while (at < end && block[at] !== LINE_FEED && block[at] !== CARRIAGE_RETURN) at++;
        if (at < end) skippingLine = false;
        start = at;
        continue;
      }
      while (at < end && block[at]! <= SPACE) at++;
      start = at;
      while (at < end && block[at]! > SPACE) at++;
      if (at - start > LONGEST_TOKEN) throw new GeometryRefusal('model.malformed', 'a word without end');
      if (at === start || (at === end && !last)) break;
      skippingLine = facets.token(block, start, at);
      start = at;
    }
    if (last) return;
    block.copyWithin(0, start, end);
    carried = end - start;
  }
}

function startsWithByteOrderMark(source: ByteSource): boolean {
  const head = new Uint8Array(BYTE_ORDER_MARK.length);
  return readFully(source, head, 0) === head.length && BYTE_ORDER_MARK.every((byte, k) => head[k] === byte);
}

/** The grammar: keeps the corners of the facet being read, and hands over each whole facet. */
class FacetReader {
  readonly #corners = new Float32Array(9);
  readonly #onFacet: (corners: Float32Array) => void;
  #numbersWanted = 0;
  #normalsToSkip = 0;
  #filled = 0;
  #insideFacet = false;
  #facets = 0;

  constructor(onFacet: (corners: Float32Array) => void) {
    this.#onFacet = onFacet;
  }

  /** Takes one token; true when the rest of its line is a name, to be skipped. */
  token(block: Uint8Array, start: number, end: number): boolean {
    if (this.#numbersWanted > 0) {
      this.#number(block, start, end);
      return false;
    }
    if (this.#normalsToSkip > 0) {
      this.#normalsToSkip--;
      return false;
    }
    const word = keyword(block, start, end);
    if (word === null) throw this.#malformed(block, start, end);
    return this.#keyword(word);
  }

  /** The file is over. */
  end(): void {
    if (this.#insideFacet) throw new GeometryRefusal('model.truncated', `facet ${this.#facets + 1} is not finished`);
  }

  #keyword(word: Keyword): boolean {
    switch (word) {
      case 'solid':
      case 'endsolid':
        return true;
      case 'facet':
        this.#insideFacet = true;
        this.#filled = 0;
        return false;
      case 'normal':
        this.#normalsToSkip = 3;
        return false;
      case 'vertex':
        if (!this.#insideFacet || this.#filled === 9) {
          throw new GeometryRefusal('model.malformed', `facet ${this.#facets + 1} does not have three corners`);
        }
        this.#numbersWanted = 3;
        return false;
      case 'endfacet':
        this.#endFacet();
        return false;
      default:
        return false;
    }
  }

  #number(block: Uint8Array, start: number, end: number): void {
    const value = parseNumber(block, start, end);
    if (Number.isNaN(value)) throw this.#malformed(block, start, end);
    this.#corners[this.#filled++] = value;
    this.#numbersWanted--;
  }

  #endFacet(): void {
    if (this.#filled !== 9) {
      throw new GeometryRefusal('model.malformed', `facet ${this.#facets + 1} does not have three corners`);
    }
    this.#insideFacet = false;
    this.#facets++;
    this.#onFacet(this.#corners);
  }

  #malformed(block: Uint8Array, start: number, end: number): GeometryRefusal {
    const place = `in facet ${this.#facets + 1}`;
    if (isNotANumber(block, start, end)) return new GeometryRefusal('model.not_a_number', place);
    if (isDecimalComma(block, start, end)) return new GeometryRefusal('model.decimal_comma', place);
    return new GeometryRefusal('model.malformed', place);
  }
}

function keyword(block: Uint8Array, start: number, end: number): Keyword | null {
  for (const word of KEYWORDS) {
    if (word.length === end - start && sameWord(block, start, word)) return word;
  }
  return null;
}

function sameWord(block: Uint8Array, start: number, word: string): boolean {
  for (let k = 0; k < word.length; k++) {
    if ((block[start + k]! | SPACE) !== word.charCodeAt(k)) return false;
  }
  return true;
}
