import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Actor } from '#contracts/identity';
import type { Order } from '#contracts/orders';
import type { Catalogue, Model, Quote, RequestQuote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { startTracing } from '#platform/telemetry';
import { makeBracket, makePendant, makeRing } from './geometry/index.ts';
import { eventually, type PricingUnderTest, pricingUnderTest, type Refused } from './pricing-under-test.ts';
import { isPending, pricedAgain } from './quote.ts';
import { findPriceList } from './store-price-lists.ts';

const RING = makeRing({ diameter: 17, width: 4, thickness: 2 });
const PENDANT = makePendant({ diameter: 24, thickness: 1.5, hole: 4, petals: 5 });

const tracing = startTracing({ service: 'pricing', role: 'test', version: '0' });
let room: PricingUnderTest;
let customer: Actor;
let stranger: Actor;
let seller: Actor;

before(async () => {
  await tracing.start!();
  room = await pricingUnderTest();
  await room.startWorker();
  customer = room.actor('customer');
  stranger = room.actor('customer');
  seller = room.actor('seller');
});
after(async () => {
  await room.close();
  await tracing.stop!();
});

function request(models: Pick<Model, 'id'>[], changes: Partial<RequestQuote['items'][number]> = {}): RequestQuote {
  const items = models.map(({ id }) => ({
    modelId: id,
    unit: 'mm' as const,
    material: 'silver-925',
    quantity: 2,
    ...changes,
  }));
  return { items, currency: 'RUB', leadTier: 'standard' };
}

async function measured(actor: Actor, stl: Uint8Array, name?: string): Promise<Model> {
  const { status, body } = await room.upload(actor, stl, name);
  assert.equal(status, 201, JSON.stringify(body));
  return eventually(
    () => room.model(actor, body.id),
    ({ state }) => state === 'ready' || state === 'failed',
  );
}

const settled = (actor: Actor, id: string) =>
  eventually(
    () => room.findQuote(actor, id),
    (quote) => !isPending(quote),
  );

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

describe('models', () => {
  test('an upload is measured', async () => {
    const model = await measured(customer, RING.stl, 'C:\\rings\\кольцо 17.stl');
    assert.equal(model.fileName, 'кольцо 17.stl');
    assert.equal(model.sha256, createHash('sha256').update(RING.stl).digest('hex'));
    assert.equal(model.state, 'ready');
    assert.equal(model.report?.verdict, 'closed');
    assert.ok(Math.abs(model.report!.volume / RING.volume - 1) < 1e-7);
  });

  test('refused at once, with the reason and what to do, and nothing is left behind', async () => {
    const before = existsSync(room.blobDir) ? filesOf(room.blobDir) : [];
    const cases: [string, Uint8Array, number, string][] = [
      ['nothing', new Uint8Array(0), 422, 'model.empty'],
      ['text', Buffer.from('certainly not a model'), 415, 'model.unknown_format'],
      ['cut off', RING.stl.subarray(0, 5000), 422, 'model.truncated'],
      ['a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 415, 'model.unknown_format'],
    ];
    for (const [name, content, status, code] of cases) {
      const answer = await room.upload(customer, content);
      assert.equal(answer.status, status, name);
      assert.equal(answer.body.code, code, name);
      assert.ok(answer.body.hint.length > 10);
    }
    assert.deepEqual(filesOf(room.blobDir), before);
  });

  test('a file that turns out broken while being measured has failed, with the reason', async () => {
    const broken = Buffer.from(PENDANT.stl);
    broken.writeFloatLE(Number.NaN, 84 + 12);
    const model = await measured(customer, broken);
    assert.equal(model.state, 'failed');
    assert.equal(model.failure?.code, 'model.not_a_number');
    const quote = await room.quote(customer, request([model]));
    assert.equal(quote.body.state, 'failed');
    assert.equal(quote.body.items[0]!.problem?.code, 'model.not_a_number');
  });

  test('more than is allowed is refused by its length, before it is sent', async () => {
    const response = await room
      .raw(customer, 'POST', '/models?fileName=a.stl', {
        body: new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) }) as never,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(600 * 1024 * 1024) },
        duplex: 'half',
      } as never)
      .catch(() => null);
    assert.ok(response === null || response.status === 413);
  });

  test('an upload that breaks off leaves nothing behind', async () => {
    const before = filesOf(room.blobDir);
    const breaking = new AbortController();
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new Uint8Array(RING.stl.subarray(0, 1000))),
      pull: () => new Promise<void>(() => {}),
    });
    const sent = room.raw(customer, 'POST', '/models?fileName=a.stl', {
      body,
      signal: breaking.signal,
      headers: { 'content-type': 'application/octet-stream' },
      duplex: 'half',
    } as never);
    await eventually(
      async () => filesOf(room.blobDir).length,
      (files) => files > before.length,
    );
    breaking.abort();
    await assert.rejects(sent);
    await eventually(
      async () => filesOf(room.blobDir).length,
      (files) => files === before.length,
    );
  });

  test('anything but a file is refused', async () => {
    for (const [type, body] of [
      ['application/json', '{}'],
      ['application/json', '"solid"'],
      ['text/plain', 'solid'],
      ['multipart/form-data; boundary=x', '--x--'],
    ] as const) {
      const response = await room.raw(customer, 'POST', '/models?fileName=a.stl', {
        body,
        headers: { 'content-type': type },
      });
      assert.equal(response.status, 415, type);
    }
    const unnamed = await room.raw(customer, 'POST', '/models?fileName=..', {
      body: new Uint8Array(RING.stl),
      headers: { 'content-type': 'application/octet-stream' },
    });
    assert.equal(((await unnamed.json()) as Refused).code, 'model.file_name_missing');
  });

  test('belong to who uploaded them; sellers may look', async () => {
    const model = await measured(customer, RING.stl);
    assert.equal((await room.call<Refused>(stranger, 'GET', `/models/${model.id}`)).status, 404);
    assert.equal((await room.raw(stranger, 'GET', `/models/${model.id}/file`)).status, 404);
    assert.equal((await room.quote(stranger, request([model]))).body.code, 'quote.model_unknown');
    assert.equal((await room.call<Model>(seller, 'GET', `/models/${model.id}`)).status, 200);
    const file = await room.raw(customer, 'GET', `/models/${model.id}/file`);
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), RING.stl);
    assert.match(file.headers.get('content-disposition')!, /part\.stl/);
  });

  test('makers open a file by its hash, buyers do not', async () => {
    const { sha256 } = await measured(customer, RING.stl);
    for (const role of ['operator', 'seller', 'packer', 'foreman'] as const) {
      const file = await room.raw(room.actor(role), 'GET', `/files/${sha256}`);
      assert.equal(file.status, 200);
      assert.equal((await file.arrayBuffer()).byteLength, RING.stl.length);
    }
    assert.equal((await room.raw(customer, 'GET', `/files/${sha256}`)).status, 403);
    assert.equal((await room.raw(seller, 'GET', `/files/${'0'.repeat(64)}`)).status, 404);
  });

  test('the same file of somebody else is measured once, and its owner cannot tell', async () => {
    const mine = await measured(customer, RING.stl);
    const { body } = await room.upload(stranger, RING.stl);
    assert.notEqual(body.state, 'ready');
    assert.equal(body.report, null);
    const theirs = await eventually(
      () => room.model(stranger, body.id),
      ({ state }) => state === 'ready',
    );
    assert.deepEqual(theirs.report, mine.report);
    const again = await room.upload(stranger, RING.stl);
    assert.equal(again.body.state, 'ready', 'their own second upload is known');
    const [{ n }] = await room.sql<[{ n: number }]>`
      select count(*)::int as n from geometry where sha256 = ${mine.sha256}`;
    assert.equal(n, 1);
  });
});

describe('quotes', () => {
  test('are ready at once where the geometry is known', async () => {
    const models = [await measured(customer, RING.stl), await measured(customer, PENDANT.stl)];
    const { status, body: quote } = await room.quote(customer, request(models));
    assert.equal(status, 201);
    assert.equal(quote.state, 'ready');
    assert.equal(quote.version, 1);
    assert.equal(quote.items.length, 2);
    const items = quote.items.reduce((sum, item) => sum + item.total!.minor, 0);
    assert.equal(quote.total!.minor, items + quote.shipping!.minor + quote.tax!.minor);
    for (const item of quote.items) {
      assert.equal(item.specification.process, 'lost-wax-casting');
      assert.equal(item.specification.finish, 'polished');
      assert.equal(
        item.breakdown.reduce((sum, { amount }) => sum + amount.minor, 0),
        item.total!.minor,
      );
    }
    const stands = Date.parse(quote.expiresAt!) - Date.parse(quote.readyAt!);
    assert.equal(stands, 14 * 86_400_000);
    assert.deepEqual(await room.findQuote(customer, quote.id), quote);
  });

  test('calculated again from what is stored give the same cents', async () => {
    const model = await measured(customer, RING.stl);
    const { body } = await room.quote(customer, request([model], { quantity: 17 }));
    const quote = await room.findQuote(customer, body.id);
    const list = await findPriceList(room.sql, quote.priceListVersion);
    const again = pricedAgain(quote.items[0]!, quote, list);
    assert.deepEqual(again.total, quote.items[0]!.total);
    assert.deepEqual(again.breakdown, quote.items[0]!.breakdown);
  });

  test('that wait are told their place, follow by events, and become ready', async () => {
    const bracket = makeBracket({ leg: 40, thickness: 3, width: 25, fold: 4 });
    const { body: model } = await room.upload(customer, bracket.stl);
    const { status, body: first } = await room.quote(customer, request([model], { material: 'pa12' }));
    assert.ok(status === 202 || first.state === 'ready', `${status} ${first.state}`);
    const quote = await settled(customer, first.id);
    assert.equal(quote.state, 'ready');
    const told = (await room.events()).filter(({ data }) => data.quote.id === first.id);
    assert.deepEqual(
      told.map(({ data }) => data.quote.version),
      told.map((_, i) => i + 1),
    );
    assert.equal(told.at(-1)!.type, 'quote.ready');
    assert.deepEqual(told.at(-1)!.data.quote, quote);
    const traces = new Set(told.map(({ traceparent }) => traceparent?.split('-')[1]));
    assert.equal(traces.size, 1, 'the worker tells its result in the trace of who asked');
    assert.match([...traces][0]!, /^[0-9a-f]{32}$/);
  });

  test('a seller quotes for somebody on the phone', async () => {
    const model = await measured(customer, RING.stl);
    const { status } = await room.quote(seller, request([model]));
    assert.ok(status === 201 || status === 202);
  });

  test('of an open model go to a person, never to a price', async () => {
    const open = Buffer.from(RING.stl.subarray(0, RING.stl.length - 500));
    open.writeUInt32LE((open.length - 84) / 50, 80);
    const model = await measured(customer, open);
    assert.equal(model.report?.verdict, 'estimated');
    const { body: quote } = await room.quote(customer, request([model]));
    assert.equal(quote.state, 'needs_review');
    assert.equal(quote.items[0]!.problem?.code, 'model.open');
    assert.equal(quote.total, null);
    assert.equal(quote.items[0]!.total, null);
  });

  test('with a unit that makes no sense go to a person', async () => {
    const model = await measured(customer, RING.stl);
    const { body: quote } = await room.quote(customer, request([model], { unit: 'm' }));
    assert.equal(quote.state, 'needs_review');
    assert.equal(quote.items[0]!.problem?.code, 'model.too_big');
  });

  test('for what is not in the price list are refused, with what there is', async () => {
    const model = await measured(customer, RING.stl);
    const material = await room.quote(customer, request([model], { material: 'unobtainium' }));
    assert.equal(material.status, 422);
    assert.equal(material.body.code, 'quote.material_unknown');
    assert.ok((material.body as unknown as { possible: string[] }).possible.includes('brass'));
    const finish = await room.quote(customer, request([model], { finish: 'dyed-black' }));
    assert.equal(finish.body.code, 'quote.material_unknown');
  });

  test('belong to who asked; a finished one cannot be cancelled', async () => {
    const model = await measured(customer, RING.stl);
    const { body: quote } = await room.quote(customer, request([model]));
    assert.equal((await room.call(stranger, 'GET', `/quotes/${quote.id}`)).status, 404);
    assert.equal((await room.raw(stranger, 'GET', `/quotes/${quote.id}/events`)).status, 404);
    assert.equal((await room.call(stranger, 'DELETE', `/quotes/${quote.id}`)).status, 404);
    assert.equal((await room.call(seller, 'GET', `/quotes/${quote.id}`)).status, 200);
    const refused = await room.call<Refused>(customer, 'DELETE', `/quotes/${quote.id}`);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.code, 'quote.not_cancellable');
  });
});

describe('orders without a price', () => {
  function order(buyer: Actor, model: Model, changes: Partial<Order> = {}): Order {
    const specification = {
      modelId: model.id,
      sha256: model.sha256,
      fileName: model.fileName,
      unit: 'mm' as const,
      material: 'brass',
      process: '',
      finish: '',
      quantity: 3,
      note: '',
    };
    const now = new Date().toISOString();
    return {
      id: newId(),
      number: 'FL-100001',
      version: 1,
      status: 'submitted',
      hold: null,
      source: 'shop',
      buyer: { kind: 'customer', id: buyer.id, name: 'Anna', email: 'anna@example.com', phone: '' },
      deliveryAddress: { recipient: 'Anna', line1: 'Street 1', line2: '', city: 'Riga', postcode: '1', country: 'LV' },
      currency: 'EUR',
      leadTier: 'economy',
      rush: false,
      reference: '',
      placedAt: now,
      confirmedAt: null,
      dueAt: null,
      updatedAt: now,
      quoteId: null,
      quoteExpiresAt: null,
      acceptUpTo: null,
      total: null,
      payment: { state: 'none', reference: '', at: null },
      items: [
        {
          id: newId(),
          line: 1,
          specification,
          state: 'pricing',
          hold: null,
          unitPrice: null,
          total: null,
          reviewReason: null,
          made: 0,
          scrapped: 0,
          packed: 0,
          shipped: 0,
          productionVersion: 0,
        },
      ],
      shipments: [],
      conflicts: [],
      linkedTo: null,
      ...changes,
    };
  }

  async function publish(...subjects: Order[]): Promise<void> {
    await room.publish(...subjects.map(eventOf));
  }

  function eventOf(subject: Order): { type: string; key: string; data: object } {
    const change = {
      version: subject.version,
      at: subject.updatedAt,
      name: 'place',
      from: null,
      status: subject.status,
      actor: { id: 'test', name: 'test', role: 'system' },
      cause: { kind: 'command', id: newId() },
      reason: '',
    };
    return { type: `order.${subject.status}`, key: subject.id, data: { order: subject, change } };
  }

  const toldOf = async (orderId: string): Promise<Quote[]> =>
    (await room.events()).map(({ data }) => data.quote).filter((quote) => quote.orderId === orderId);

  test('get a quote of their own, with the ids of their items, once', async () => {
    const model = await measured(customer, RING.stl);
    const placed = order(customer, model);
    await publish(placed);
    await publish(placed);
    const told = await eventually(
      () => toldOf(placed.id),
      (quotes) => quotes.length > 0 && !isPending(quotes.at(-1)!),
    );
    const quote = told.at(-1)!;
    assert.equal(quote.state, 'ready');
    assert.equal(quote.tenant, customer.id);
    assert.equal(quote.items[0]!.id, placed.items[0]!.id);
    assert.deepEqual(quote.items[0]!.specification, {
      ...placed.items[0]!.specification,
      process: 'lost-wax-casting',
      finish: 'polished',
    });
    await publish(order(customer, model, { id: placed.id, version: 5 }));
    const after = await eventually(
      () => toldOf(placed.id),
      (quotes) => new Set(quotes.map(({ id }) => id)).size > 1,
    );
    assert.equal(
      new Set(after.map(({ id }) => id)).size,
      2,
      'the repeated event made none, the changed order made one',
    );
  });

  test('keep their calculation: an order that waits for a price is cancelled as an order', async () => {
    const model: Model = { ...(await measured(customer, RING.stl)), sha256: 'e'.repeat(64) };
    const placed = order(customer, model);
    await publish(placed);
    const [quote] = await eventually(
      () => toldOf(placed.id),
      (quotes) => quotes.length > 0,
    );
    const refused = await room.call<Refused>(customer, 'DELETE', `/quotes/${quote!.id}`);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.code, 'quote.not_cancellable');
    assert.ok(isPending(await room.findQuote(customer, quote!.id)));
  });

  for (const together of [false, true]) {
    test(`that are cancelled free their place in the queue, heard ${together ? 'together' : 'one by one'}`, async () => {
      // Nobody has uploaded these bytes: the job waits, because its file is not there and it is tried again.
      const model: Model = { ...(await measured(customer, RING.stl)), sha256: (together ? 'd' : 'f').repeat(64) };
      const placed = order(customer, model);
      const cancelled: Order = { ...placed, version: 2, status: 'cancelled' };
      await (together ? publish(placed, cancelled) : publish(placed));
      const [quote] = await eventually(
        () => toldOf(placed.id),
        (quotes) => quotes.length > 0,
      );
      if (!together) await publish(cancelled);
      await eventually(
        () => room.findQuote(customer, quote!.id),
        ({ state }) => state === 'cancelled',
      );
    });
  }
});

test('a partner’s people and keys share their client’s models and quotes, and see no other client’s', async () => {
  const clientId = newId();
  const person: Actor = { ...room.actor('partner'), clientId };
  const key: Actor = { ...room.actor('partner'), id: clientId, clientId };
  const foreign: Actor = { ...room.actor('partner'), clientId: newId() };
  const model = await measured(person, RING.stl);
  const { status, body } = await room.quote(key, request([model]));
  assert.equal(status, 201);
  assert.equal(body.tenant, clientId);
  assert.equal((await room.findQuote(person, body.id)).id, body.id);
  assert.equal((await room.call(foreign, 'GET', `/quotes/${body.id}`)).status, 404);
  assert.equal((await room.call(foreign, 'GET', `/models/${model.id}`)).status, 404);
});

test('the catalogue says what may be asked for, and that its rates are examples', async () => {
  const { status, body } = await room.call<Catalogue>(customer, 'GET', '/catalogue?currency=EUR');
  assert.equal(status, 200);
  assert.equal(body.sample, true);
  assert.deepEqual(
    body.materials.map(({ id }) => id),
    ['silver-925', 'gold-585', 'brass', 'pa12', 'resin', 'steel-316l'],
  );
  assert.ok(!JSON.stringify(body).includes('perGram'));
});

test('the progress of a quote is a stream that ends with the price', async () => {
  const model = await measured(customer, RING.stl);
  const { body: quote } = await room.quote(customer, request([model]));
  const response = await room.raw(customer, 'GET', `/quotes/${quote.id}/events`);
  assert.match(response.headers.get('content-type')!, /text\/event-stream/);
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/\n\n$/.test(text) && text.includes('data:')) break;
  }
  assert.match(text, /^id: 1$/m);
  assert.deepEqual(JSON.parse(/^data: (.*)$/m.exec(text)![1]!), quote);
});

test('a stored file is kept once, however often it is uploaded', async () => {
  await measured(customer, RING.stl);
  await measured(seller, RING.stl);
  const kept = filesOf(room.blobDir).filter((file) => statSync(file).size === RING.stl.length);
  const hash = createHash('sha256').update(RING.stl).digest('hex');
  assert.equal(kept.filter((file) => path.basename(file) === hash).length, 1);
});
