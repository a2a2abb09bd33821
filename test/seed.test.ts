import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../app/demo/people.ts';
import { demoOrders } from '../app/demo/plan.ts';
import { seedDemo } from '../app/demo/seed.ts';
import { asGuest, Refused, signIn } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';

let house: Installation;
before(async () => {
  house = await installation();
});
after(() => house?.stop());

test('an installation where somebody was before gets no administrator with the demo’s password', async () => {
  await asGuest(house.origin);
  assert.equal(await seedDemo(house.config, house.products), null);
  await assert.rejects(
    signIn(house.origin, DEMO_PEOPLE.admin.email, DEMO_PASSWORD),
    (error: unknown) => error instanceof Refused && error.status === 401,
  );
});

test('a demo whose start was ended before its orders were all placed gets the rest of them at the next', async () => {
  const mark = path.join(house.dataDir, 'demo');
  const placed = demoOrders().length - 1;
  writeFileSync(mark, `The people of the demo are in this installation; of its orders ${placed} are placed.\n`);
  const seeding = await seedDemo(house.config, house.products);
  assert.equal(await seeding?.orders, 1);
  assert.match(readFileSync(mark, 'utf8'), /^The people and orders of the demo/);
  const again = await seedDemo(house.config, house.products);
  assert.equal(await again?.orders, null);
});
