import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OperationRow } from '#contracts/mes';
import {
  clearAway,
  EMPTY,
  type LiveQueue,
  merge,
  neighbour,
  nextFree,
  setFate,
  settledIds,
  showAll,
} from './live-queue.ts';

const row = (id: string, version = 1) => ({ id, version }) as OperationRow;
const rows = (...ids: string[]) => ids.map((id) => row(id));
const shownIds = (queue: LiveQueue) => queue.shown.map((shown) => shown.row.id);
const ids = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { minLength: 1 });

test('what is on screen never moves, whatever the server answers', () => {
  fc.assert(
    fc.property(ids, fc.array(ids), (first, later) => {
      let queue = merge(EMPTY, rows(...first));
      for (const answer of later) {
        const before = shownIds(queue);
        queue = merge(queue, rows(...answer));
        assert.deepEqual(shownIds(queue).slice(0, before.length), before);
        const known = new Set([...shownIds(queue), ...queue.fresh.map(({ id }) => id)]);
        assert.ok(
          answer.every((id) => known.has(id)),
          'nothing that came is lost',
        );
        assert.equal(new Set(shownIds(queue)).size, queue.shown.length, 'no row twice');
      }
    }),
  );
});

test('rows are patched in place, marked when they leave and free again when they come back', () => {
  let queue = merge(EMPTY, rows('a', 'b'));
  queue = merge(queue, [row('b', 2)]);
  assert.deepEqual(
    queue.shown.map(({ row: { id, version }, fate }) => [id, version, fate.kind]),
    [
      ['a', 1, 'gone'],
      ['b', 2, 'free'],
    ],
  );
  queue = merge(queue, rows('a', 'b'));
  assert.equal(queue.shown[0]!.fate.kind, 'free');
});

test('a row that is being claimed waits for its answer, also when the list no longer has it', () => {
  const queue = merge(setFate(showAll(rows('a', 'b')), 'a', { kind: 'claiming' }), rows('b'));
  assert.equal(queue.shown[0]!.fate.kind, 'claiming');
  assert.deepEqual(shownIds(clearAway(queue, new Set(['a', 'b']))), ['a', 'b']);
});

test('only settled rows that were seen leave the list', () => {
  const left = merge(showAll(rows('a', 'b', 'c')), rows('c'));
  assert.deepEqual([...settledIds(left)], ['a', 'b']);
  assert.deepEqual(shownIds(clearAway(left, new Set(['a', 'c']))), ['b', 'c']);
});

test('new rows above wait to be shown, new rows below are appended', () => {
  const queue = merge(showAll(rows('b', 'd')), rows('a', 'b', 'c', 'd', 'e'));
  assert.deepEqual(shownIds(queue), ['b', 'd', 'e']);
  assert.deepEqual(
    queue.fresh.map(({ id }) => id),
    ['a', 'c'],
  );
});

test('focus goes to the next free row, else to the one before', () => {
  let queue = setFate(showAll(rows('a', 'b', 'c')), 'b', { kind: 'gone' });
  assert.equal(nextFree(queue, 'a'), 'c');
  assert.equal(nextFree(queue, 'c'), 'a');
  queue = setFate(queue, 'c', { kind: 'taken', by: 'Anna', at: '' });
  assert.equal(nextFree(queue, 'a'), null);
  assert.equal(neighbour(queue, 'a', -1), 'a');
  assert.equal(neighbour(queue, null, 1), 'a');
});
