import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../app/demo/people.ts';
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
  assert.equal(await seedDemo(house.config, house.products), false);
  await assert.rejects(
    signIn(house.origin, DEMO_PEOPLE.admin.email, DEMO_PASSWORD),
    (error: unknown) => error instanceof Refused && error.status === 401,
  );
});
