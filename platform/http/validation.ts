import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { Value } from 'typebox/value';
import { COMMON_ERRORS } from '#contracts/errors';
import { Fault } from './fault.ts';

const PARTS: Record<string, string> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the headers',
};

/** At most this many wrong fields are told at once. */
const MOST_ERRORS = 10;

/**
 * Checks a part of a request exactly as its schema says. Text of the query, the path and the headers may stand for a
 * number or a truth value; a body's values are what they are.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  return (value: unknown) => {
    // Converting walks the whole schema; what is right as it came needs none.
    const converted = httpPart === 'body' || check.Check(value) ? value : Value.Convert(schema, value);
    if (!check.Check(converted)) return { error: invalid(fieldErrors(check.Errors(converted)), httpPart ?? 'body') };
    const field = unstorableText(converted);
    if (field === null) return { value: converted };
    return { error: invalid([{ field, message: 'holds a character that is no text' }], httpPart ?? 'body') };
  };
};

export interface FieldError {
  /** JSON pointer inside the part; empty for the part itself. */
  field: string;
  message: string;
}

function invalid(fields: FieldError[], part: string): Fault {
  const first = fields[0] ?? { field: '', message: 'is not valid' };
  const where = PARTS[part] ?? part;
  const name = first.field.slice(1).replaceAll('/', '.');
  const detail = name === '' ? `${capital(where)} ${first.message}` : `${name} in ${where} ${first.message}`;
  return new Fault(COMMON_ERRORS['request.invalid'], { detail, members: { in: part, errors: fields } });
}

/** Where a text has U+0000 or half a surrogate pair, which PostgreSQL stores in no text and no JSON; null: nowhere. */
function unstorableText(value: unknown, at = ''): string | null {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? at : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inside] of Object.entries(value)) {
    const found = unstorableText(inside, `${at}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** TypeBox's errors with the offending field named, each field once, alternatives of a union last. */
export function fieldErrors(errors: TLocalizedValidationError[]): FieldError[] {
  const byField = new Map<string, string>();
  for (const error of errors) {
    for (const { field, message } of expand(error)) if (!byField.has(field)) byField.set(field, message);
  }
  return [...byField].slice(0, MOST_ERRORS).map(([field, message]) => ({ field, message }));
}

function expand(error: TLocalizedValidationError): FieldError[] {
  const at = error.instancePath;
  switch (error.keyword) {
    case 'boolean':
      return [{ field: at, message: 'is not known here' }];
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        field: `${at}/${name}`,
        message: 'is not known here',
      }));
    case 'required':
      return error.params.requiredProperties.map((name) => ({ field: `${at}/${name}`, message: 'is missing' }));
    case 'enum':
      return [{ field: at, message: `must be one of ${error.params.allowedValues.join(', ')}` }];
    default:
      return [{ field: at, message: error.message }];
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

type Json = Record<string, unknown>;

/** Names an object schema that would let unknown fields pass; null when every object in it is closed. */
export function openObject(schema: unknown, at = ''): string | null {
  if (Array.isArray(schema)) return firstOf(schema.map((entry, index) => () => openObject(entry, `${at}/${index}`)));
  if (typeof schema !== 'object' || schema === null) return null;
  const node = schema as Json;
  if (node['type'] === 'object' && 'properties' in node && !('additionalProperties' in node)) return at || '/';
  return firstOf(
    Object.entries(node).map(
      ([key, value]) =>
        () =>
          openObject(value, `${at}/${key}`),
    ),
  );
}

function firstOf(searches: (() => string | null)[]): string | null {
  for (const search of searches) {
    const found = search();
    if (found !== null) return found;
  }
  return null;
}
