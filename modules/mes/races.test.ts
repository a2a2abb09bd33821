import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { OperationPage, OperationRow } from '#contracts/mes';
import {
  exampleItem,
  exampleOrder,
  readyOperation,
  startFloor,
  type TestFloor,
  until,
  type Worker,
} from './test-floor.ts';

let floor: TestFloor;
before(async () => {
  floor = await startFloor({ claimMinutes: 0 });
});
after(() => floor.close());

const verb = fc.constantFrom(
  'claim',
  'claim',
  'start',
  'start',
  'pause',
  'release',
  'finish',
  'finish',
  'scrap',
  'split',
);
const scripts = fc.array(fc.array(fc.tuple(verb, fc.nat(3), fc.nat(2)), { minLength: 6, maxLength: 6 }), {
  minLength: 8,
  maxLength: 8,
});

type AtHand = Pick<OperationRow, 'id' | 'quantity' | 'good' | 'scrapped'>;

/** A person who does these things one after another, on whatever operation is at hand; refusals are part of it. */
async function live(worker: Worker, script: [string, number, number][], operations: () => Promise<readonly AtHand[]>) {
  for (const [name, which, scrapped] of script) {
    const rows = await operations();
    const row = rows[which % Math.max(rows.length, 1)];
    if (!row) continue;
    const left = row.quantity - row.good - row.scrapped;
    const lost = Math.min(scrapped, left);
    const bodies: Record<string, object> = {
      finish: { good: left - lost, scrapped: lost, reason: 'lost' },
      scrap: { quantity: 1, reason: 'lost' },
      split: { quantity: 1 },
    };
    const { status, body } = await worker.act(row.id, name, bodies[name] ?? {});
    assert.ok(status < 500, `${name}: ${JSON.stringify(body)}`);
  }
}

test('whatever people do at the same time, nothing is claimed, paid or counted twice', async () => {
  const runs = fc.sample(scripts, { numRuns: 25, seed: 20_261_122 });
  for (const script of runs) {
    const order = exampleOrder({ items: [exampleItem({ quantity: 4 }), exampleItem({ quantity: 2 }, 2)] });
    await floor.publish(order);
    const workers = await Promise.all(script.map((_, n) => floor.person(['operator', 'quality'], `Worker ${n}`)));
    await readyOperation(workers[0]!, order.id);
    // Anybody's operations: what is not theirs must be refused.
    const operations = () => floor.sql<AtHand[]>`
      select id, quantity, good, scrapped from operation
      where order_id = ${order.id} and state in ('ready', 'claimed', 'running', 'paused') order by id`;
    await Promise.all(workers.map((worker, n) => live(worker, script[n]!, operations)));
    await assertSound(order.id);
  }
});

/** The floor's invariants, over everything that this order has left behind. */
async function assertSound(orderId: string): Promise<void> {
  const { sql } = floor;
  const none = async (what: string, rows: Promise<readonly object[]>) => assert.deepEqual([...(await rows)], [], what);

  await none(
    'every operation’s log is contiguous',
    sql`select operation.id from operation join operation_log on operation_id = operation.id
      where order_id = ${orderId} group by operation.id
      having count(*) <> operation.version or max(operation_log.version) <> operation.version`,
  );
  await none(
    'between two claims lies a release or an expiry',
    sql`select id from (
        select operation.id, name, lag(name) over (partition by operation.id order by log.version) as before
        from operation join operation_log as log on operation_id = operation.id
        where order_id = ${orderId} and name in ('claim', 'release', 'expire')
      ) as claims where name = 'claim' and before = 'claim'`,
  );
  await none(
    'pay is the good pieces at the claimed rate, once',
    sql`select operation.id from operation
      left join lateral (
        select count(*) as entries, coalesce(sum(amount_minor), 0) as amount
        from pay_entry where operation_id = operation.id
      ) as paid on true
      where order_id = ${orderId}
        and (paid.entries > 1 or paid.amount <> case when state = 'done' then good * rate_minor else 0 end)`,
  );
  await none(
    'no time is counted twice',
    sql`select operation.id from operation join work_interval on operation_id = operation.id
      where order_id = ${orderId} and work_interval.ended_at is null
      group by operation.id, state having count(*) > 1 or state <> 'running'`,
  );
  await none(
    'pieces are neither made from nothing nor lost: open + made = ordered',
    sql`select item_id from floor_item
      join lateral (
        select coalesce(sum(pieces), 0) as pieces from (
          select case state when 'waiting' then 0 else quantity - good - scrapped end as pieces
          from operation where operation.item_id = floor_item.item_id
            and state in ('ready', 'claimed', 'running', 'paused')
        ) as at_hand
      ) as open on true
      where order_id = ${orderId} and open.pieces + made <> quantity`,
  );
}

test('a claim that is not started in time goes back to the queue', async () => {
  const worker = await floor.person('operator', 'Late');
  const order = exampleOrder();
  await floor.publish(order);
  const operation = await readyOperation(worker, order.id);
  await worker.act(operation.id, 'claim');
  // The floor of this test gives no time at all; its sweep is what takes the claim back.
  const back = await until(async () => {
    const { body } = await worker.get<OperationPage>('/queue?limit=200');
    return body.items.find(({ id }) => id === operation.id);
  });
  assert.equal(back.holder, null);
  const log = await floor.sql<{ name: string }[]>`
    select name from operation_log where operation_id = ${operation.id} order by version`;
  assert.deepEqual(
    log.map(({ name }) => name),
    ['original', 'claim', 'expire'],
  );
});
