import { renameSync, statSync } from 'node:fs';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, destination as fileDestination, type Logger, pino } from 'pino';
import { Type } from 'typebox';
import { HIDDEN, redactFields, redactText, SECRET_FIELDS } from './redact.ts';

/** Structured log: `log.info({ orderId, event: 'order.approved' }, 'Order approved')`. Errors go under `err`. */
export type Log = Logger;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export interface LogOptions {
  service: string;
  role: string;
  version: string;
  /** Least level written; `info` if left out, `silent` writes nothing. */
  level?: (typeof LEVELS)[number] | 'silent';
  /** Where lines go, one `write` per line; standard output if left out. */
  destination?: DestinationStream;
}

const LOG_FILE_LIMIT_BYTES = 50_000_000;

/** A file to log to, made with its folder. One that has grown to `limitBytes` is set aside as `<file>.1`, in place of an older one. */
export function logFile(file: string, limitBytes = LOG_FILE_LIMIT_BYTES): DestinationStream {
  const destination = fileDestination({ dest: file, mkdir: true, sync: true });
  let bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    write(line) {
      if (bytes >= limitBytes) {
        renameSync(file, `${file}.1`);
        destination.reopen();
        bytes = 0;
      }
      bytes += Buffer.byteLength(line);
      destination.write(line);
    },
  };
}

const ERROR = 50;

/** Lines wait so long for others; what a killed process said in its last moment is lost. */
const GATHER_MS = 10;
const GATHER_CHARACTERS = 65_536;

/**
 * Lines of ten milliseconds in one write, for a write costs several times the making of its line. Errors are written at once with
 * all before them; so is everything when the process ends by itself.
 */
export function writtenTogether(destination: DestinationStream): DestinationStream {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    const lines = waiting;
    waiting = '';
    if (lines !== '') destination.write(lines);
  };
  process.once('exit', flush);
  return {
    // Asks pino for the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string) {
      if (waiting === '') timer = setTimeout(flush, GATHER_MS).unref();
      waiting += line;
      if (this.lastLevel >= ERROR || waiting.length >= GATHER_CHARACTERS) flush();
    },
  } as DestinationStream & { lastLevel: number };
}

/** What every line of every process looks like. A room may add fields; it may not leave these out. */
export const logLineSchema = Type.Object({
  time: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
  level: Type.Enum([...LEVELS]),
  service: Type.String({ minLength: 1 }),
  role: Type.String({ minLength: 1 }),
  version: Type.String({ minLength: 1 }),
  msg: Type.String({ minLength: 1 }),
  orderId: Type.Optional(Type.String()),
  quoteId: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
  actorId: Type.Optional(Type.String()),
  event: Type.Optional(Type.String()),
  traceId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
  spanId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
  err: Type.Optional(
    Type.Object({
      type: Type.String(),
      message: Type.String(),
      stack: Type.String(),
      code: Type.Optional(Type.String()),
    }),
  ),
});

/** The process's log: one JSON line per record, with the active span's ids, without secrets and personal data. */
export function createLog({ service, role, version, level = 'info', destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service, role, version },
      timestamp,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // Children's own fields pass no formatter, only this.
      redact: { paths: [...SECRET_FIELDS], censor: HIDDEN },
      serializers: { err: describeError },
      mixin: activeSpanIds,
      hooks: { streamWrite: redactText },
    },
    destination ?? writtenTogether(fileDestination({ fd: 1, sync: true })),
  );
}

let stamped = { at: 0, text: '' };

function timestamp(): string {
  const at = Date.now();
  if (at !== stamped.at) stamped = { at, text: `,"time":"${new Date(at).toISOString()}"` };
  return stamped.text;
}

function activeSpanIds(): object {
  const active = trace.getActiveSpan()?.spanContext();
  if (!active || !isSpanContextValid(active)) return {};
  return { traceId: active.traceId, spanId: active.spanId };
}

interface ErrorFields {
  type: string;
  message: string;
  stack: string;
  code?: string;
}

function describeError(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: error.message,
    stack: stackWithCauses(error),
    ...(code == null ? {} : { code: String(code) }),
  };
}

function stackWithCauses(error: Error): string {
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < 5; at = at.cause) {
    stacks.push(at.stack ?? `${at.name}: ${at.message}`);
  }
  return stacks.join('\ncaused by: ');
}
