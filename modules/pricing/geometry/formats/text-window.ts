import { GeometryRefusal } from '../refusal.ts';
import { ByteWindow } from './byte-window.ts';
import { MAX_COORDINATE } from './limits.ts';

export const SPACE = 32;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
const ZERO = 48;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const BACKSLASH = 92;
const LOWER_E = 101;
const CASE_BIT = 32;
/** The longest word of a text format: numbers, keywords, index groups. */
const LONGEST_WORD = 256;
const TOKEN_SHOWN = 24;
/** Digits that an integer of 31 bits holds for certain. */
const HALF_DIGITS = 9;
const MOST_DIGITS = 2 * HALF_DIGITS;
/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const MOST_EXPONENT = 400;

/** A window over text. Bytes up to 32 are white space, 0 included. */
export class TextWindow extends ByteWindow {
  /** Goes to the next word, on this line or a later one; false when there is none. */
  nextWord(): boolean {
    for (;;) {
      const { bytes, end } = this;
      let { at } = this;
      while (at < end && bytes[at]! <= SPACE) at++;
      this.at = at;
      if (at < end) {
        if (end - at < LONGEST_WORD) this.need(LONGEST_WORD);
        return true;
      }
      if (!this.need(1)) return false;
    }
  }

  /** Goes to the next word of this line, over continued line ends; false at the end of the line, which is left standing. */
  nextWordOfLine(): boolean {
    for (;;) {
      const { bytes } = this;
      let { at } = this;
      while (at < this.end && bytes[at]! <= SPACE && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
      this.at = at;
      if (this.end - at < LONGEST_WORD) this.need(LONGEST_WORD);
      if (this.at === this.end) return false;
      const byte = bytes[this.at]!;
      if (byte === BACKSLASH && this.#continues()) continue;
      if (byte > SPACE) return true;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return false;
    }
  }

  #continues(): boolean {
    const after = this.bytes[this.at + 1];
    if (after === LINE_FEED) this.at += 2;
    else if (after === CARRIAGE_RETURN) this.at += this.bytes[this.at + 2] === LINE_FEED ? 3 : 2;
    else return false;
    return true;
  }

  /** Goes behind the end of this line, or of those that continue it after a backslash. False when the text is over. */
  nextLine(continued = false): boolean {
    let before = 0;
    for (;;) {
      const { bytes, end } = this;
      let { at } = this;
      while (at < end && bytes[at] !== LINE_FEED && bytes[at] !== CARRIAGE_RETURN) at++;
      if (at > this.at) before = bytes[at - 1]!;
      this.at = at;
      if (at === end) {
        if (!this.need(1)) return false;
        continue;
      }
      this.need(2);
      this.at += bytes[this.at] === CARRIAGE_RETURN && bytes[this.at + 1] === LINE_FEED ? 2 : 1;
      if (!continued || before !== BACKSLASH) return true;
      before = 0;
    }
  }

  /** Goes behind the word at `at`. @throws GeometryRefusal when it has no end */
  skipWord(place: string): void {
    const { bytes } = this;
    let { at } = this;
    while (bytes[at]! > SPACE) at++;
    if (at - this.at > LONGEST_WORD) throw new GeometryRefusal('model.malformed', `a word without end ${place}`);
    this.at = at;
  }

  /** True when the word at `at` is `word` (lower case, letters) in any case; goes behind it then. */
  takeWord(word: string): boolean {
    const { bytes, at } = this;
    const length = word.length;
    for (let k = 0; k < length; k++) if ((bytes[at + k]! | CASE_BIT) !== word.charCodeAt(k)) return false;
    if (bytes[at + length]! > SPACE) return false;
    this.at = at + length;
    return true;
  }

  /**
   * The decimal number that begins at `at`, to within a unit in the last place; goes behind its last character, whatever
   * follows. NaN, without going on, when none begins there.
   */
  number(): number {
    const { bytes } = this;
    let { at } = this;
    let byte = bytes[at]!;
    const negative = byte === MINUS;
    if (negative || byte === PLUS) byte = bytes[++at]!;
    let first = 0;
    let second = 0;
    let digits = 0;
    let scale = 0;
    let point = 0;
    for (;;) {
      const digit = byte - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (digits < HALF_DIGITS) first = (first * 10 + digit) | 0;
        else if (digits < MOST_DIGITS) second = (second * 10 + digit) | 0;
        else scale++;
        // Leading zeros are no digits, or "0.000000000000000012" would lose some.
        if (digits > 0 || digit > 0) digits++;
        scale -= point;
      } else if (byte === POINT && point === 0) point = 1;
      else break;
      byte = bytes[++at]!;
    }
    if (digits === 0 && !this.#hasZero(at)) return Number.NaN;
    if ((byte | CASE_BIT) === LOWER_E) {
      const end = this.#exponentEnd(at + 1);
      if (end > 0) {
        scale += this.#exponent(at + 1, end);
        at = end;
      }
    }
    this.at = at;
    let value = first;
    if (digits > HALF_DIGITS) value = first * POWERS[Math.min(digits, MOST_DIGITS) - HALF_DIGITS]! + second;
    if (scale !== 0) value = scaled(value, scale);
    return negative ? -value : value;
  }

  /** No digit counted: was there at least a zero before `end`? */
  #hasZero(end: number): boolean {
    for (let at = this.at; at < end; at++) if (this.bytes[at] === ZERO) return true;
    return false;
  }

  /** Where the digits of an exponent end that begins at `from`; 0 when there are none. */
  #exponentEnd(from: number): number {
    const { bytes } = this;
    let at = from;
    if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
    const digits = at;
    while (bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++;
    return at > digits ? at : 0;
  }

  #exponent(from: number, end: number): number {
    const { bytes } = this;
    const negative = bytes[from] === MINUS;
    let exponent = 0;
    for (let at = negative || bytes[from] === PLUS ? from + 1 : from; at < end; at++) {
      exponent = Math.min(exponent * 10 + (bytes[at]! - ZERO), MOST_EXPONENT);
    }
    return negative ? -exponent : exponent;
  }

  /**
   * The coordinate that stands at `at` as a word of its own.
   * @throws GeometryRefusal when it is no number, is written with a comma, or lies too far out
   */
  coordinate(place: () => string): number {
    const start = this.at;
    const value = this.number();
    if (this.bytes[this.at]! > SPACE || this.at === start || !(Math.abs(value) <= MAX_COORDINATE)) {
      this.at = start;
      throw this.refusedNumber(value, place());
    }
    if (this.at === this.end && this.need(1))
      throw new GeometryRefusal('model.malformed', `a word without end ${place()}`);
    return value;
  }

  /** Why the word at `at`, which should be a coordinate, is none. */
  refusedNumber(value: number, place: string): GeometryRefusal {
    const word = this.wordShown();
    const detail = `"${word}" ${place}`;
    if (word === '') return new GeometryRefusal('model.truncated', `a number is missing ${place}`);
    if (namesNoNumber(word)) return new GeometryRefusal('model.not_a_number', detail);
    if (word.includes(',')) return new GeometryRefusal('model.decimal_comma', detail);
    if (Math.abs(value) > MAX_COORDINATE) return new GeometryRefusal('model.coordinates_out_of_range', detail);
    return new GeometryRefusal('model.malformed', `${detail} is no number`);
  }

  /** The beginning of the word at `at`, fit for a message. */
  wordShown(): string {
    let shown = '';
    for (let at = this.at; at < this.end && shown.length < TOKEN_SHOWN; at++) {
      const byte = this.bytes[at]!;
      if (byte <= SPACE) break;
      shown += byte < 127 ? String.fromCharCode(byte) : '?';
    }
    return shown;
  }
}

function scaled(value: number, scale: number): number {
  if (scale < 0) {
    if (scale >= -22) return value / POWERS[-scale]!;
    return value / POWERS[22]! / 10 ** Math.min(-scale - 22, 308);
  }
  return scale <= 22 ? value * POWERS[scale]! : value * POWERS[22]! * 10 ** Math.min(scale - 22, 308);
}

/** "nan", "-inf", "1.#IND", "-nan(ind)", "1.#QNAN": what printf makes of them on one system or another. */
function namesNoNumber(word: string): boolean {
  const lower = word.toLowerCase();
  const unsigned = lower.startsWith('-') || lower.startsWith('+') ? lower.slice(1) : lower;
  return unsigned.startsWith('nan') || unsigned.startsWith('inf') || /#(ind|qnan|snan|inf)/.test(lower);
}
