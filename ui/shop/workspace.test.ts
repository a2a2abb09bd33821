import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Quote } from '#contracts/pricing';
import type { Cart } from '#contracts/shop';
import { change, draftOf, EMPTY, itemsOf, type Part, piecesOf, requestOf, type Workspace } from './workspace.ts';

function part(key: string, more: Partial<Part> = {}): Part {
  return {
    key,
    fileName: `${key}.stl`,
    bytes: 84,
    file: null,
    sending: { kind: 'sent', modelId: `model-${key}` },
    unitConfirmed: false,
    unit: 'mm',
    material: 'brass',
    finish: '',
    quantity: 1,
    impossibleQuantity: null,
    note: '',
    ...more,
  };
}

const table = (...parts: Part[]): Workspace => ({ ...EMPTY, parts, activeKey: parts[0]?.key ?? null });

test('the first of the new files opens, and removing the open one opens its neighbour', () => {
  const two = change(EMPTY, { type: 'added', parts: [part('a'), part('b')] });
  assert.equal(two.activeKey, 'a');
  assert.equal(change(two, { type: 'removed', key: 'a' }).activeKey, 'b');
  assert.equal(change(table(part('a')), { type: 'removed', key: 'a' }).activeKey, null);
});

test('only parts that are at the server are priced, and their order is kept', () => {
  const workspace = table(
    part('a'),
    part('b', { sending: { kind: 'sending', share: 0.5 } }),
    part('c', { quantity: 3 }),
  );
  const { keys, items } = itemsOf(workspace.parts);
  assert.deepEqual(keys, ['a', 'c']);
  const request = requestOf(items, workspace);
  assert.deepEqual(
    request?.items.map(({ modelId, quantity }) => [modelId, quantity]),
    [
      ['model-a', 1],
      ['model-c', 3],
    ],
  );
  assert.ok(request?.items.every((item) => !('fileName' in item) && !('finish' in item)));
  assert.equal(requestOf([], workspace), null);
});

test('only a whole number of pieces that can be ordered is one', () => {
  assert.deepEqual(['1', ' 25 ', '100000'].map(piecesOf), [1, 25, 100_000]);
  for (const typed of ['', '0', '-3', 'abc', '2.5', '2,5', '1e3', '100001', '999999']) {
    assert.equal(piecesOf(typed), null, typed);
  }
});

test('a quote that needs a review is not kept to be ordered', () => {
  const quote = (state: Quote['state']) => ({ id: 'q', state }) as Quote;
  assert.equal(draftOf([], EMPTY, quote('ready')).quoteId, 'q');
  assert.equal(draftOf([], EMPTY, quote('needs_review')).quoteId, null);
});

test('a draft comes back as it was left', () => {
  const workspace = { ...table(part('a', { finish: 'polished', note: 'soft' })), currency: 'EUR' as const };
  const { items } = itemsOf(workspace.parts);
  const cart = { ...draftOf(items, workspace, null), id: 'c', version: 2, orderId: null, updatedAt: '' } as Cart;
  const back = change(EMPTY, { type: 'recalled', cart });
  assert.deepEqual(itemsOf(back.parts).items, items);
  assert.equal(back.currency, 'EUR');
});
