import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CURRENCIES, type Currency, UNITS, type Unit } from '#contracts/basics';
import { LEAD_TIERS, type LeadTier } from '#contracts/orders';

export const USAGE = `npm run quote -- FILE|FOLDER… [options]
npm run quote -- --list-materials

Geometry and price of 3D models by the sample price list, without a server.
Reads STL, OBJ, PLY, 3MF, glTF, GLB, STEP and 3DM. A folder stands for the models in it and in the
folders within it.

  --material ID           what it is made of; --list-materials names them. Left out: nylon, with a warning
  --unit mm|cm|m|in|ft    of the numbers in the file. Left out: what the file says; STL, OBJ and
                          PLY say nothing and are taken as millimetres, with a warning, unless
                          their size looks like another unit: then nothing is priced
  --quantity N            1 to 100000; default 1
  --finish ID             default: the material's first
  --lead economy|standard|express    default standard
  --currency EUR|USD|RUB  default EUR
  --picture FILE.png      draws the model, thin walls coloured; for one file
  --json                  one line of JSON for each file

Exit: 0 priced, 2 a person has to look first, 3 refused; of several files the highest.`;

export interface QuoteRequest {
  files: string[];
  unit: Unit | undefined;
  material: string | undefined;
  finish: string | undefined;
  quantity: number;
  leadTier: LeadTier;
  currency: Currency;
  picture: string | undefined;
  json: boolean;
}

export type Command =
  | { kind: 'help' }
  | { kind: 'materials'; currency: Currency; json: boolean }
  | { kind: 'quote'; request: QuoteRequest };

/** The command line makes no sense. */
export class UsageError extends Error {
  readonly code = 'request.invalid';
  readonly hint = 'npm run quote -- --help shows what can be asked for.';
}

const EXTENSIONS: ReadonlySet<string> = new Set(
  ['stl', 'obj', 'ply', '3mf', 'gltf', 'glb', 'step', 'stp', '3dm'].map((name) => `.${name}`),
);
const MOST_PIECES = 100_000;

/** @throws UsageError */
export function readCommand(args: string[]): Command {
  const { values, positionals } = parsed(args);
  if (values.help) return { kind: 'help' };
  const currency = oneOf('--currency', values.currency, CURRENCIES);
  if (values['list-materials']) return { kind: 'materials', currency, json: values.json };
  if (positionals.length === 0) throw new UsageError('No file is named');
  const files = positionals.flatMap(modelsOf);
  if (values.picture !== undefined && files.length > 1) throw new UsageError('--picture draws one file, not several');
  return {
    kind: 'quote',
    request: {
      files,
      unit: values.unit === undefined ? undefined : oneOf('--unit', values.unit, UNITS),
      material: values.material,
      finish: values.finish,
      quantity: pieces(values.quantity),
      leadTier: oneOf('--lead', values.lead, LEAD_TIERS),
      currency,
      picture: values.picture,
      json: values.json,
    },
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        unit: { type: 'string' },
        material: { type: 'string' },
        finish: { type: 'string' },
        quantity: { type: 'string', default: '1' },
        lead: { type: 'string', default: 'standard' },
        currency: { type: 'string', default: 'EUR' },
        picture: { type: 'string' },
        json: { type: 'boolean', default: false },
        'list-materials': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

function oneOf<T extends string>(option: string, value: string, possible: readonly T[]): T {
  const found = possible.find((each) => each === value);
  if (!found) throw new UsageError(`${option} is one of ${possible.join(', ')}`);
  return found;
}

function pieces(value: string): number {
  const quantity = Number(value);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > MOST_PIECES) {
    throw new UsageError(`--quantity is a whole number from 1 to ${MOST_PIECES}`);
  }
  return quantity;
}

/** A file stands for itself, a folder for the models anywhere in it, by their extensions. */
function modelsOf(named: string): string[] {
  // A missing one is refused in its turn: the others are quoted all the same.
  if (!statSync(named, { throwIfNoEntry: false })?.isDirectory()) return [named];
  const entries: Dirent[] = readdirSync(named, { withFileTypes: true, recursive: true });
  const models = entries
    .filter((entry) => !entry.isDirectory() && EXTENSIONS.has(path.extname(entry.name).toLowerCase()))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  if (models.length === 0) throw new UsageError(`There is no model in the folder ${named}`);
  return models;
}
