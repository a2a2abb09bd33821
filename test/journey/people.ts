import { type Browser, type BrowserContext, chromium, type Page, type Response } from 'playwright-core';
import { requireServer } from '#platform/testing';
import { type Language, WORDS, type Words } from './words.ts';

/** No network but the page's own, no sandbox (root in a container has none), WebGL by software. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Generous: the machine may be building something else. */
const PATIENCE_MS = 40_000;

/** Null where there is no Chromium. Every start has a profile folder of its own. */
export async function openBrowser(): Promise<Browser | null> {
  const executablePath = requireServer('chromium');
  return executablePath === null ? null : chromium.launch({ executablePath, args: FLAGS });
}

/** Somebody at a screen of their own: own cookies, own language. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly words: Words;
  /** What a browser would tell a developer: errors, failed and refused requests, requests that leave the origin. */
  readonly complaints: readonly string[];
  /** How often a document was loaded: what comes by itself does not raise it. */
  loads(): number;
}

export interface PersonOptions {
  browser: Browser;
  origin: string;
  language: Language;
  name: string;
}

export async function personAt({ browser, origin, language, name }: PersonOptions): Promise<Person> {
  const words = WORDS[language];
  const context = await browser.newContext({
    baseURL: origin,
    locale: words.locale,
    timezoneId: 'Europe/Moscow',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const complain = (text: string): void => void complaints.push(`${name} (${language}): ${text}`);
  watch(page, origin, complain);
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  return { page, context, words, complaints, loads: () => loads };
}

function watch(page: Page, origin: string, complain: (text: string) => void): void {
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(blob|data):/.test(url)) complain(`leaves the origin: ${url}`);
  });
  page.on('requestfailed', (request) => {
    // Who leaves a page ends its streams.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') complain(`failed: ${request.method()} ${request.url()} ${why}`);
  });
  page.on('response', (response: Response) => {
    if (response.status() >= 400)
      complain(`answered ${response.status()}: ${response.request().method()} ${response.url()}`);
  });
}

/** Through the page that a signed-out person meets in CRM and MES. */
export async function signIn(person: Person, face: string, email: string, password: string): Promise<void> {
  const { page, words } = person;
  await page.goto(face);
  await page.getByLabel(words.email).fill(email);
  await page.getByLabel(words.password, { exact: true }).fill(password);
  await page.getByRole('button', { name: words.signIn, exact: true }).click();
  await page.getByRole('status').getByText(words.live).waitFor();
}
