import type { Json } from './sample-files.ts';

/** Reproducible numbers from a seed (xorshift). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 0 || 1;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  below(bound: number): number {
    return this.next() % Math.max(1, bound);
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

const INTEGERS = [0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 257, 32_767, 32_768, 65_535, 65_536, 2 ** 24, 2 ** 31 - 1];
const LARGE = [...INTEGERS, 2 ** 31, 2 ** 32 - 1, 2 ** 32 - 2, 20_000_000, 20_000_001, 16_000_001, 1e9];
const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1e6',
    '1000001',
    '-1e7',
    '1e38',
    '1e39',
    '1e400',
    '1e-400',
    '.5',
    '5.',
    '.',
    '-',
    '+',
    'e5',
  ],
  ...['nan', '-NaN', 'inf', '-inf', '1.#IND', '1,5', '0x10', '1e', '1e+', '--1', '1.2.3', '500000.123', '4294967295'],
  ...['99999999999999999999', '123456789012345678901234567890.5', '0.00000000000000000000000000000123', '2147483648'],
  ...['1_0', '１', '1\u0000', '1/2', '1//2', '-3/1/1', '65537', '3e0', '1d5', '0'.repeat(300), '9'.repeat(300)],
] as const;

/** Bytes changed without regard to what they mean. */
export function mutateBytes(content: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(content);
  const view = new DataView(bytes.buffer);
  const at = dice.below(bytes.length);
  switch (dice.below(9)) {
    case 0:
      if (bytes.length > 0) bytes[at]! ^= 1 << dice.below(8);
      return bytes;
    case 1:
      if (bytes.length > 0) bytes[at] = dice.below(256);
      return bytes;
    case 2:
      if (at + 2 <= bytes.length) view.setUint16(at, dice.oneOf(INTEGERS), !dice.once(4));
      return bytes;
    case 3:
      if (at + 4 <= bytes.length) view.setUint32(at, dice.oneOf(LARGE), !dice.once(4));
      return bytes;
    case 4:
      if (at + 4 <= bytes.length)
        view.setFloat32(at, dice.oneOf([Number.NaN, Infinity, 1e7, -0, 1e-40]), !dice.once(4));
      return bytes;
    case 5:
      return bytes.slice(0, at);
    case 6:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + dice.below(64))));
    case 7: {
      const from = dice.below(bytes.length);
      return joined(bytes.subarray(0, at), bytes.subarray(from, from + dice.below(256)), bytes.subarray(at));
    }
    default: {
      const from = dice.below(other.length);
      return joined(bytes.subarray(0, at), other.subarray(from));
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Longer than a reader's window, so that what follows comes to stand over its edge. */
const PADDING = 256 * 1024;

/** Numbers, words, lines and tags of a text changed: by the grammar all text formats share. */
export function mutateText(text: string, dice: Dice, words: readonly string[]): string {
  switch (dice.below(10)) {
    case 0:
    case 1:
    case 2:
      return replaceMatch(text, /[-+.\d][-+.\de]*/g, dice, () => dice.oneOf(NUMBERS));
    case 3:
      return replaceMatch(text, /[A-Za-z_:]+/g, dice, () => dice.oneOf(words));
    case 4:
      return replaceMatch(text, /[^\n>]*[\n>]/g, dice, (line) => (dice.once(2) ? '' : line + line));
    case 5: {
      const lines = text.split('\n');
      const [a, b] = [dice.below(lines.length), dice.below(lines.length)];
      [lines[a], lines[b]] = [lines[b]!, lines[a]!];
      return lines.join('\n');
    }
    case 6:
      return replaceMatch(text, /[\s"'=<>/]/g, dice, () =>
        dice.oneOf(['', ' ', '\n', '\r', '\t', '"', '<', '>', '/', '\\\n', '\\']),
      );
    case 7:
      return replaceMatch(text, /\s/g, dice, () => ` ${dice.oneOf(words)} `);
    case 8:
      return dice.once(16)
        ? replaceMatch(text, /\n/g, dice, () => '\n'.repeat(PADDING - dice.below(text.length)))
        : text.slice(0, dice.below(text.length));
    default:
      return replaceMatch(text, /\d+/g, dice, (number) => `${Number(number) + dice.oneOf([-1, 1, 2, 1000])}`);
  }
}

function replaceMatch(text: string, pattern: RegExp, dice: Dice, by: (match: string) => string): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = dice.oneOf(matches);
  return text.slice(0, match.index) + by(match[0]) + text.slice(match.index + match[0].length);
}

const VALUES: readonly unknown[] = [
  ...LARGE,
  ...[
    -1,
    0.5,
    1e300,
    null,
    true,
    '',
    'VEC3',
    'SCALAR',
    'MAT4',
    5120,
    5121,
    5122,
    5123,
    5125,
    5126,
    4,
    5,
    6,
    [],
    {},
    [0],
  ],
  ...[[0, 0], [1, 2, 3], [0, 0, 0, 0], 'data:,', 'data:;base64,AAAA', 'a.bin', 'ATTRIBUTES', 'INDICES', 'EXPONENTIAL'],
];
const KEYS = [
  ...['byteOffset', 'byteLength', 'byteStride', 'count', 'bufferView', 'buffer', 'indices', 'mode', 'sparse', 'uri'],
  ...[
    'children',
    'mesh',
    'matrix',
    'scale',
    'rotation',
    'skin',
    'normalized',
    'extensions',
    'scene',
    'type',
    '__proto__',
  ],
  ...['extensionsRequired', 'componentType', 'filter', 'targets'],
];

/** A value of a JSON document replaced, removed, added or copied from elsewhere in it. */
export function mutateJson(json: Json, dice: Dice): Json {
  const copy = structuredClone(json);
  const places: { holder: Json; key: string }[] = [];
  const waiting: unknown[] = [copy];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (typeof at !== 'object' || at === null) continue;
    for (const key of Object.keys(at)) {
      places.push({ holder: at as Json, key });
      waiting.push((at as Json)[key]);
    }
  }
  const { holder, key } = dice.oneOf(places);
  const value = holder[key];
  switch (dice.below(6)) {
    case 0:
      delete holder[key];
      break;
    case 1: {
      const other = dice.oneOf(places);
      holder[key] = structuredClone(other.holder[other.key]);
      break;
    }
    case 2:
      if (typeof value === 'number') holder[key] = value + dice.oneOf([-1, 1, 2, 4, 1000]);
      break;
    case 3:
      holder[dice.oneOf(KEYS)] = dice.oneOf(VALUES);
      break;
    case 4:
      if (Array.isArray(value)) value.push(structuredClone(value.length > 0 ? dice.oneOf(value) : dice.oneOf(VALUES)));
      else holder[key] = dice.oneOf(VALUES);
      break;
    default:
      holder[key] = dice.oneOf(VALUES);
  }
  return copy;
}
