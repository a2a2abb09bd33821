import type postgres from 'postgres';

type Parse = (text: string) => unknown;
type Serialize = (value: unknown) => string;

export interface ElementType {
  /** Oid of the array type. */
  array: number;
  /** Default: the text as it is. */
  parse?: Parse;
  /** Default: `String`. */
  serialize?: Serialize;
}

/**
 * Array types for postgres.js, which would else ask every new connection for them: a question whose failure, when the
 * connection ends at that moment, nobody could catch.
 */
export function arrayTypes(elements: Record<string, ElementType>): Record<string, postgres.PostgresType> {
  const types = Object.entries(elements).map(([name, { array, parse = asText, serialize = String }]) => [
    `${name}[]`,
    {
      to: array,
      from: [array],
      parse: (text: string) => parseArray(text, parse),
      serialize: (value: unknown) => serializeArray(value, serialize),
    },
  ]);
  return Object.fromEntries(types);
}

const asText: Parse = (text) => text;

/** One token of an array literal: a brace, a quoted element, or a plain one (NULL among them). */
const TOKENS = /[{}]|"((?:[^"\\]|\\.)*)"|[^{},"]+/gs;

/** Reads `{1,NULL,"a \"b\""}`, also nested. */
export function parseArray(text: string, parse: Parse): unknown[] {
  const root: unknown[] = [];
  const open: unknown[][] = [root];
  for (const [token, quoted] of text.matchAll(TOKENS)) {
    const list = open.at(-1)!;
    if (token === '{') {
      const inner: unknown[] = [];
      list.push(inner);
      open.push(inner);
    } else if (token === '}') open.pop();
    else if (quoted !== undefined) list.push(parse(quoted.replace(/\\(.)/gs, '$1')));
    else list.push(token === 'NULL' ? null : parse(token));
  }
  return root[0] as unknown[];
}

/** Text stays as it is: it is taken for a literal already. */
export function serializeArray(value: unknown, serialize: Serialize): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) throw new TypeError('An array parameter needs an array');
  return `{${value.map((element) => serializeElement(element, serialize)).join(',')}}`;
}

function serializeElement(element: unknown, serialize: Serialize): string {
  if (element === undefined) throw new TypeError('An array parameter holds undefined');
  if (element === null) return 'null';
  if (Array.isArray(element)) return serializeArray(element, serialize);
  return `"${serialize(element).replaceAll(/["\\]/g, '\\$&')}"`;
}
