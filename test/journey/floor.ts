import type { Person } from './people.ts';

const row = ({ page }: Person, number: string) =>
  page.getByRole('main').getByRole('listitem').filter({ hasText: number });

/** Among my work, what has a clock is in hand; the rest is finished. */
const inHand = (person: Person, number: string) => row(person, number).filter({ has: person.page.getByRole('timer') });

/** What can be claimed of the order. */
const offered = (person: Person, number: string) =>
  row(person, number).getByRole('button', { name: person.words.claim });

/** Resolves when the open queue offers the order: in place at its end, or by the button for what belongs further up. */
export async function seesOperation(person: Person, number: string): Promise<void> {
  const fresh = person.page.getByRole('button', { name: person.words.fresh });
  const wanted = offered(person, number);
  while (!(await wanted.isVisible())) {
    await wanted.or(fresh).first().waitFor();
    if (await fresh.isVisible()) await fresh.click();
  }
}

export async function claim(person: Person, number: string): Promise<void> {
  await offered(person, number).click();
  await row(person, number).getByText(person.words.yours, { exact: true }).waitFor();
}

export async function openQueue({ page, words }: Person): Promise<void> {
  await page.getByRole('link', { name: words.queue }).click();
  await page.getByRole('heading', { name: words.queue, level: 1 }).waitFor();
}

export async function openWork({ page, words }: Person): Promise<void> {
  await page.getByRole('link', { name: words.myWork }).click();
  await page.getByRole('heading', { name: words.myWork, level: 1 }).waitFor();
}

export async function start(person: Person, number: string): Promise<void> {
  const { words } = person;
  await inHand(person, number).getByRole('button', { name: words.start }).click();
  await inHand(person, number).getByRole('button', { name: words.finish }).waitFor();
}

/** Everything good. */
export async function finish(person: Person, number: string): Promise<void> {
  const { page, words } = person;
  await inHand(person, number).getByRole('button', { name: words.finish }).click();
  const dialog = page.getByRole('dialog', { name: words.finishOperation });
  await dialog.getByRole('button', { name: words.finish }).click();
  await dialog.waitFor({ state: 'hidden' });
  await inHand(person, number).waitFor({ state: 'detached' });
}

/** Claims, starts and finishes the order's next operation. The queue is open before. */
export async function doOperation(person: Person, number: string): Promise<void> {
  await seesOperation(person, number);
  await claim(person, number);
  await openWork(person);
  await start(person, number);
  await finish(person, number);
}

/** Resolves when the open packing list shows the order. */
export async function seesParcelToPack(person: Person, number: string): Promise<void> {
  await row(person, number).waitFor();
}

/** From the open packing list: ticks every line and packs. */
export async function pack(person: Person, number: string): Promise<void> {
  const { page, words } = person;
  await row(person, number).getByRole('button').click();
  await page.getByRole('heading', { name: number, level: 1 }).waitFor();
  for (const line of await page.getByRole('checkbox').all()) await line.check();
  await page.getByRole('button', { name: words.packed }).click();
  await page.getByLabel(words.carrier).waitFor();
}

/** Hands over to the carrier. Returns how the label begins that opens in a tab of its own for printing. */
export async function ship(person: Person, number: string, tracking: string): Promise<string> {
  const { page, words, context } = person;
  await page.getByLabel(words.carrier).fill('СДЭК');
  await page.getByLabel(words.tracking).fill(tracking);
  await page.getByRole('button', { name: words.ship }).click();
  const dialog = page.getByRole('dialog', { name: words.shipSure(number) });
  const [tab] = await Promise.all([
    context.waitForEvent('page'),
    dialog.getByRole('button', { name: words.ship }).click(),
  ]);
  await page.getByRole('heading', { name: words.shipDone(number) }).waitFor();
  await tab.waitForURL(/^blob:/, { waitUntil: 'commit' });
  const beginning = await page.evaluate<string>(
    `fetch('${tab.url()}').then((file) => file.text()).then((text) => text.slice(0, 5))`,
  );
  await tab.close();
  return beginning;
}
