import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NewKey } from '#contracts/identity';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { asGuest, signIn } from '../app/visitor.ts';
import { type Installation, installation } from './installation.ts';

const I = '/api/internal/v1';
const ADDRESS = { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' };
const CONTACT = { name: 'A', email: 'a@switches.example' };
const post = { method: 'POST' } as const;

let house: Installation;
before(async () => {
  house = await installation({
    FORGELINE_FLAGS: 'shop.accept_orders=off, partners.accept_orders=off, pricing.start_calculations=off',
  });
});
after(() => house?.stop());

async function refusalOf(answer: Response) {
  const { code } = (await answer.json()) as { code: string };
  return { status: answer.status, code, comeBack: Number(answer.headers.get('retry-after')) > 0 };
}

test('calculations that are switched off wait in their place; the shop says that it is closed', async () => {
  const guest = await asGuest(house.origin);
  const body = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await guest.call<Model>(`${I}/pricing/models?fileName=ring.stl`, { ...post, body });
  const item = { modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 } as const;
  const terms = { currency: 'EUR', leadTier: 'standard', rush: false } as const;
  const quote = await guest.call<Quote>(`${I}/pricing/quotes`, { ...post, body: { ...terms, items: [item] } });
  const cartId = newId();
  const items = [{ ...item, fileName: 'ring.stl' }];
  await guest.call(`${I}/shop/carts/${cartId}`, {
    method: 'PUT',
    body: { version: 0, items, ...terms, quoteId: quote.id },
  });
  const order = { cartId, delivery: { address: ADDRESS }, contact: CONTACT };
  const refused = await refusalOf(await guest.raw(`${I}/shop/orders`, { ...post, body: order }));
  assert.deepEqual(refused, { status: 503, code: 'shop.closed', comeBack: true });
  // A ring is measured in some milliseconds; by now it would be, were the worker at work.
  assert.equal((await guest.call<Quote>(`${I}/pricing/quotes/${quote.id}`)).state, 'queued');
});

test('partners are told to come back, and their key stays free for the same request', async () => {
  const admin = { email: 'admin@switches.example', name: 'A', password: 'a long password for tests' };
  await house.products.identity.room.ensurePerson({ ...admin, roles: ['admin'] });
  const visitor = await signIn(house.origin, admin.email, admin.password);
  const clientId = newId();
  await visitor.call(`${I}/partners/clients`, { ...post, body: { id: clientId, name: 'Client' } });
  const key = await visitor.call<NewKey>(`${I}/identity/keys`, { ...post, body: { clientId, name: 'k', scopes: [] } });
  const body = { quoteId: newId(), currency: 'EUR', leadTier: 'standard', deliveryAddress: ADDRESS, contact: CONTACT };
  const idempotencyKey = newId();
  for (let i = 0; i < 2; i++) {
    const answer = await fetch(`${house.origin}/api/external/v1/orders`, {
      ...post,
      headers: {
        authorization: `Bearer ${key.secret}`,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
      body: JSON.stringify(body),
    });
    assert.deepEqual(await refusalOf(answer), { status: 503, code: 'partner.closed', comeBack: true });
  }
});
