import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Action,
  apply,
  type Claim,
  claimRefusal,
  IN_WORK,
  isRefusal,
  mayAct,
  type Operation,
  remaining,
} from './operation.ts';

const claim: Claim = {
  holder: { id: 'a', name: 'Anna' },
  at: '2026-01-31T08:00:00.000000Z',
  rate: { minor: 1500, currency: 'RUB' },
};
const waiting: Operation = { state: 'waiting', quantity: 5, good: 0, scrapped: 0, held: false, claim: null };
const ready: Operation = { ...waiting, state: 'ready' };

const pieces = fc.integer({ min: -1, max: 7 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>(
    { name: 'claim', claim },
    { name: 'release' },
    { name: 'start' },
    { name: 'start' },
    { name: 'pause' },
    { name: 'expire' },
    { name: 'ready' },
    { name: 'stop' },
    { name: 'reassign', holder: { id: 'b', name: 'Boris' } },
  ),
  fc.record({ name: fc.constant('finish' as const), good: pieces, scrapped: pieces }),
  fc.record({ name: fc.constantFrom('scrap' as const, 'split' as const, 'send_back' as const), quantity: pieces }),
);

/** What must hold of every operation that the rules can reach. */
function assertSound(operation: Operation): void {
  assert.ok(operation.good >= 0 && operation.scrapped >= 0 && remaining(operation) >= 0, 'pieces are never overdrawn');
  if (operation.state === 'waiting' || operation.state === 'ready') assert.equal(operation.claim, null);
  if (IN_WORK.includes(operation.state) || operation.state === 'done') assert.notEqual(operation.claim, null);
  if (operation.state === 'done') assert.equal(remaining(operation), 0, 'nothing is left of what is done');
  if (operation.state !== 'done') assert.equal(operation.good, 0, 'good pieces appear at the end only');
}

test('whatever is done to an operation, its pieces and its holder stay sound', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), fc.boolean(), (actions, held) => {
      let operation: Operation = { ...waiting, held };
      for (const next of actions) {
        const frozen = Object.freeze({ ...operation });
        const decision = apply(frozen, next);
        if (isRefusal(decision)) continue;
        if (next.name === 'claim') assert.ok(frozen.state === 'ready' && !held, 'only ready and not held is claimed');
        operation = decision;
        assertSound(operation);
      }
    }),
  );
});

test('nothing follows done or stopped', () => {
  fc.assert(
    fc.property(action, fc.constantFrom('done' as const, 'stopped' as const), (next, state) => {
      const over: Operation = { ...ready, state, good: 5, claim };
      assert.ok(isRefusal(apply(over, next)));
    }),
  );
});

test('a claim says why it is refused', () => {
  assert.equal(claimRefusal(ready), null);
  assert.equal(claimRefusal(waiting), 'operation.not_ready');
  assert.equal(claimRefusal({ ...ready, held: true }), 'operation.held');
  assert.equal(claimRefusal({ ...ready, state: 'running', claim }), 'operation.taken');
  assert.equal(claimRefusal({ ...ready, state: 'done', claim }), 'operation.taken');
  assert.equal(claimRefusal({ ...ready, state: 'stopped' }), 'operation.stopped');
});

test('a hold keeps a claimed operation from starting and lets a paused one resume', () => {
  const held = { ...ready, held: true, claim };
  assert.deepEqual(apply({ ...held, state: 'claimed' }, { name: 'start' }), { refused: 'operation.held' });
  assert.equal((apply({ ...held, state: 'paused' }, { name: 'start' }) as Operation).state, 'running');
});

test('finishing accounts for every piece that was not scrapped before', () => {
  const running: Operation = { ...ready, state: 'running', scrapped: 1, claim };
  assert.deepEqual(apply(running, { name: 'finish', good: 3, scrapped: 0 }), { refused: 'operation.quantity' });
  const done = apply(running, { name: 'finish', good: 3, scrapped: 1 }) as Operation;
  assert.deepEqual([done.state, done.good, done.scrapped], ['done', 3, 2]);
});

test('a split leaves at least one piece; sending all pieces back ends the operation', () => {
  const running: Operation = { ...ready, state: 'running', claim };
  assert.deepEqual(apply(running, { name: 'split', quantity: 5 }), { refused: 'operation.quantity' });
  assert.equal((apply(running, { name: 'split', quantity: 4 }) as Operation).quantity, 1);
  assert.equal((apply(running, { name: 'send_back', quantity: 5 }) as Operation).state, 'done');
});

test('only the holder acts, or a foreman where foremen may', () => {
  const claimed: Operation = { ...ready, state: 'claimed', claim };
  assert.equal(mayAct(claimed, 'a', false), null);
  assert.deepEqual(mayAct(claimed, 'b', false), { refused: 'operation.not_yours' });
  assert.equal(mayAct(claimed, 'b', true), null);
  assert.deepEqual(mayAct({ ...claimed, state: 'stopped' }, 'a', false), { refused: 'operation.stopped' });
});
