import { GeometryRefusal } from '../refusal.ts';
import type { ByteStream } from './byte-window.ts';

/*
 * RFC 1951, as a stream that is pulled: Node's own inflate is synchronous only for a whole part at once, which for a
 * model of a gigabyte of text is a gigabyte of memory.
 */

const INPUT_BYTES = 64 * 1024;
const HISTORY_BYTES = 32 * 1024;
const LONGEST_MATCH = 258;
const OUTPUT_BYTES = 96 * 1024;
const TABLE_BITS = 10;
const MOST_BITS = 15;
const LITERALS = 288;
const DISTANCES = 32;
const END_OF_BLOCK = 256;
const LENGTH_BASE = Uint16Array.of(
  ...[
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ],
);
const LENGTH_EXTRA = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
);
const DISTANCE_BASE = Uint16Array.from({ length: 30 }, (_, k) =>
  k < 4 ? k + 1 : 1 + (2 + (k % 2)) * 2 ** (Math.floor(k / 2) - 1),
);
const DISTANCE_EXTRA = Uint8Array.from({ length: 30 }, (_, k) => (k < 4 ? 0 : Math.floor(k / 2) - 1));
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: short words by table, long ones by counting. */
class HuffmanCode {
  /** By the next TABLE_BITS bits: symbol · 16 + length, or 0 for a longer word. */
  readonly table = new Uint16Array(1 << TABLE_BITS);
  /** How many bits of the table are in use: short codes fill a small part of it, so that many small blocks stay cheap. */
  mask = 0;
  readonly counts = new Uint16Array(MOST_BITS + 1);
  readonly symbols = new Uint16Array(LITERALS);
  readonly #offsets = new Uint16Array(MOST_BITS + 2);
  #longest = 0;

  build(lengths: Uint8Array, from: number, to: number): void {
    const { counts, symbols } = this;
    const offsets = this.#offsets;
    counts.fill(0);
    for (let k = from; k < to; k++) counts[lengths[k]!]!++;
    counts[0] = 0;
    offsets[1] = 0;
    let room = 1;
    this.#longest = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      room = 2 * room - counts[length]!;
      if (room < 0) throw damaged('a code has too many words');
      if (counts[length]! > 0) this.#longest = length;
      offsets[length + 1] = offsets[length]! + counts[length]!;
    }
    for (let k = from; k < to; k++) {
      const length = lengths[k]!;
      if (length > 0) symbols[offsets[length]!++] = k - from;
    }
    this.#fillTable();
  }

  #fillTable(): void {
    const { table, counts, symbols } = this;
    let bits = TABLE_BITS;
    while (bits > 1 && this.#longest < bits) bits--;
    const size = 1 << bits;
    this.mask = size - 1;
    table.fill(0, 0, size);
    let word = 0;
    let index = 0;
    for (let length = 1; length <= bits; length++) {
      for (let k = 0; k < counts[length]!; k++) {
        const entry = (symbols[index++]! << 4) | length;
        for (let place = reversed(word, length); place < size; place += 1 << length) table[place] = entry;
        word++;
      }
      word <<= 1;
    }
  }
}

function reversed(word: number, length: number): number {
  let result = 0;
  for (let k = 0; k < length; k++) result |= ((word >> k) & 1) << (length - 1 - k);
  return result;
}

function fixedCode(lengths: Uint8Array): HuffmanCode {
  const code = new HuffmanCode();
  code.build(lengths, 0, lengths.length);
  return code;
}

const FIXED_LITERALS = fixedCode(new Uint8Array(LITERALS).fill(8).fill(9, 144, 256).fill(7, 256, 280));
const FIXED_DISTANCES = fixedCode(new Uint8Array(DISTANCES).fill(5));

function damaged(how: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', `its compressed data is damaged: ${how}`);
}

/** The bytes that `compressed` unpacks to. Holds some 200 KB, whatever the size. */
export function inflated(compressed: ByteStream): ByteStream {
  const inflater = new Inflater(compressed);
  return (into) => inflater.read(into);
}

class Inflater {
  readonly #compressed: ByteStream;
  readonly #input = new Uint8Array(INPUT_BYTES);
  #inputAt = 0;
  #inputEnd = 0;
  /** Bits of zero that stand for what the input lacks. */
  #borrowed = 0;
  #bits = 0;
  #bitCount = 0;

  readonly #output = new Uint8Array(OUTPUT_BYTES + LONGEST_MATCH);
  #handed = 0;
  #filled = 0;

  readonly #ownLiterals = new HuffmanCode();
  readonly #ownDistances = new HuffmanCode();
  #literals = this.#ownLiterals;
  #distances = this.#ownDistances;
  readonly #lengths = new Uint8Array(LITERALS + DISTANCES);
  #state: 'header' | 'stored' | 'coded' | 'over' = 'header';
  #last = false;
  #storedLeft = 0;

  constructor(compressed: ByteStream) {
    this.#compressed = compressed;
  }

  read(into: Uint8Array): number {
    if (this.#handed === this.#filled) this.#produce();
    const count = Math.min(into.length, this.#filled - this.#handed);
    into.set(this.#output.subarray(this.#handed, this.#handed + count));
    this.#handed += count;
    return count;
  }

  #produce(): void {
    if (this.#filled > HISTORY_BYTES) {
      this.#output.copyWithin(0, this.#filled - HISTORY_BYTES, this.#filled);
      this.#filled = HISTORY_BYTES;
    }
    this.#handed = this.#filled;
    while (this.#filled < OUTPUT_BYTES && this.#state !== 'over') {
      if (this.#state === 'header') this.#header();
      else if (this.#state === 'stored') this.#stored();
      else this.#coded();
      if (this.#bitCount < this.#borrowed) throw new GeometryRefusal('model.truncated', 'in its compressed data');
    }
  }

  #refill(): void {
    while (this.#bitCount <= 24) {
      if (this.#inputAt === this.#inputEnd) {
        this.#inputEnd = this.#compressed(this.#input);
        this.#inputAt = 0;
      }
      if (this.#inputAt < this.#inputEnd) this.#bits |= this.#input[this.#inputAt++]! << this.#bitCount;
      else this.#borrowed += 8;
      this.#bitCount += 8;
    }
  }

  #take(count: number): number {
    if (this.#bitCount < count) this.#refill();
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #header(): void {
    if (this.#last) {
      this.#state = 'over';
      return;
    }
    this.#last = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 0) this.#storedHeader();
    else if (type === 1) this.#fixedCodes();
    else if (type === 2) this.#dynamicCodes();
    else throw damaged('a block of no type');
  }

  #storedHeader(): void {
    this.#take(this.#bitCount % 8);
    const length = this.#take(16);
    if ((this.#take(16) ^ 0xffff) !== length) throw damaged('the length of a block');
    this.#storedLeft = length;
    this.#state = 'stored';
  }

  #stored(): void {
    while (this.#storedLeft > 0 && this.#bitCount > 0 && this.#filled < OUTPUT_BYTES) {
      this.#output[this.#filled++] = this.#take(8);
      this.#storedLeft--;
    }
    while (this.#storedLeft > 0 && this.#filled < OUTPUT_BYTES) {
      if (this.#inputAt === this.#inputEnd) {
        this.#inputEnd = this.#compressed(this.#input);
        this.#inputAt = 0;
        if (this.#inputEnd === 0) throw new GeometryRefusal('model.truncated', 'in its compressed data');
      }
      const count = Math.min(this.#storedLeft, this.#inputEnd - this.#inputAt, OUTPUT_BYTES - this.#filled);
      this.#output.set(this.#input.subarray(this.#inputAt, this.#inputAt + count), this.#filled);
      this.#inputAt += count;
      this.#filled += count;
      this.#storedLeft -= count;
    }
    if (this.#storedLeft === 0) this.#state = 'header';
  }

  #fixedCodes(): void {
    this.#literals = FIXED_LITERALS;
    this.#distances = FIXED_DISTANCES;
    this.#state = 'coded';
  }

  #dynamicCodes(): void {
    const lengths = this.#lengths;
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const given = this.#take(4) + 4;
    if (literals > 286 || distances > 30) throw damaged('a code has too many words');
    this.#literals = this.#ownLiterals;
    this.#distances = this.#ownDistances;
    lengths.fill(0, 0, LENGTH_ORDER.length);
    for (let k = 0; k < given; k++) lengths[LENGTH_ORDER[k]!] = this.#take(3);
    this.#literals.build(lengths, 0, LENGTH_ORDER.length);
    for (let k = 0; k < literals + distances; ) {
      const symbol = this.#symbol(this.#literals);
      if (symbol < 16) {
        lengths[k++] = symbol;
        continue;
      }
      if (symbol === 16 && k === 0) throw damaged('a length is repeated that is not there');
      const value = symbol === 16 ? lengths[k - 1]! : 0;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (k + times > literals + distances) throw damaged('a length is repeated too often');
      lengths.fill(value, k, k + times);
      k += times;
    }
    if (lengths[END_OF_BLOCK] === 0) throw damaged('a block without an end');
    this.#literals.build(lengths, 0, literals);
    this.#distances.build(lengths, literals, literals + distances);
    this.#state = 'coded';
  }

  #symbol(code: HuffmanCode): number {
    if (this.#bitCount < MOST_BITS) this.#refill();
    const entry = code.table[this.#bits & code.mask]!;
    const length = entry & 15;
    if (length === 0) return this.#longSymbol(code);
    this.#bits >>>= length;
    this.#bitCount -= length;
    return entry >> 4;
  }

  #longSymbol(code: HuffmanCode): number {
    let word = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MOST_BITS; length++) {
      word |= (this.#bits >>> (length - 1)) & 1;
      const count = code.counts[length]!;
      if (word - count < first) {
        this.#bits >>>= length;
        this.#bitCount -= length;
        return code.symbols[index + word - first]!;
      }
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    throw damaged('a word that its code lacks');
  }

  #coded(): void {
    const output = this.#output;
    let filled = this.#filled;
    while (filled < OUTPUT_BYTES) {
      const symbol = this.#symbol(this.#literals);
      if (symbol < END_OF_BLOCK) {
        output[filled++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.#state = 'header';
        break;
      }
      if (symbol > 285) throw damaged('a length of no code');
      const length = LENGTH_BASE[symbol - 257]! + this.#take(LENGTH_EXTRA[symbol - 257]!);
      const code = this.#symbol(this.#distances);
      if (code > 29) throw damaged('a distance of no code');
      const distance = DISTANCE_BASE[code]! + this.#take(DISTANCE_EXTRA[code]!);
      if (distance > filled) throw damaged('a distance to before the beginning');
      for (const end = filled + length; filled < end; filled++) output[filled] = output[filled - distance]!;
    }
    this.#filled = filled;
  }
}
