import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type {
  PriceAudit,
  PriceDraft,
  PriceListBody,
  PriceListPage,
  PriceListRow,
  Recheck,
  WhatIf,
} from '#contracts/price-lists';
import type { Catalogue, Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { makePendant, makeRing } from './geometry/index.ts';
import {
  type Answer,
  eventually,
  type PricingUnderTest,
  pricingUnderTest,
  type Refused,
} from './pricing-under-test.ts';
import { recheckQuotes } from './recheck-quotes.ts';

let room: PricingUnderTest;
let admin: Actor;
let seller: Actor;
let lead: Actor;
let customer: Actor;
let ring: Model;
let pendant: Model;

before(async () => {
  room = await pricingUnderTest();
  await room.startWorker();
  admin = room.actor('admin');
  seller = room.actor('seller');
  lead = room.actor('lead_seller');
  customer = room.actor('customer');
  ring = await measured(makeRing({ diameter: 17, width: 4, thickness: 2 }).stl);
  pendant = await measured(makePendant({ diameter: 24, thickness: 1.5, hole: 4, petals: 5 }).stl);
});
after(() => room.close());

async function measured(stl: Uint8Array): Promise<Model> {
  const { body } = await room.upload(customer, stl);
  return eventually(
    () => room.model(customer, body.id),
    ({ state }) => state === 'ready',
  );
}

type Currency = 'RUB' | 'EUR' | 'USD';
async function quoted(currency: Currency, material: string, { model = ring, quantity = 3 } = {}): Promise<Quote> {
  const items = [{ modelId: model.id, unit: 'mm' as const, material, quantity }];
  const { status, body } = await room.quote(customer, { items, currency, leadTier: 'standard' });
  assert.ok(status < 300, JSON.stringify(body));
  return eventually(
    () => room.findQuote(customer, body.id),
    ({ readyAt }) => readyAt !== null,
  );
}

const lists = async () => (await room.call<{ items: PriceListRow[] }>(seller, 'GET', '/price-lists')).body.items;
const live = async (currency: Currency) =>
  (await lists()).find((row) => row.currency === currency && row.state === 'live')!.version;
const post = <T>(actor: Actor, url: string, body: object): Promise<Answer<T & Refused>> =>
  room.call<T & Refused>(actor, 'POST', url, body);

async function draftOf(currency: Currency): Promise<PriceDraft> {
  const { status, body } = await post<PriceDraft>(admin, '/price-drafts', {
    from: await live(currency),
    name: 'Spring',
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function edited(draft: PriceDraft, change: (body: PriceListBody) => void): Promise<PriceDraft> {
  const body = structuredClone(draft.body);
  change(body);
  const wanted = { version: draft.version, name: draft.name, body };
  const answer = await room.call<PriceDraft>(admin, 'PUT', `/price-drafts/${draft.id}`, wanted);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

async function publish(draft: PriceDraft, currency: Currency, validFrom: string | null = null) {
  const wanted = { version: draft.version, overLive: await live(currency), validFrom, reason: 'Metals are dearer' };
  return post<PriceListPage>(admin, `/price-drafts/${draft.id}/publish`, wanted);
}

const setupOf = (minor: number) => (body: PriceListBody) => {
  for (const material of body.materials) material.setup = minor;
};

describe('a quote', () => {
  test('tells what other numbers of pieces and delivery times cost, to the cent', async () => {
    const quote = await quoted('RUB', 'silver-925');
    const [item] = quote.items;
    assert.deepEqual(
      item!.quantities?.map(({ quantity }) => quantity),
      [1, 2, 3, 5, 10, 20, 50],
    );
    assert.deepEqual(item!.quantities?.find(({ quantity }) => quantity === 3)?.total, item!.total);
    const ten = await quoted('RUB', 'silver-925', { quantity: 10 });
    assert.deepEqual(item!.quantities?.find(({ quantity }) => quantity === 10)?.total, ten.items[0]!.total);
    const own = quote.leadTiers?.find(({ id }) => id === 'standard');
    assert.deepEqual(own?.total, quote.total);
    const items = [{ modelId: ring.id, unit: 'mm' as const, material: 'silver-925', quantity: 3 }];
    const express = await room.quote(customer, { items, currency: 'RUB', leadTier: 'express' });
    assert.deepEqual(quote.leadTiers?.find(({ id }) => id === 'express')?.total, express.body.total);
  });

  test('of a metal says when the metal was fixed', async () => {
    const { items } = await quoted('RUB', 'silver-925');
    const line = items[0]!.breakdown.find(({ code }) => code === 'material');
    assert.match(line!.detail, /metal fix of 2026-01-01T00:00:00.000Z/);
  });
});

describe('a draft', () => {
  test('becomes the live list, new quotes follow it, older ones keep theirs', async () => {
    const before = await quoted('EUR', 'brass');
    const draft = await edited(await draftOf('EUR'), setupOf(50_000));
    const { status, body } = await publish(draft, 'EUR');
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(body.row.state, 'live');
    assert.equal(body.row.version, 'eur-2');
    const later = await quoted('EUR', 'brass');
    assert.equal(later.priceListVersion, 'eur-2');
    assert.ok(later.total!.minor > before.total!.minor);
    assert.deepEqual(await room.findQuote(customer, before.id), before);
    const { body: catalogue } = await room.call<Catalogue>(customer, 'GET', '/catalogue?currency=EUR');
    assert.equal(catalogue.priceListVersion, 'eur-2');
    assert.equal((await room.call(admin, 'GET', `/price-drafts/${draft.id}`)).status, 404);
  });

  test('may start later, and is not live before', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const current = await live('USD');
    const { body } = await publish(await edited(await draftOf('USD'), setupOf(77_777)), 'USD', inAnHour);
    assert.equal(body.row.state, 'scheduled');
    assert.equal(await live('USD'), current);
    assert.equal((await quoted('USD', 'brass')).priceListVersion, current);
    // An hour later, as the database's clock has it.
    await room.sql.begin(async (tx) => {
      await tx`select set_config('platform.now', ${new Date(Date.now() + 3_700_000).toISOString()}, true)`;
      const [row] = await tx`select version from price_list where currency = 'USD' and valid_from <= platform.now()
        order by valid_from desc, added_at desc limit 1`;
      assert.equal(row!.version, body.row.version);
    });
  });

  test('does not start in the past', async () => {
    const { body } = await publish(await draftOf('USD'), 'USD', new Date(Date.now() - 60_000).toISOString());
    assert.equal(body.code, 'price_list.valid_from');
  });

  test('with a mistake is kept, and not published', async () => {
    const draft = await edited(await draftOf('USD'), setupOf(-1));
    assert.equal(draft.problems[0]!.field, '/materials/0/setup');
    const { status, body } = await publish(draft, 'USD');
    assert.equal(status, 422);
    assert.equal(body.code, 'price_list.invalid');
    assert.equal((await room.call(admin, 'GET', `/price-drafts/${draft.id}`)).status, 200);
  });

  test('that somebody else has changed is not overwritten, published or deleted', async () => {
    const seen = await draftOf('USD');
    await edited(seen, setupOf(5));
    const url = `/price-drafts/${seen.id}`;
    const { version, name, body } = seen;
    const put = await room.call<Refused>(admin, 'PUT', url, { version, name, body });
    assert.equal(put.body.code, 'price_list.stale_draft');
    assert.equal((await publish(seen, 'USD')).body.code, 'price_list.stale_draft');
    const gone = await room.call<Refused>(admin, 'DELETE', `${url}?version=${version}`);
    assert.equal(gone.body.code, 'price_list.stale_draft');
    assert.equal((await room.raw(admin, 'DELETE', `${url}?version=${version + 1}`)).status, 204);
    assert.equal((await room.call(admin, 'GET', url)).status, 404);
  });

  test('is not published over a list that nobody has looked at', async () => {
    const draft = await draftOf('RUB');
    const asked = { version: draft.version, overLive: 'rub-99', validFrom: null, reason: 'r' };
    const { status, body } = await post(admin, `/price-drafts/${draft.id}/publish`, asked);
    assert.deepEqual([status, body.code], [409, 'price_list.live_moved']);
  });

  test('published by two at once becomes one list', async () => {
    const draft = await draftOf('USD');
    const answers = await Promise.all([publish(draft, 'USD'), publish(draft, 'USD')]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 404]);
  });
});

test('a list that is there never changes', async () => {
  await assert.rejects(room.sql`update price_list set body = '{}'`, /never changes/);
  await assert.rejects(room.sql`delete from price_list`, /never changes/);
});

describe('a metal fix', () => {
  test('changes what the metal costs, when it was fixed, and nothing else', async () => {
    const before = (await room.call<PriceListPage>(seller, 'GET', `/price-lists/${await live('RUB')}`)).body.body;
    const fixedAt = new Date(Date.now() - 60_000).toISOString();
    const metals = [{ material: 'silver-925', spotPerGram: 15_000 }];
    const asked = { currency: 'RUB', overLive: await live('RUB'), fixedAt, metals, reason: 'Morning fix' };
    const { status, body } = await post<PriceListPage>(admin, '/price-lists/metal-fix', asked);
    assert.equal(status, 201, JSON.stringify(body));
    const expected = structuredClone(before);
    const [silver] = expected.materials;
    assert.equal(silver!.gram.kind, 'metal');
    Object.assign(silver!.gram, { spotPerGram: 15_000, fixedAt });
    assert.deepEqual(body.body, expected);
    const { items } = await quoted('RUB', 'silver-925');
    assert.ok(items[0]!.breakdown.some(({ detail }) => detail.includes(fixedAt)));
  });

  test('of something that is no metal is refused', async () => {
    const metals = [{ material: 'brass', spotPerGram: 1 }];
    const asked = {
      currency: 'RUB',
      overLive: await live('RUB'),
      fixedAt: '2026-01-02T00:00:00.000Z',
      metals,
      reason: 'r',
    };
    assert.equal((await post(admin, '/price-lists/metal-fix', asked)).body.code, 'price_list.invalid');
  });
});

describe('what if', () => {
  test('the draft had been live: sums, histogram, movers and lost prices are those of the quotes', async () => {
    const stored = [
      await quoted('EUR', 'brass', { model: pendant }),
      await quoted('EUR', 'pa12'),
      await quoted('EUR', 'resin', { quantity: 40 }),
    ];
    const draft = await edited(await draftOf('EUR'), (body) => {
      body.materials = body.materials.filter(({ id }) => id !== 'pa12');
      const brass = body.materials.find(({ id }) => id === 'brass')!;
      brass.setup += 100_000;
    });
    const { status, body: found } = await post<WhatIf>(lead, `/price-drafts/${draft.id}/what-if`, { quotes: 3 });
    assert.equal(status, 200, JSON.stringify(found));
    assert.deepEqual([found.quotes, found.priced, found.lost, found.unchanged], [3, 2, 1, 1]);
    assert.deepEqual(
      found.lostQuotes.map(({ quoteId, code }) => [quoteId, code]),
      [[stored[1]!.id, 'quote.material_unknown']],
    );
    assert.deepEqual(
      found.movers.map(({ quoteId }) => quoteId),
      [stored[0]!.id],
    );
    assert.equal(found.before.minor, stored[0]!.total!.minor + stored[2]!.total!.minor);
    assert.equal(
      found.histogram.reduce((sum, { quotes }) => sum + quotes, 0),
      2,
    );
    await publish(draft, 'EUR');
    const real = await quoted('EUR', 'brass', { model: pendant });
    assert.equal(real.total!.minor, found.movers[0]!.after.minor);
    assert.equal(found.after.minor, real.total!.minor + stored[2]!.total!.minor);
  });

  test('looks at every quote once, however many chunks that takes', async () => {
    for (let i = 0; i < 45; i += 1) await quoted('USD', 'brass', { quantity: i + 1 });
    const draft = await draftOf('USD');
    const url = `/price-drafts/${draft.id}/what-if`;
    const [row] = await room.sql<[{ count: number }]>`
      select count(*)::int as count from quote where state = 'ready' and body ->> 'currency' = 'USD'`;
    assert.equal((await post<WhatIf>(lead, url, {})).body.quotes, row.count);
    assert.equal((await post<WhatIf>(lead, url, { quotes: 41 })).body.quotes, 41);
  });
});

describe('a recheck', () => {
  test('finds the same cents in every stored quote, in batches, whatever list they were made by', async () => {
    const all: Recheck[] = [];
    for (let after: string | null | undefined; after !== null; after = all.at(-1)!.next) {
      all.push((await post<Recheck>(admin, '/price-rechecks', after ? { after, limit: 25 } : { limit: 25 })).body);
    }
    const [row] = await room.sql<[{ count: number }]>`select count(*)::int as count from quote where state = 'ready'`;
    assert.ok(all.length > 1);
    assert.equal(
      all.reduce((sum, { checked }) => sum + checked, 0),
      row.count,
    );
    assert.deepEqual(
      all.flatMap(({ differing }) => differing),
      [],
    );
  });

  test('finds a cent too many', async () => {
    const { id, total } = await quoted('RUB', 'brass');
    const bumped = { ...(await room.findQuote(customer, id)), total: { ...total!, minor: total!.minor + 1 } };
    await room.sql`update quote set body = ${room.sql.json(bumped as never)} where id = ${id}`;
    const { differing } = await recheckQuotes(room.sql);
    assert.deepEqual(
      differing.map(({ quoteId, stored, again }) => [quoteId, stored.minor - again!.minor]),
      [[id, 1]],
    );
  });
});

test('who did what, and why, is kept', async () => {
  const { body } = await room.call<PriceAudit>(lead, 'GET', '/price-audit');
  const fix = body.items.find(({ action }) => action === 'metal_fixed');
  assert.equal(fix?.person, admin.name);
  assert.equal(fix?.reason, 'Morning fix');
  for (const action of ['draft_made', 'draft_changed', 'draft_deleted', 'published'] as const) {
    assert.ok(
      body.items.some((entry) => entry.action === action),
      action,
    );
  }
});

test('sellers read, leads try, admins edit, buyers see nothing', async () => {
  const draft = await draftOf('RUB');
  const statuses = async (actor: Actor) => [
    (await room.call(actor, 'GET', '/price-lists')).status,
    (await room.call(actor, 'GET', `/price-drafts/${draft.id}`)).status,
    (await post(actor, `/price-drafts/${draft.id}/what-if`, { quotes: 1 })).status,
    (await post(actor, '/price-drafts', { from: 'nothing', name: 'n' })).status,
  ];
  assert.deepEqual(await statuses(customer), [403, 403, 403, 403]);
  assert.deepEqual(await statuses(seller), [200, 200, 403, 403]);
  assert.deepEqual(await statuses(lead), [200, 200, 200, 403]);
  assert.deepEqual(await statuses(admin), [200, 200, 200, 404]);
  assert.equal((await room.call(admin, 'GET', `/price-drafts/${newId()}`)).status, 404);
});
