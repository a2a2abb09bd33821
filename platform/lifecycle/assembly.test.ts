import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble, CircularNeeds, PartFailed, type Row, startOrder, type Table } from './index.ts';

interface Products {
  a: string;
  b: string;
  c: string;
}

function table(events: string[], needs: Record<keyof Products, (keyof Products)[]>, failing?: keyof Products) {
  const row = <Name extends keyof Products>(name: Name): Row<Products, Name> => ({
    needs: needs[name],
    make: () => name as string as Products[Name],
    part: () => ({
      name,
      async start() {
        if (name === failing) throw new Error('no room');
        events.push(`start ${name}`);
      },
      async stop() {
        events.push(`stop ${name}`);
      },
    }),
  });
  return { a: row('a'), b: row('b'), c: row('c') } satisfies Table<Products>;
}

test('parts start after what they need and stop in reverse', async () => {
  const events: string[] = [];
  const assembly = assemble<Products>(table(events, { a: ['b', 'c'], b: ['c'], c: [] }), ['a']);
  await assembly.start();
  await assembly.stop();
  await assembly.stop();
  assert.deepEqual(events, ['start c', 'start b', 'start a', 'stop a', 'stop b', 'stop c']);
});

test('only what the targets need is started', () => {
  assert.deepEqual(startOrder<Products>(table([], { a: ['b'], b: [], c: [] }), ['b']), ['b']);
});

test('a circle is refused and named', () => {
  assert.throws(
    () => assemble<Products>(table([], { a: ['b'], b: ['c'], c: ['a'] }), ['a']),
    (error: unknown) => error instanceof CircularNeeds && error.message.includes('a → b → c → a'),
  );
});

test('a part that fails is named, and what was started is stopped', async () => {
  const events: string[] = [];
  const assembly = assemble<Products>(table(events, { a: ['b'], b: ['c'], c: [] }, 'b'), ['a']);
  await assert.rejects(assembly.start(), (error: unknown) => {
    return error instanceof PartFailed && error.part === 'b' && /failed to start: no room/.test(error.message);
  });
  assert.deepEqual(events, ['start c', 'stop b', 'stop c']);
});

test('a part that uses what it did not declare is refused', async () => {
  const rows = table([], { a: ['b'], b: [], c: [] });
  const assembly = assemble<Products>({ ...rows, b: { needs: [], make: (products) => products.c } }, ['a']);
  await assert.rejects(assembly.start(), /Part "b" uses "c" without naming it/);
});
