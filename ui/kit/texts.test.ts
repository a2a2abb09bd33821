import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { PROBLEMS_RU } from './problems.ru.ts';
import { speaker } from './text.ts';

const ui = new URL('..', import.meta.url);
const folders = readdirSync(ui, { recursive: true, encoding: 'utf8' })
  .filter((name) => path.basename(name) === 'messages.en.ts')
  .map((name) => path.dirname(name));

type Token = string | [string, string?, unknown?];

/** Names of the values that a message takes, and the plural forms it has. */
function shapeOf(message: string): { values: string[]; forms: string[] } {
  const values = new Set<string>();
  const forms = new Set<string>();
  const walk = (tokens: Token[]): void => {
    for (const token of tokens) {
      if (typeof token === 'string') continue;
      const [name, kind, choices] = token;
      if (name !== '#') values.add(name);
      if (kind !== 'plural') continue;
      for (const [form, inner] of Object.entries(choices as Record<string, Token[]>)) {
        if (Array.isArray(inner)) walk(inner);
        if (form !== 'offset') forms.add(form);
      }
    }
  };
  walk(compileMessageOrThrow(message) as Token[]);
  return { values: [...values].sort(), forms: [...forms] };
}

for (const folder of folders) {
  test(`every text of ${folder} exists in both languages and takes the same values`, async () => {
    const { en } = (await import(new URL(`${folder}/messages.en.ts`, ui).href)) as { en: Record<string, string> };
    const { ru } = (await import(new URL(`${folder}/messages.ru.ts`, ui).href)) as { ru: Record<string, string> };
    assert.deepEqual(Object.keys(ru).sort(), Object.keys(en).sort());
    for (const [key, english] of Object.entries(en)) {
      const russian = shapeOf(ru[key] ?? '');
      assert.deepEqual(russian.values, shapeOf(english).values, key);
      assert.notEqual(ru[key]?.trim(), '', key);
      if (russian.forms.length > 0) {
        for (const form of ['one', 'few', 'many', 'other']) assert.ok(russian.forms.includes(form), `${key}: ${form}`);
      }
    }
  });
}

test('plurals follow the language', () => {
  const say = speaker({
    en: { parts: '{count, plural, one {# part} other {# parts}}' },
    ru: { parts: '{count, plural, one {# деталь} few {# детали} many {# деталей} other {# детали}}' },
  });
  assert.equal(say('en')('parts', { count: 1 }), '1 part');
  assert.equal(say('en')('parts', { count: 5 }), '5 parts');
  assert.deepEqual(
    [1, 3, 5, 21].map((count) => say('ru')('parts', { count })),
    ['1 деталь', '3 детали', '5 деталей', '21 деталь'],
  );
});

/** The codes of an error catalogue; none of anything else that a contract exports. */
function codesOf(exported: unknown): string[] {
  if (typeof exported !== 'object' || exported === null) return [];
  return Object.entries(exported).flatMap(([code, kind]) =>
    kind?.hint && kind.title && kind.code === code ? [code] : [],
  );
}

test('every refusal of the contracts is said in Russian', async () => {
  const contracts = new URL('../../contracts/', import.meta.url);
  const missing: string[] = [];
  for (const file of readdirSync(contracts).filter((name) => name.endsWith('.ts'))) {
    const exported = (await import(new URL(file, contracts).href)) as Record<string, unknown>;
    for (const value of Object.values(exported)) missing.push(...codesOf(value).filter((code) => !PROBLEMS_RU[code]));
  }
  assert.deepEqual(missing, []);
});
