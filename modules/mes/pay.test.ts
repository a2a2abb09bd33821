import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cancelledPay, creditFor, reversalOf } from './pay.ts';

const count = fc.integer({ min: 1, max: 500 });
const minor = fc.integer({ min: 0, max: 1_000_000 });

test('reversals of all pieces, however they are cut, take back exactly the credit', () => {
  fc.assert(
    fc.property(count, minor, fc.array(count, { maxLength: 20 }), (quantity, amountMinor, cuts) => {
      const credit = { quantity, amountMinor };
      let reversed = 0;
      let left = amountMinor;
      for (const pieces of [...cuts, quantity]) {
        const part = Math.min(pieces, quantity - reversed);
        if (part === 0) break;
        const takenBack = reversalOf(credit, reversed, part)!;
        assert.ok(takenBack <= 0 && Number.isSafeInteger(takenBack));
        left += takenBack;
        reversed += part;
        assert.ok(left >= 0, 'never more than was credited');
      }
      if (reversed === quantity) assert.equal(left, 0);
    }),
  );
});

test('no more pieces come back than were credited', () => {
  assert.equal(reversalOf({ quantity: 3, amountMinor: 300 }, 2, 2), null);
  assert.equal(reversalOf({ quantity: 3, amountMinor: 300 }, 0, 0), null);
  assert.equal(reversalOf({ quantity: 3, amountMinor: 300 }, 2, 1), -100);
});

test('work broken off earns by time: more time never less, never more than the whole', () => {
  fc.assert(
    fc.property(minor, count, count, fc.nat(100_000), fc.nat(100_000), (rateMinor, remaining, normSeconds, a, b) => {
      const [short, long] = a < b ? [a, b] : [b, a];
      const pay = (workedSeconds: number) => cancelledPay({ rateMinor, remaining, workedSeconds, normSeconds });
      assert.ok(pay(0) === 0);
      assert.ok(pay(short) <= pay(long));
      assert.ok(pay(long) <= creditFor(remaining, rateMinor));
      assert.ok(Number.isSafeInteger(pay(long)));
    }),
  );
});

test('half of the norm time of one piece earns half of its rate, rounded half up', () => {
  assert.equal(cancelledPay({ rateMinor: 1001, remaining: 4, workedSeconds: 30, normSeconds: 60 }), 501);
});
