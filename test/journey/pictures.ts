/**
 * `node test/journey/pictures.ts`: takes the README's pictures of the three faces, in both languages, on a throw-away
 * installation with the demo's orders. Writes docs/pictures/{shop,crm,mes}{,.ru}.png, 1440 × 900.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { howToGet } from '#platform/testing';
import { makeRing } from '#pricing/geometry';
import { startTopology } from '../../app/cli/topology.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../../app/demo/people.ts';
import * as customers from './customer.ts';
import { seeded } from './demo.ts';
import { openBrowser, type Person, type PersonOptions, personAt, signIn } from './people.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/pictures');

const browser = await openBrowser();
if (!browser) throw new Error(howToGet(['chromium']));
mkdirSync(FOLDER, { recursive: true });
const topology = await startTopology({ kind: 'all', env: { FORGELINE_DEMO: 'true' } });
try {
  await seeded(topology);
  await takeAll(browser, topology.gatewayOrigin);
} finally {
  await browser.close();
  await topology.stop();
}

async function takeAll(browser: Browser, origin: string): Promise<void> {
  for (const language of ['en', 'ru'] as const) {
    const options = { browser, origin, language, name: 'photographer' };
    await take(options, 'shop', showShop);
    await take(options, 'crm', showSales);
    await take(options, 'mes', showFloor);
  }
}

async function take(options: PersonOptions, face: string, show: (person: Person) => Promise<void>): Promise<void> {
  const person = await personAt(options);
  await show(person);
  await person.page.mouse.move(0, 0);
  const file = path.join(FOLDER, options.language === 'en' ? `${face}.png` : `${face}.${options.language}.png`);
  await person.page.screenshot({ path: file, animations: 'disabled' });
  await person.context.close();
  console.log(path.relative(process.cwd(), file));
}

async function showShop(person: Person): Promise<void> {
  await person.page.goto('/');
  await customers.upload(person, makeRing({ diameter: 17, width: 5, thickness: 1.8 }));
  await customers.priceOf(person);
}

async function showSales(person: Person): Promise<void> {
  const { email, face } = DEMO_PEOPLE.seller;
  await signIn(person, face, email, DEMO_PASSWORD);
  await person.page.getByRole('row').nth(10).waitFor();
}

async function showFloor(person: Person): Promise<void> {
  const { email, face } = DEMO_PEOPLE.operator;
  await signIn(person, face, email, DEMO_PASSWORD);
  await person.page.getByRole('main').getByRole('listitem').first().waitFor();
  await person.page.getByRole('img').first().waitFor();
}
