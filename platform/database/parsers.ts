import type postgres from 'postgres';
import { arrayTypes } from './arrays.ts';

/** How values travel, where postgres.js's own way would lose something. Keys are names, numbers are oids. */
export const PARSERS = {
  bigint: { to: 20, from: [20], serialize: String, parse: safeInteger },
  date: { to: 1184, from: [1184], serialize: timeText, parse: isoMicroseconds },
  plainTime: { to: 1114, from: [1082, 1114], serialize: timeText, parse: (text: string) => text },
  ...arrayTypes({
    bool: { array: 1000, parse: (text) => text === 't', serialize: (value) => (value === true ? 't' : 'f') },
    bytea: { array: 1001, parse: (text) => Buffer.from(text.slice(2), 'hex'), serialize: bytesText },
    name: { array: 1003 },
    int2: { array: 1005, parse: Number },
    int4: { array: 1007, parse: Number },
    text: { array: 1009 },
    varchar: { array: 1015 },
    int8: { array: 1016, parse: safeInteger },
    float4: { array: 1021, parse: Number },
    float8: { array: 1022, parse: Number },
    oid: { array: 1028, parse: Number },
    timestamp: { array: 1115, serialize: timeText },
    date: { array: 1182, serialize: timeText },
    timestamptz: { array: 1185, parse: isoMicroseconds, serialize: timeText },
    interval: { array: 1187 },
    numeric: { array: 1231 },
    uuid: { array: 2951 },
    json: { array: 199, parse: JSON.parse, serialize: JSON.stringify },
    jsonb: { array: 3807, parse: JSON.parse, serialize: JSON.stringify },
    xid8: { array: 271 },
  }),
} as unknown as Record<string, postgres.PostgresType>;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number; select it as text`);
  return value;
}

function timeText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function bytesText(value: unknown): string {
  return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
}

const JSON_TIME = '2026-01-31T08:00:00.120000+00:00'.length;

/** A timestamptz as json has it: `2026-01-31T08:00:00.12+00:00` → `2026-01-31T08:00:00.120000Z`, as everywhere else. */
export function jsonTime(text: string): string {
  if (!text.endsWith('+00:00')) return text;
  const moment = text.slice(0, -'+00:00'.length);
  if (text.length === JSON_TIME) return `${moment}Z`;
  return `${(moment.includes('.') ? moment : `${moment}.`).padEnd(JSON_TIME - '+00:00'.length, '0')}Z`;
}

/** `2026-01-31 08:00:00.12+00` → `2026-01-31T08:00:00.120000Z`; infinity stays as it is. */
function isoMicroseconds(text: string): string {
  const parts = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text);
  if (!parts) return text;
  return `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}Z`;
}
