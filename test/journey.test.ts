import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { OrderView } from '#contracts/orders';
import type { PriceListPage } from '#contracts/price-lists';
import { makeRing } from '#pricing/geometry';
import { startTopology, type Topology } from '../app/cli/topology.ts';
import { placeDemoOrder } from '../app/demo/drive.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE, type DemoName } from '../app/demo/people.ts';
import { demoOrders } from '../app/demo/plan.ts';
import { signIn as signInVisitor } from '../app/visitor.ts';
import { accessibilityFlaws } from './journey/accessible.ts';
import * as customers from './journey/customer.ts';
import { seeded } from './journey/demo.ts';
import * as floor from './journey/floor.ts';
import { openBrowser, type Person, personAt, signIn } from './journey/people.ts';
import * as prices from './journey/prices.ts';
import * as sales from './journey/seller.ts';
import type { Language } from './journey/words.ts';

let topology: Topology;
let browser: Browser | null;
before(async () => {
  browser = await openBrowser();
  if (!browser) return;
  topology = await startTopology({ kind: 'all', env: { FORGELINE_DEMO: 'true' } });
  await seeded(topology);
});
after(async () => {
  await browser?.close();
  await topology?.stop();
});

interface Route {
  language: Language;
  material: RegExp;
  /** Operations that an operator does before the inspection. */
  operations: number;
  /** How this customer comes to an account on the way. */
  becomeMember(customer: Person): Promise<void>;
}

const ROUTES: readonly Route[] = [
  {
    language: 'en',
    material: /^Standard resin/,
    operations: 3,
    becomeMember: (customer) =>
      customers.signUpAtCheckout(customer, {
        name: 'Jane Newcomer',
        email: 'jane@journey.example',
        password: 'a sentence nobody guesses',
      }),
  },
  {
    language: 'ru',
    material: /^Серебро 925/,
    operations: 6,
    becomeMember: (customer) =>
      customers.signInAtCheckout(customer, { ...DEMO_PEOPLE.customer, password: DEMO_PASSWORD }),
  },
];

for (const route of ROUTES) {
  test(`from an uploaded model to a shipped order, ${route.language}`, async (context) => {
    if (!browser) return context.skip('no Chromium');
    const cast = await openScreens(browser, route.language);
    const flaws = await journey(cast, route);
    assert.deepEqual(flaws, []);
    assert.deepEqual(
      Object.values(cast).flatMap(({ complaints }) => complaints),
      [],
    );
    await Promise.all(Object.values(cast).map((person) => person.context.close()));
  });
}

interface Cast {
  customer: Person;
  seller: Person;
  operator: Person;
  quality: Person;
  packer: Person;
}

/** Everybody sits at their screen before the customer comes. */
async function openScreens(browser: Browser, language: Language): Promise<Cast> {
  const origin = topology.gatewayOrigin;
  const staff = async (name: DemoName): Promise<Person> => {
    const person = await personAt({ browser, origin, language, name });
    await signIn(person, DEMO_PEOPLE[name].face, DEMO_PEOPLE[name].email, DEMO_PASSWORD);
    return person;
  };
  return {
    customer: await personAt({ browser, origin, language, name: 'customer' }),
    seller: await staff('seller'),
    operator: await staff('operator'),
    quality: await staff('quality'),
    packer: await staff('packer'),
  };
}

/** The whole way. Returns what is hard to use for some people; everything else that is wrong throws. */
async function journey(cast: Cast, route: Route): Promise<string[]> {
  const { customer, seller, operator, quality, packer } = cast;
  const flaws: string[] = [];
  const inspectScreen = async (person: Person, screen: string): Promise<void> => {
    flaws.push(...(await accessibilityFlaws(person, screen)));
  };

  await customer.page.goto('/');
  const ring = makeRing({ diameter: 17, width: 5, thickness: 1.8 });
  await inspectScreen(customer, 'shop, welcome');
  await customers.upload(customer, ring);
  const { before, after: turned } = await customers.turnModel(customer, ring.fileName);
  assert.ok(before.colours > 50, `the model is painted in ${before.colours} colours`);
  assert.ok(before.drawn > 0.05, `${before.drawn} of the picture is drawn`);
  assert.notDeepEqual(turned.png, before.png, 'the arrow keys turn the model');
  await customers.chooseMaterial(customer, route.material);
  const price = await customers.priceOf(customer);
  assert.match(price, /\d/);
  await inspectScreen(customer, 'shop, quote');
  await customers.toCheckout(customer);
  await route.becomeMember(customer);
  await inspectScreen(customer, 'shop, checkout');
  const screens = Object.values(cast);
  const number = await customers.placeOrder(customer, 'Jane Newcomer');
  assert.match(number, /^FL-\d+$/);
  const loads = screens.map((person) => person.loads());

  await sales.seesOrder(seller, number);
  await inspectScreen(seller, 'crm, list');
  await sales.openOrder(seller, number);
  await sales.cardSays(seller, seller.words.status.confirmed);
  await sales.recordPayment(seller, 'ПП-118');
  await inspectScreen(seller, 'crm, card');
  await sales.approve(seller);
  await sales.cardSays(seller, seller.words.status.approved);

  await floor.seesOperation(operator, number);
  await inspectScreen(operator, 'mes, queue');
  await floor.claim(operator, number);
  await floor.openWork(operator);
  await floor.start(operator, number);
  await inspectScreen(operator, 'mes, my work');
  await floor.finish(operator, number);
  await sales.cardSays(seller, seller.words.status.inProduction);
  for (let done = 1; done < route.operations; done += 1) {
    await floor.openQueue(operator);
    await floor.doOperation(operator, number);
  }
  await floor.doOperation(quality, number);

  await floor.seesParcelToPack(packer, number);
  await inspectScreen(packer, 'mes, packing');
  await floor.pack(packer, number);
  await inspectScreen(packer, 'mes, shipping');
  const tracking = `JOURNEY-${route.language.toUpperCase()}-1`;
  const label = await floor.ship(packer, number, tracking);
  assert.equal(label, '%PDF-');

  await customers.seesStatus(customer, customer.words.status.shipped);
  await customers.seesParcel(customer, tracking);
  await inspectScreen(customer, 'shop, order');
  await sales.cardSays(seller, seller.words.status.shipped);
  assert.deepEqual(
    screens.map((person) => person.loads()),
    loads,
    'no screen was loaded again',
  );
  return flaws;
}

test('an administrator drafts prices, tries them over past quotes and publishes them', async (context) => {
  if (!browser) return context.skip('no Chromium');
  const { gatewayOrigin: origin } = topology;
  const admin = await personAt({ browser, origin, language: 'en', name: 'admin' });
  await signIn(admin, DEMO_PEOPLE.admin.face, DEMO_PEOPLE.admin.email, DEMO_PASSWORD);
  const change: prices.PriceChange = {
    currency: 'RUB',
    draft: 'Dearer resin',
    material: 'Standard resin (SLA)',
    field: 'Setup',
    value: '12345,67',
    reason: 'The journey asks for it',
  };
  await prices.draftPrices(admin, change);
  const { quotes, unchanged } = await prices.meaningOf(admin);
  assert.ok(unchanged > 0 && unchanged < quotes, `${unchanged} of ${quotes} past quotes stay as they are`);
  const flaws = await accessibilityFlaws(admin, 'crm, what if');
  const version = await prices.publishPrices(admin, change);
  flaws.push(...(await accessibilityFlaws(admin, 'crm, price list')));
  const path = `/api/internal/v1/pricing/price-lists/${version}`;
  const caller = await signInVisitor(origin, DEMO_PEOPLE.admin.email, DEMO_PASSWORD);
  const { row, body } = await caller.call<PriceListPage>(path);
  assert.equal(row.state, 'live');
  assert.equal(body.materials.find(({ id }) => id === 'resin')!.setup, 1_234_567);
  assert.deepEqual(flaws, []);
  assert.deepEqual(admin.complaints, []);
  await admin.context.close();
});

test('the list of orders outlives the server', async (context) => {
  if (!browser) return context.skip('no Chromium');
  const origin = topology.gatewayOrigin;
  const seller = await personAt({ browser, origin, language: 'en', name: 'seller' });
  const { email, face } = DEMO_PEOPLE.seller;
  await signIn(seller, face, email, DEMO_PASSWORD);
  const loads = seller.loads();

  await topology.kill('all');
  await sales.seesConnection(seller, seller.words.noConnection);
  await topology.startAgain('all');
  await sales.seesConnection(seller, seller.words.live);

  const contact = { name: DEMO_PEOPLE.customer.name, email: DEMO_PEOPLE.customer.email };
  const customer = await signInVisitor(origin, contact.email, DEMO_PASSWORD);
  const orderId = await placeDemoOrder(customer, contact, { ...demoOrders()[0]!, goal: 'confirmed' });
  const { order } = await customer.call<OrderView>(`/api/internal/v1/orders/${orderId}`);
  await sales.seesOrder(seller, order.number);
  assert.equal(seller.loads(), loads, 'the list was not loaded again');
  await seller.context.close();
});
