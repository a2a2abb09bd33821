import { GeometryRefusal } from '../refusal.ts';
import type { ByteStream } from './byte-window.ts';
import { MOST_NEEDED } from './byte-window.ts';
import { SPACE, TextWindow } from './text-window.ts';

const LESS = 60;
const GREATER = 62;
const SLASH = 47;
const EQUALS = 61;
const QUOTE = 34;
const APOSTROPHE = 39;
const QUESTION = 63;
const EXCLAMATION = 33;
const COLON = 58;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Tags of an XML document, one after the other, without a tree. Knows no entities but the five and numbers, and refuses
 * a DOCTYPE. After `next()` said 'open', attributes are read by `nextAttribute()` and one of the `value` methods.
 */
export class XmlReader {
  readonly text: TextWindow;
  /** Of the tag at hand: where its name, and the name's part behind a prefix, stand in the window. */
  nameAt = 0;
  localAt = 0;
  nameEnd = 0;
  /** The same for the attribute at hand. */
  attributeAt = 0;
  attributeEnd = 0;
  #quote = 0;
  #state: 'between' | 'inTag' | 'closing' = 'between';
  readonly #place = () => `at byte ${this.text.position}`;

  constructor(stream: ByteStream) {
    this.text = new TextWindow(stream);
    this.text.need(4);
    const { bytes } = this.text;
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
      throw new GeometryRefusal('model.format_unsupported', 'its XML is written in UTF-16');
    }
    if (bytes[0] === 0xef) this.text.at = 3;
  }

  /** An empty element opens and closes. 'end': the document is over. */
  next(): 'open' | 'close' | 'end' {
    while (this.#state === 'inTag') {
      if (this.nextAttribute()) this.skipValue();
    }
    if (this.#state === 'closing') {
      this.#state = 'between';
      return 'close';
    }
    const { text } = this;
    for (;;) {
      if (!this.#goTo(LESS)) return 'end';
      text.need(MOST_NEEDED);
      const after = text.bytes[++text.at]!;
      if (after === EXCLAMATION) this.#declaration();
      else if (after === QUESTION) this.#goBehind('?>');
      else if (after === SLASH) {
        text.at++;
        this.#name();
        this.#skipSpace();
        if (text.bytes[text.at] !== GREATER) throw this.#endless('a tag without end');
        text.at++;
        return 'close';
      } else {
        this.#name();
        this.#state = 'inTag';
        return 'open';
      }
    }
  }

  /** True when the tag's name behind its prefix is `word`. */
  is(word: string): boolean {
    return this.#same(this.localAt, this.nameEnd, word);
  }

  /** The tag's prefix with its colon, or ''. */
  get prefix(): string {
    return this.#slice(this.nameAt, this.localAt);
  }

  get name(): string {
    return this.#slice(this.localAt, this.nameEnd);
  }

  /** Goes to the value of the next attribute; false when the tag is over. */
  nextAttribute(): boolean {
    const { text } = this;
    const { bytes } = text;
    this.#skipSpace();
    let { at } = text;
    if (bytes[at] === GREATER) {
      text.at = at + 1;
      this.#state = 'between';
      return false;
    }
    if (bytes[at] === SLASH) {
      if (bytes[at + 1] !== GREATER) throw this.#endless('a tag without end');
      text.at = at + 2;
      this.#state = 'closing';
      return false;
    }
    this.attributeAt = at;
    while (bytes[at]! > SPACE && bytes[at] !== EQUALS && bytes[at] !== GREATER) at++;
    this.attributeEnd = at;
    text.at = at;
    this.#skipSpace();
    if (bytes[text.at] !== EQUALS || at === this.attributeAt) throw this.#endless('an attribute without a value');
    text.at++;
    this.#skipSpace();
    this.#quote = bytes[text.at]!;
    if (this.#quote !== QUOTE && this.#quote !== APOSTROPHE) throw this.#endless('a value without quotes');
    text.at++;
    return true;
  }

  /** True when the attribute at hand is called `word`. */
  attributeIs(word: string): boolean {
    return this.#same(this.attributeAt, this.attributeEnd, word);
  }

  /** A coordinate. @throws GeometryRefusal when it is no number or out of range */
  coordinateValue(): number {
    const { text } = this;
    this.#skipSpace();
    const start = text.at;
    const value = text.number();
    if (text.at === start || !this.#endsValue() || !(Math.abs(value) <= 1e6)) {
      text.at = start;
      throw text.refusedNumber(value, this.#place());
    }
    return value;
  }

  /** A whole number from 0 on, or NaN. */
  indexValue(): number {
    const { text } = this;
    this.#skipSpace();
    const value = text.number();
    return this.#endsValue() && Number.isInteger(value) && value >= 0 ? value : Number.NaN;
  }

  skipValue(): void {
    const { text } = this;
    const { bytes, end } = text;
    let { at } = text;
    while (at < end && bytes[at] !== this.#quote) at++;
    text.at = at;
    if (at === end) throw this.#endless('a value without end');
    text.at++;
  }

  textValue(): string {
    const from = this.text.at;
    this.skipValue();
    const raw = this.#slice(from, this.text.at - 1);
    return raw.includes('&') ? this.#decoded(raw) : raw;
  }

  /** All attributes of the tag at hand, by their names with prefixes. */
  attributes(): Map<string, string> {
    const found = new Map<string, string>();
    while (this.nextAttribute()) {
      const name = this.#slice(this.attributeAt, this.attributeEnd);
      if (found.has(name)) throw this.malformed('an attribute given twice');
      found.set(name, this.textValue());
    }
    return found;
  }

  malformed(what: string): GeometryRefusal {
    return new GeometryRefusal('model.malformed', `${what} ${this.#place()}`);
  }

  /** Something has no end: the document was cut off, or it is longer than the window. */
  #endless(what: string): GeometryRefusal {
    const { text } = this;
    if (text.at < text.end || text.need(1)) return this.malformed(what);
    return new GeometryRefusal('model.truncated', `${what} ${this.#place()}`);
  }

  #endsValue(): boolean {
    this.#skipSpace();
    if (this.text.bytes[this.text.at] !== this.#quote) return false;
    this.text.at++;
    return true;
  }

  #skipSpace(): void {
    const { bytes, end } = this.text;
    let { at } = this.text;
    while (at < end && bytes[at]! <= SPACE) at++;
    this.text.at = at;
  }

  #name(): void {
    const { bytes } = this.text;
    let { at } = this.text;
    this.nameAt = at;
    this.localAt = at;
    for (
      let byte = bytes[at]!;
      byte > SPACE && byte !== GREATER && byte !== SLASH && byte !== LESS;
      byte = bytes[++at]!
    ) {
      if (byte === COLON && this.localAt === this.nameAt) this.localAt = at + 1;
    }
    this.nameEnd = at;
    this.text.at = at;
    if (this.nameEnd === this.localAt) throw this.#endless('a tag without a name');
  }

  #same(from: number, to: number, word: string): boolean {
    if (to - from !== word.length) return false;
    const { bytes } = this.text;
    for (let k = 0; k < word.length; k++) if (bytes[from + k] !== word.charCodeAt(k)) return false;
    return true;
  }

  #slice(from: number, to: number): string {
    return Buffer.from(this.text.bytes.buffer, from, to - from).toString('utf8');
  }

  #decoded(raw: string): string {
    return raw.replace(/&([^;&]{0,16});?/g, (_whole, name: string) => {
      const known = ENTITIES[name];
      if (known !== undefined) return known;
      const code = /^#x[0-9a-f]+$/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      if (!name.startsWith('#') || !Number.isInteger(code) || code > 0x10ffff)
        throw this.malformed('an unknown entity');
      return String.fromCodePoint(code);
    });
  }

  #declaration(): void {
    const { text } = this;
    if (this.#same(text.at, text.at + 3, '!--')) {
      text.at += 3;
      this.#goBehind('-->');
      return;
    }
    if (this.#same(text.at, text.at + 8, '![CDATA[')) {
      text.at += 8;
      this.#goBehind(']]>');
      return;
    }
    throw new GeometryRefusal('model.malformed', `a DOCTYPE or another declaration ${this.#place()}`);
  }

  /** Goes to the next `byte`; false when there is none. */
  #goTo(byte: number): boolean {
    const { text } = this;
    for (;;) {
      const { bytes, end } = text;
      let { at } = text;
      while (at < end && bytes[at] !== byte) at++;
      text.at = at;
      if (at < end) return true;
      if (!text.need(1)) return false;
    }
  }

  #goBehind(mark: string): void {
    const { text } = this;
    while (this.#goTo(mark.charCodeAt(0))) {
      text.need(mark.length);
      if (this.#same(text.at, text.at + mark.length, mark)) {
        text.at += mark.length;
        return;
      }
      text.at++;
    }
    throw this.#endless(`"${mark}" is missing`);
  }
}
