import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterStep, planJob } from './job.ts';
import { type Fact, type Production, reworkedPieces, tell } from './production.ts';
import { OPERATION_NAMES, placeOf, ROUTES, routeOf, workCentresOf } from './routes.ts';

const actor = { id: 'a', name: 'Anna' };
const fresh: Production = { orderId: 'o', itemId: 'i', version: 0, startedAt: null, made: 0, scrapped: 0 };

test('every fact raises the version by one and carries the whole state', () => {
  const facts = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('production.made' as const), pieces: fc.nat(9) }),
      fc.record({
        type: fc.constant('production.scrapped' as const),
        pieces: fc.nat(9),
        reason: fc.string({ minLength: 1 }),
      }),
    ),
  );
  fc.assert(
    fc.property(facts, (later) => {
      let production = fresh;
      const all: Fact[] = [{ type: 'production.started', at: '2026-01-31T08:00:00.000000Z' }, ...later];
      for (const [index, fact] of all.entries()) {
        const told = tell(production, fact, actor, false);
        production = told.production;
        assert.equal(told.event.data.version, index + 1);
        assert.equal(told.event.data.startedAt, '2026-01-31T08:00:00.000000Z');
      }
      const sum = (type: Fact['type']) =>
        later.filter((fact) => fact.type === type).reduce((total, { pieces }) => total + pieces, 0);
      assert.equal(production.made, sum('production.made'));
      assert.equal(production.scrapped, sum('production.scrapped'));
    }),
  );
});

test('rework is read from the difference of the counts, once, and never from an order that lags behind', () => {
  assert.equal(reworkedPieces({ version: 3, made: 5 }, { productionVersion: 3, made: 3 }), 2);
  assert.equal(reworkedPieces({ version: 3, made: 3 }, { productionVersion: 3, made: 3 }), 0);
  assert.equal(reworkedPieces({ version: 4, made: 5 }, { productionVersion: 3, made: 3 }), 0);
});

test('a job begins with one ready step; good pieces go on, none left ends it', () => {
  const steps = routeOf('lost-wax-casting').steps;
  const plan = planJob(steps, 4, 5);
  assert.deepEqual(
    plan.map(({ step, code, state }) => [step, code, state]),
    [
      [5, 'finish', 'ready'],
      [6, 'polish', 'waiting'],
      [7, 'inspect', 'waiting'],
    ],
  );
  assert.deepEqual(afterStep(3, [6, 7]), { kind: 'next', step: 6, quantity: 3 });
  assert.deepEqual(afterStep(3, []), { kind: 'job_done', made: 3 });
  assert.deepEqual(afterStep(0, [6, 7]), { kind: 'nothing_left' });
});

test('every route ends with an inspection, at known places, with named operations', () => {
  for (const { process, steps, reworkFrom } of [...ROUTES, routeOf('unheard of')]) {
    assert.equal(steps.at(-1)!.code, 'inspect', process);
    assert.ok(
      steps.some(({ code }) => code === reworkFrom),
      process,
    );
    for (const { code, workCentre } of steps) {
      assert.ok(placeOf(workCentre), workCentre);
      assert.ok(OPERATION_NAMES[code], code);
    }
  }
});

test('work centres follow the roles and the foreman’s assignment', () => {
  assert.deepEqual(workCentresOf(['quality'], null), ['inspection']);
  assert.ok(!workCentresOf(['operator'], null).includes('inspection'));
  assert.deepEqual(workCentresOf(['operator'], ['bench', 'inspection']), ['bench']);
  assert.deepEqual(workCentresOf(['packer'], null), []);
});
