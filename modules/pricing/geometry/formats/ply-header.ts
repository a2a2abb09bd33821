import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';

const MOST_HEADER_BYTES = 64 * 1024;
const MOST_ELEMENTS = 64;
const MOST_PROPERTIES = 256;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export const SCALARS = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64'] as const;
export type Scalar = (typeof SCALARS)[number];
const SCALAR_BYTES: Readonly<Record<Scalar, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  float64: 8,
};
const NAMES = new Map<string, Scalar>([
  ...SCALARS.map((name) => [name, name] as const),
  ['char', 'int8'],
  ['uchar', 'uint8'],
  ['short', 'int16'],
  ['ushort', 'uint16'],
  ['int', 'int32'],
  ['uint', 'uint32'],
  ['float', 'float32'],
  ['double', 'float64'],
]);

export interface PlyProperty {
  name: string;
  type: Scalar;
  /** Of a list: the type of its length. */
  countType: Scalar | null;
}

export interface PlyElement {
  name: string;
  count: number;
  properties: PlyProperty[];
}

export interface PlyHeader {
  encoding: 'ascii' | 'little' | 'big';
  elements: PlyElement[];
  /** Where the body begins. */
  bytes: number;
}

export function scalarBytes(type: Scalar): number {
  return SCALAR_BYTES[type];
}

/** The least bytes that one record takes in the body. */
export function leastRecordBytes(element: PlyElement, ascii: boolean): number {
  // In text a value is a digit and a separator.
  return element.properties.reduce((sum, { type, countType }) => sum + (ascii ? 2 : scalarBytes(countType ?? type)), 0);
}

/** @throws GeometryRefusal when it is not written as a PLY header, or announces more than the file can hold */
export function readPlyHeader(source: ByteSource): PlyHeader {
  const head = new Uint8Array(Math.min(MOST_HEADER_BYTES, source.bytes));
  const lines = new HeaderLines(head.subarray(0, readFully(source, head, 0)));
  if (lines.next() !== 'ply') throw malformed('its first line is not "ply"');
  const encoding = encodingOf(lines.next());
  const elements: PlyElement[] = [];
  for (;;) {
    const line = lines.next();
    const words = line.split(' ').filter((word) => word !== '');
    if (words[0] === 'end_header') break;
    if (words.length === 0 || words[0] === 'comment' || words[0] === 'obj_info') continue;
    if (words[0] === 'element') elements.push(elementOf(words));
    else if (words[0] === 'property' && elements.length > 0)
      elements[elements.length - 1]!.properties.push(property(words));
    else throw malformed(`its header says "${shown(line)}"`);
    if (elements.length > MOST_ELEMENTS) throw malformed(`more than ${MOST_ELEMENTS} elements`);
    if (elements[elements.length - 1]!.properties.length > MOST_PROPERTIES) {
      throw malformed(`more than ${MOST_PROPERTIES} properties`);
    }
  }
  const header = { encoding, elements, bytes: lines.at };
  refuseLyingCounts(header, source.bytes);
  return header;
}

class HeaderLines {
  readonly #head: Uint8Array;
  at = 0;

  constructor(head: Uint8Array) {
    this.#head = head;
  }

  /** One line, without what ends it: a line feed, a carriage return, or both. */
  next(): string {
    const start = this.at;
    let end = start;
    while (end < this.#head.length && this.#head[end] !== LINE_FEED && this.#head[end] !== CARRIAGE_RETURN) end++;
    if (end === this.#head.length) throw malformed('its header has no end');
    this.at = end + (this.#head[end] === CARRIAGE_RETURN && this.#head[end + 1] === LINE_FEED ? 2 : 1);
    return Buffer.from(this.#head.subarray(start, end)).toString('latin1').replaceAll('\t', ' ').trim();
  }
}

function encodingOf(line: string): PlyHeader['encoding'] {
  const [format, encoding] = line.split(' ').filter((word) => word !== '');
  if (format !== 'format') throw malformed('its second line names no format');
  if (encoding === 'ascii') return 'ascii';
  if (encoding === 'binary_little_endian') return 'little';
  if (encoding === 'binary_big_endian') return 'big';
  throw malformed(`its format is "${shown(encoding ?? '')}"`);
}

function elementOf(words: readonly string[]): PlyElement {
  const count = Number(words[2]);
  if (words.length !== 3 || !Number.isSafeInteger(count) || count < 0) {
    throw malformed(`its header says "${shown(words.join(' '))}"`);
  }
  return { name: words[1]!, count, properties: [] };
}

function property(words: readonly string[]): PlyProperty {
  const list = words[1] === 'list';
  const type = NAMES.get(words[list ? 3 : 1] ?? '');
  const countType = list ? NAMES.get(words[2] ?? '') : null;
  const name = words[list ? 4 : 2];
  if (type === undefined || countType === undefined || name === undefined) {
    throw malformed(`its header says "${shown(words.join(' '))}"`);
  }
  return { name, type, countType };
}

function refuseLyingCounts(header: PlyHeader, bytes: number): void {
  let least = header.bytes;
  for (const element of header.elements) {
    if (element.count > 0 && element.properties.length === 0)
      throw malformed(`${shown(element.name)} has no properties`);
    least += element.count * leastRecordBytes(element, header.encoding === 'ascii');
  }
  // The last value of a text may end with the file.
  if (header.encoding === 'ascii') least--;
  if (least > bytes) {
    throw new GeometryRefusal('model.truncated', `its header announces at least ${least} bytes, ${bytes} are there`);
  }
}

function malformed(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', detail);
}

function shown(text: string): string {
  return text.slice(0, 40).replace(/[^ -~]/g, '?');
}
