import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type { Model, Quote } from '#contracts/pricing';
import type { SimilarModels } from '#contracts/similar-models';
import { type Corner, cornersOf, makeBracket, makePendant, makeRing, writeStl } from './geometry/model-maker.ts';
import { mirrored, moved, scaled, series, shuffled, subdivided } from './geometry/shape/shapes-under-test.ts';
import { eventually, type PricingUnderTest, pricingUnderTest } from './pricing-under-test.ts';

let room: PricingUnderTest;
before(async () => {
  room = await pricingUnderTest();
  await room.startWorker(1);
});
after(() => room.close());

const PENDANT = cornersOf(makePendant({ diameter: 22, thickness: 2, hole: 3, petals: 5, segments: 90 }).stl);

/** Two legs of unlike lengths on a triangle: it is not its own mirror image. */
function hook(): Corner[] {
  const at = (x: number, y: number, z: number): Corner => [x, y, z];
  const [o, a, b, c] = [at(0, 0, 0), at(17, 0, 0), at(3, 9, 0), at(1.5, 0.9, 6)];
  return [o, b, a, o, a, c, a, b, c, b, o, c];
}

async function measured(actor: Actor, corners: readonly Corner[], fileName = 'part.stl'): Promise<Model> {
  const { body } = await room.upload(actor, writeStl(corners), fileName);
  return eventually(
    () => room.model(actor, body.id),
    ({ state }) => state === 'ready',
  );
}

/** What it looks like, once everything has been compared. */
async function similar(actor: Actor, { id }: Model): Promise<SimilarModels> {
  return eventually(
    async () => (await room.call<SimilarModels>(actor, 'GET', `/models/${id}/similar`)).body,
    ({ complete }) => complete,
  );
}

const found = ({ models }: SimilarModels) => models.map(({ likeness, modelId }) => [likeness, modelId]);

describe('what a model looks like', () => {
  test('names the same bytes, the same triangles and the same shape, moved or in inches, from both sides', async () => {
    const anna = room.actor('customer');
    const random = series(3);
    const first = await measured(anna, PENDANT);
    const again = await measured(anna, PENDANT, 'copy.stl');
    const mixed = await measured(anna, shuffled(PENDANT, random));
    const turned = await measured(anna, subdivided(moved(scaled(PENDANT, 1 / 25.4), random, 1)));
    const answer = await eventually(
      () => similar(anna, first),
      ({ models }) => models.length === 3,
    );
    assert.deepEqual(found(answer), [
      ['same_file', again.id],
      ['same_triangles', mixed.id],
      ['same_shape', turned.id],
    ]);
    assert.ok(Math.abs(answer.models[2]!.scale - 1 / 25.4) < 1e-9);
    assert.deepEqual(answer.models[0]!.prices, []);
    const back = await similar(anna, turned);
    assert.deepEqual(new Set(found(back).map(([, id]) => id)), new Set([first.id, again.id, mixed.id]));
    assert.ok(back.models.every(({ likeness, scale }) => likeness === 'same_shape' && Math.abs(scale - 25.4) < 1e-9));
  });

  test('tells a mirror image, and takes no other part for the same', async () => {
    const anna = room.actor('customer');
    const right = await measured(anna, hook());
    const left = await measured(anna, moved(mirrored(hook()), series(4), 5));
    await measured(anna, scaled(hook(), 1.01));
    await measured(
      anna,
      hook().map(([x, y, z]): Corner => [x, y, z === 6 ? 6.02 : z]),
    );
    const answer = await eventually(
      () => similar(anna, right),
      ({ models }) => models.length > 0,
    );
    assert.deepEqual(found(answer), [['mirror_image', left.id]]);
  });

  test('shows nobody another one’s models; sellers see all of them, with what was asked for them', async () => {
    const [anna, boris, seller] = [room.actor('customer'), room.actor('customer'), room.actor('seller')];
    const bracket = cornersOf(makeBracket({ leg: 21, thickness: 2, width: 14, fold: 2 }).stl);
    const hers = await measured(anna, bracket, 'winkel.stl');
    const items = [{ modelId: hers.id, unit: 'mm' as const, material: 'brass', quantity: 3 }];
    const { body: asked } = await room.quote(anna, { items, currency: 'EUR', leadTier: 'standard' });
    const quote: Quote = await eventually(
      () => room.findQuote(anna, asked.id),
      ({ state }) => state === 'ready',
    );
    const his = await measured(boris, moved(bracket, series(6), 9), 'halter.stl');
    const alike = await measured(
      boris,
      cornersOf(makeBracket({ leg: 22, thickness: 2, width: 14, fold: 2 }).stl),
      'similar.stl',
    );
    await measured(anna, cornersOf(makeRing({ diameter: 18, width: 3, thickness: 2, segments: 40 }).stl));
    const ofSeller = await eventually(
      () => similar(seller, his),
      ({ models }) => models.some(({ likeness }) => likeness === 'same_shape'),
    );
    const [same, ...others] = ofSeller.models;
    assert.equal(same!.modelId, hers.id);
    assert.equal(same!.fileName, 'winkel.stl');
    const { unitPrice, total } = quote.items[0]!;
    assert.deepEqual(
      same!.prices.map(({ at: _, ...price }) => price),
      [
        {
          quoteId: quote.id,
          orderId: null,
          fileName: 'winkel.stl',
          unit: 'mm',
          material: 'brass',
          finish: quote.items[0]!.specification.finish,
          quantity: 3,
          unitPrice,
          total,
        },
      ],
    );
    assert.ok(others.every(({ likeness }) => likeness === 'similar'));
    assert.equal(others[0]!.modelId, alike.id, 'the bracket that is a little longer is nearer than any ring');
    assert.ok(others.every(({ unlikeness }, at) => at === 0 || unlikeness! >= others[at - 1]!.unlikeness!));
    assert.deepEqual((await similar(boris, his)).models, []);
    assert.deepEqual((await similar(anna, hers)).models, []);
    const { status } = await room.call(boris, 'GET', `/models/${hers.id}/similar`);
    assert.equal(status, 404);
  });

  test('says nothing of a model of one’s own that only somebody else’s job has measured', async () => {
    const [anna, boris] = [room.actor('customer'), room.actor('customer')];
    const random = series(8);
    const ring = cornersOf(makeRing({ diameter: 19, width: 3, thickness: 2, segments: 36 }).stl);
    const turned = moved(ring, random, 4);
    const mine = await measured(anna, ring);
    const his = await measured(boris, turned);
    const known = await measured(anna, turned);
    await eventually(
      () => similar(anna, mine),
      ({ models }) => models.length === 1,
    );
    try {
      await room.sql`update job set state = 'cancelled' where tenant = ${anna.id} and sha256 = ${known.sha256}`;
      assert.deepEqual((await similar(anna, mine)).models, []);
    } finally {
      await room.sql`update job set state = 'done' where tenant = ${anna.id} and sha256 = ${known.sha256}`;
    }
    assert.equal((await room.call(anna, 'GET', `/models/${his.id}/similar`)).status, 404);
  });
});
