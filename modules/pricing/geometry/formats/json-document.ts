import { GeometryRefusal } from '../refusal.ts';

/** With the text, the parsed strings and what their base64 stands for, five times as much memory. */
export const MOST_BYTES = 48 * 1024 * 1024;
/** Brackets and commas: what costs memory once parsed. */
const MOST_VALUES = 1_000_000;
const DEEPEST = 64;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

export type JsonObject = { readonly [key: string]: unknown };

/**
 * Parses a JSON object after its size in memory was found to be bearable.
 * @throws GeometryRefusal
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  if (bytes.length > MOST_BYTES) {
    throw new GeometryRefusal('model.format_unsupported', `${bytes.length} bytes of JSON; save it as GLB`);
  }
  refuseBombs(bytes);
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    );
  } catch {
    throw new GeometryRefusal('model.malformed', 'its JSON cannot be read');
  }
  return object(value, 'its JSON');
}

function refuseBombs(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = stringEnd(bytes, at + 1);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > DEEPEST) throw new GeometryRefusal('model.nested_too_deep', 'its JSON');
      values++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
    else if (byte === COMMA || byte === COLON) values++;
    if (values > MOST_VALUES)
      throw new GeometryRefusal('model.unpacks_too_large', `more than ${MOST_VALUES} values of JSON`);
  }
}

/** Strings may be megabytes of base64: let the runtime search them. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; ) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return bytes.length;
    let slashes = 0;
    while (quote - slashes > from && bytes[quote - slashes - 1] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}

/** @throws GeometryRefusal when it is no object */
export function object(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new GeometryRefusal('model.malformed', `${what} is no object`);
}

/** The objects in a list; none when it is left out. */
export function objects(value: unknown, what: string): readonly JsonObject[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new GeometryRefusal('model.malformed', `${what} is no list`);
  return value.map((item) => object(item, what));
}

/** A whole number from 0 on; `fallback` when it is left out. */
export function whole(value: unknown, what: string, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GeometryRefusal('model.malformed', `${what} is no whole number`);
}

/** Whole numbers; none when it is left out. */
export function wholes(value: unknown, what: string): readonly number[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new GeometryRefusal('model.malformed', `${what} is no list`);
  return value.map((item) => whole(item, what));
}

/** As many finite numbers as wanted; null when it is left out. */
export function numbers(value: unknown, count: number, what: string): readonly number[] | null {
  if (value === undefined) return null;
  if (Array.isArray(value) && value.length === count && value.every((item) => Number.isFinite(item))) return value;
  throw new GeometryRefusal('model.malformed', `${what} is not ${count} numbers`);
}
