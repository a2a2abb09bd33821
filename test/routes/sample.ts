import { newId } from '#platform/clock';

/** The parts of JSON Schema that the contracts use. */
interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | Schema[];
  minItems?: number;
  minimum?: number;
  minLength?: number;
  format?: string;
  pattern?: string;
}

const FORMATS: Record<string, () => string> = {
  uuid: () => newId(),
  email: () => 'somebody@demo.example',
  'date-time': () => new Date().toISOString(),
  uri: () => 'https://example.com/',
};

/** Strings that satisfy the patterns of the contracts; a new pattern needs its example here. */
const PATTERNED = ['DE', 'a'.repeat(64), 'read', 'https://example.com/hook', '2026-11', 'sample'];

/** The smallest valid value of a schema: required fields only. Throws for a construct it does not know. */
export function sampleOf(given: unknown): unknown {
  const schema = given as Schema;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sampleOf(schema.anyOf[0]);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, sampleOf(schema.properties![name])]));
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items));
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 0);
    case 'boolean':
      return false;
    case 'null':
      return null;
    case 'string':
      return sampleText(schema);
    default:
      throw new Error(`No sample for ${JSON.stringify(schema)}`);
  }
}

function sampleText({ format, pattern, minLength = 0 }: Schema): string {
  if (format) return FORMATS[format]!();
  if (!pattern) return 'x'.repeat(minLength);
  const fitting = PATTERNED.find((text) => new RegExp(pattern).test(text) && text.length >= minLength);
  if (!fitting) throw new Error(`No sample for the pattern ${pattern}: add one to PATTERNED`);
  return fitting;
}
