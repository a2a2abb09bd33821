import { crc32 } from 'node:zlib';
import { type ByteSource, readFully } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { type ByteStream, streamOf } from './byte-window.ts';
import { inflated } from './inflate.ts';

export const MAX_UNPACKED_BYTES = 2 ** 30;
const MOST_ENTRIES = 2000;
const MOST_RATIO = 200;
/** Small parts may well be mostly repetition. */
const RATIO_MATTERS_FROM = 1 << 20;
const MOST_DIRECTORY_BYTES = 4 << 20;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 65_535;
const END_SIGNATURE = 0x06054b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const ZIP64_FIELD = 1;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
const IN_ZIP64 = 0xffffffff;

export interface ZipEntry {
  /** Without a leading slash, as stored otherwise. */
  name: string;
  bytes: number;
  packedBytes: number;
  crc: number;
  method: number;
  encrypted: boolean;
  localAt: number;
}

/** The central directory of a ZIP archive. Nothing is unpacked before `open`; nothing is ever written. */
export class ZipArchive {
  readonly entries: readonly ZipEntry[];
  readonly #source: ByteSource;
  readonly #byName = new Map<string, ZipEntry>();
  #unpacked = 0;

  /** @throws GeometryRefusal when the directory is damaged, has too many entries, or entries overlap */
  constructor(source: ByteSource) {
    this.#source = source;
    this.entries = readDirectory(source);
    for (const entry of this.entries) this.#byName.set(entry.name.toLowerCase(), entry);
  }

  /** An entry by its name, whatever its case, as the packaging convention has it. */
  find(name: string): ZipEntry | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /**
   * The unpacked bytes, checked against the stated size and sum as they come.
   * @throws GeometryRefusal at once when the entry is encrypted, packed by another method, or unpacks to too much
   */
  open(entry: ZipEntry): ByteStream {
    if (entry.encrypted) throw new GeometryRefusal('model.format_unsupported', 'it is encrypted');
    if (entry.method !== STORED && entry.method !== DEFLATED) {
      throw new GeometryRefusal('model.format_unsupported', `it is packed by method ${entry.method}`);
    }
    if (entry.method === STORED && entry.bytes !== entry.packedBytes) throw malformed('a stored entry has two sizes');
    this.#unpacked += entry.bytes;
    if (this.#unpacked > MAX_UNPACKED_BYTES) throw tooLarge(`more than ${MAX_UNPACKED_BYTES} bytes`);
    if (entry.bytes > RATIO_MATTERS_FROM && entry.bytes > MOST_RATIO * entry.packedBytes) {
      throw tooLarge(`${entry.bytes} bytes from ${entry.packedBytes}`);
    }
    const from = this.#dataAt(entry);
    const packed = streamOf(this.#source, from, from + entry.packedBytes);
    return checked(entry.method === STORED ? packed : inflated(packed), entry);
  }

  #dataAt(entry: ZipEntry): number {
    const local = readAt(this.#source, entry.localAt, LOCAL_BYTES);
    if (local.getUint32(0, true) !== LOCAL_SIGNATURE) throw malformed('an entry is not where its directory says');
    const from = entry.localAt + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
    if (from + entry.packedBytes > this.#source.bytes) throw new GeometryRefusal('model.truncated', 'in its archive');
    return from;
  }
}

function checked(stream: ByteStream, entry: ZipEntry): ByteStream {
  let bytes = 0;
  let crc = 0;
  return (into) => {
    if (into.length === 0) return 0;
    const got = stream(into);
    bytes += got;
    if (bytes > entry.bytes) throw malformed(`an entry unpacks to more than the ${entry.bytes} bytes stated`);
    crc = crc32(into.subarray(0, got), crc);
    if (got === 0 && bytes < entry.bytes) throw new GeometryRefusal('model.truncated', 'in its archive');
    if (got === 0 && crc !== entry.crc) throw malformed('an entry does not have the checksum stated');
    return got;
  };
}

function readDirectory(source: ByteSource): ZipEntry[] {
  const { at, bytes, count } = findDirectory(source);
  if (count > MOST_ENTRIES) throw tooLarge(`${count} entries, at most ${MOST_ENTRIES} are read`);
  if (bytes > MOST_DIRECTORY_BYTES) throw malformed(`a directory of ${bytes} bytes`);
  const view = readAt(source, at, bytes);
  const entries: ZipEntry[] = [];
  let from = 0;
  for (let k = 0; k < count; k++) {
    if (from + ENTRY_BYTES > bytes || view.getUint32(from, true) !== ENTRY_SIGNATURE) {
      throw malformed(`entry ${k + 1} of its directory`);
    }
    const length = view.getUint16(from + 28, true);
    const extra = view.getUint16(from + 30, true);
    const next = from + ENTRY_BYTES + length + extra + view.getUint16(from + 32, true);
    if (next > bytes) throw malformed(`entry ${k + 1} of its directory`);
    entries.push(entryAt(view, from, length, extra));
    from = next;
  }
  refuseOverlaps(entries, at);
  return entries;
}

function entryAt(view: DataView, at: number, length: number, extra: number): ZipEntry {
  const name = Buffer.from(view.buffer, view.byteOffset + at + ENTRY_BYTES, length).toString('utf8');
  const entry: ZipEntry = {
    name: name.replaceAll('\\', '/').replace(/^\//, ''),
    encrypted: (view.getUint16(at + 8, true) & ENCRYPTED) !== 0,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedBytes: view.getUint32(at + 20, true),
    bytes: view.getUint32(at + 24, true),
    localAt: view.getUint32(at + 42, true),
  };
  applyZip64(entry, view, at + ENTRY_BYTES + length, extra);
  return entry;
}

/** Values that do not fit 32 bits stand in an extra field, in this order, each only when it does not fit. */
function applyZip64(entry: ZipEntry, view: DataView, from: number, extra: number): void {
  const wanted = (['bytes', 'packedBytes', 'localAt'] as const).filter((field) => entry[field] === IN_ZIP64);
  if (wanted.length === 0) return;
  for (let at = from; at + 4 <= from + extra; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === ZIP64_FIELD) {
      if (length < 8 * wanted.length || at + 4 + length > from + extra) break;
      wanted.forEach((field, k) => {
        entry[field] = safe(view.getBigUint64(at + 4 + 8 * k, true));
      });
      return;
    }
    at += 4 + length;
  }
  throw malformed('an entry lacks its sizes');
}

function findDirectory(source: ByteSource): { at: number; bytes: number; count: number } {
  const tailBytes = Math.min(source.bytes, END_BYTES + MOST_COMMENT_BYTES);
  const tailAt = source.bytes - tailBytes;
  const tail = readAt(source, tailAt, tailBytes);
  for (let k = tailBytes - END_BYTES; k >= 0; k--) {
    if (tail.getUint32(k, true) !== END_SIGNATURE) continue;
    if (k + END_BYTES + tail.getUint16(k + 20, true) > tailBytes) continue;
    const found = {
      count: tail.getUint16(k + 10, true),
      bytes: tail.getUint32(k + 12, true),
      at: tail.getUint32(k + 16, true),
    };
    if (found.count === 0xffff || found.bytes === IN_ZIP64 || found.at === IN_ZIP64) {
      return directory64(source, tailAt + k) ?? found;
    }
    return found;
  }
  throw new GeometryRefusal('model.truncated', 'its archive has no directory');
}

function directory64(source: ByteSource, endAt: number): { at: number; bytes: number; count: number } | null {
  if (endAt < LOCATOR_BYTES) return null;
  const locator = readAt(source, endAt - LOCATOR_BYTES, LOCATOR_BYTES);
  if (locator.getUint32(0, true) !== LOCATOR_SIGNATURE) return null;
  const end = readAt(source, safe(locator.getBigUint64(8, true)), END64_BYTES);
  if (end.getUint32(0, true) !== END64_SIGNATURE) throw malformed('its archive has no directory');
  return {
    count: safe(end.getBigUint64(32, true)),
    bytes: safe(end.getBigUint64(40, true)),
    at: safe(end.getBigUint64(48, true)),
  };
}

/** Bytes that two entries share unpack twice: how a small archive becomes petabytes. */
function refuseOverlaps(entries: readonly ZipEntry[], directoryAt: number): void {
  const inOrder = [...entries].sort((a, b) => a.localAt - b.localAt);
  inOrder.forEach((entry, k) => {
    const least = entry.localAt + LOCAL_BYTES + entry.packedBytes;
    const end = inOrder[k + 1]?.localAt ?? directoryAt;
    if (least > end) throw malformed('entries of its archive overlap');
  });
}

function readAt(source: ByteSource, at: number, bytes: number): DataView {
  if (at + bytes > source.bytes) throw new GeometryRefusal('model.truncated', 'in its archive');
  const into = new Uint8Array(bytes);
  if (readFully(source, into, at) < bytes) throw new GeometryRefusal('model.truncated', 'in its archive');
  return new DataView(into.buffer);
}

function safe(value: bigint): number {
  return Number(value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : value);
}

function malformed(what: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', what);
}

function tooLarge(what: string): GeometryRefusal {
  return new GeometryRefusal('model.unpacks_too_large', what);
}
