import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Problems } from '#contracts/crm';
import type { ReadModelState } from '#contracts/read-models';
import { eventually, signIn, type Visitor } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';
import { insertNew } from './read-models/house.ts';

const I = '/api/internal/v1';
const PASSWORD = 'a long password for tests';

let whole: Installation;
let seller: Visitor;
let admin: Visitor;
before(async () => {
  whole = await installation();
  for (const role of ['seller', 'admin'] as const) {
    const person = { email: `${role}@copies.example`, name: role, roles: [role], password: PASSWORD };
    await whole.products.identity.room.ensurePerson(person);
  }
  seller = await signIn(whole.origin, 'seller@copies.example', PASSWORD);
  admin = await signIn(whole.origin, 'admin@copies.example', PASSWORD);
});
after(() => whole?.stop());

const stateOf = (room: string) => admin.call<ReadModelState>(`${I}/${room}/read-model`);

test('in the whole program a copy that drifted is put right when asked for, counted, and shown to sellers', async () => {
  const { crm, orders } = whole.products;
  const { id } = await insertNew(orders.sql);
  await eventually('the order in the list', async () => {
    const [row] = await crm.sql`select from order_row where id = ${id}`;
    return row ?? null;
  });
  await crm.sql`update order_row set status = 'closed' where id = ${id}`;
  assert.equal((await admin.raw(`${I}/crm/read-model/check`, { method: 'POST' })).status, 202);
  const state = await eventually('a round', async () => {
    const found = await stateOf('crm');
    return found.checkedAt ? found : null;
  });
  assert.deepEqual([state.state, state.compared, state.drift, state.repaired], ['equal', 1, 1, 1]);
  const [row] = await crm.sql<{ status: string }[]>`select status from order_row where id = ${id}`;
  assert.equal(row?.status, 'submitted');
  const { copies } = await seller.call<Problems>(`${I}/crm/problems`);
  assert.deepEqual(
    copies.map(({ name, repaired }) => [name, repaired]),
    [['crm.orders', 1]],
  );
  const metrics = await (await fetch(`${whole.origin}/metrics`)).text();
  for (const name of ['drift', 'repaired']) {
    assert.match(metrics, new RegExp(`forgeline_read_model_${name}_total\\{model="crm.orders"\\} 1\\n`));
  }
});

test('a copy is made anew when asked for', async () => {
  for (const room of ['crm', 'shop', 'mes']) {
    assert.equal((await admin.raw(`${I}/${room}/read-model/rebuild`, { method: 'POST' })).status, 202);
  }
  for (const room of ['crm', 'shop', 'mes']) {
    await eventually(`${room} made anew`, async () => {
      const { state, rebuiltAt } = await stateOf(room);
      return (state === 'equal' && rebuiltAt) || null;
    });
  }
});
