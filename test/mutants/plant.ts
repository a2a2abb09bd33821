import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Edit, MUTANTS, type Mutant } from './mutants.ts';
import { PROCESS_MUTANTS } from './process-mutants.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The product has moved on from under a mutant: it has to be written anew, or it would prove nothing. */
export class MutantDoesNotApply extends Error {
  override name = 'MutantDoesNotApply';
}

export const ALL_MUTANTS: readonly Mutant[] = [...MUTANTS, ...PROCESS_MUTANTS];

export function findMutant(name: string): Mutant {
  const found = ALL_MUTANTS.find((mutant) => mutant.name === name);
  if (found) return found;
  throw new Error(`There is no mutant "${name}"; there are: ${ALL_MUTANTS.map((mutant) => mutant.name).join(', ')}`);
}

/**
 * From now on the files of this mutant are loaded with its bug in them, in this thread; nothing of it is in the product.
 * Before the first import of what it changes. Throws MutantDoesNotApply where a place is not there exactly once.
 */
export function plant({ name, edits }: Pick<Mutant, 'name' | 'edits'>): void {
  const edited = new Map<string, Edit[]>();
  for (const edit of edits) {
    const url = pathToFileURL(path.join(ROOT, edit.file)).href;
    edited.set(url, [...(edited.get(url) ?? []), edit]);
  }
  for (const [url, ofFile] of edited) withBug(name, readFileSync(new URL(url), 'utf8'), ofFile);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const ofFile = edited.get(url);
      if (!ofFile) return loaded;
      const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source!);
      return { ...loaded, source: withBug(name, text, ofFile) };
    },
  });
}

/** The text with every edit made. */
export function withBug(name: string, text: string, edits: readonly Edit[]): string {
  return edits.reduce((source, { file, find, replace }) => {
    const times = source.split(find).length - 1;
    if (times !== 1) {
      throw new MutantDoesNotApply(
        `Mutant ${name} wants its place in ${file} exactly once and finds it ${times} times`,
      );
    }
    return source.replace(find, () => replace);
  }, text);
}
