import type { MadeModel } from '#pricing/geometry';
import type { Person } from './people.ts';
import { pictureOf } from './picture.ts';

/** Chooses a file as from a disk and waits for its picture. */
export async function upload({ page, words }: Person, model: MadeModel): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: words.chooseFiles }).click(),
  ]);
  await chooser.setFiles({ name: model.fileName, mimeType: 'model/stl', buffer: model.stl });
  await viewer({ page, words }, model.fileName).waitFor();
}

function viewer({ page, words }: Pick<Person, 'page' | 'words'>, fileName: string) {
  return page.getByRole('img', { name: words.picture(fileName) });
}

/** How the model looks before and after it is turned by an arrow key. */
export async function turnModel(person: Person, fileName: string) {
  const model = viewer(person, fileName);
  const before = await pictureOf(model);
  await model.focus();
  for (let turn = 0; turn < 4; turn += 1) await person.page.keyboard.press('ArrowRight');
  const after = await pictureOf(model);
  return { before, after };
}

export async function chooseMaterial({ page }: Person, name: RegExp): Promise<void> {
  await page.getByRole('radio', { name }).check();
}

/** The total, once the price is known and the order can go on. */
export async function priceOf({ page, words }: Person): Promise<string> {
  const summary = page.getByRole('complementary', { name: words.quote });
  await summary
    .locator('[aria-busy="false"]')
    .getByText(/\d[.,]\d\d/)
    .first()
    .waitFor();
  await summary.getByRole('button', { name: words.toCheckout, disabled: false }).waitFor();
  return (await summary.getByRole('definition').last().textContent()) ?? '';
}

export async function toCheckout({ page, words }: Person): Promise<void> {
  await page.getByRole('button', { name: words.toCheckout, disabled: false }).click();
  await page.getByLabel(words.street).waitFor();
}

export interface Account {
  name: string;
  email: string;
  password: string;
}

/** From the checkout: a guest becomes a person with an account, and stays where they are. */
export async function signUpAtCheckout({ page, words }: Person, { name, email, password }: Account): Promise<void> {
  await page.getByRole('button', { name: words.newAccount }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.name, { exact: true }).fill(name);
  await dialog.getByLabel(words.email).fill(email);
  await dialog.getByLabel(words.password, { exact: true }).fill(password);
  await dialog.getByRole('button', { name: words.createAccount, exact: true }).click();
  await page.getByText(words.signedInAs(name)).waitFor();
}

/** From the checkout: who has an account comes back to the quote, which is looked at once more. */
export async function signInAtCheckout(person: Person, { name, email, password }: Account): Promise<void> {
  const { page, words } = person;
  await page.getByRole('button', { name: words.haveAccount }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.email).fill(email);
  await dialog.getByLabel(words.password, { exact: true }).fill(password);
  await dialog.getByRole('button', { name: words.signIn, exact: true }).click();
  await toCheckout(person);
  await page.getByText(words.signedInAs(name)).waitFor();
}

/** Fills in where to and orders. Returns the order's number; its page is open then. */
export async function placeOrder({ page, words }: Person, recipient: string): Promise<string> {
  await page.getByLabel(words.recipient).fill(recipient);
  await page.getByLabel(words.street).fill('Литейный проспект, 12');
  await page.getByLabel(words.city).fill('Санкт-Петербург');
  await page.getByLabel(words.postcode).fill('191028');
  await page.getByRole('button', { name: words.place }).click();
  await page.getByRole('heading', { name: words.placed }).waitFor();
  await page.getByRole('link', { name: words.follow }).click();
  const heading = page.getByRole('heading', { name: words.order });
  await heading.waitFor();
  return /FL-\d+/.exec((await heading.textContent()) ?? '')?.[0] ?? '';
}

/** Resolves when the open order page says this status beside the order's number. */
export async function seesStatus({ page, words }: Person, status: string): Promise<void> {
  const head = page.locator('header').filter({ has: page.getByRole('heading', { name: words.order }) });
  await head.getByText(status, { exact: true }).waitFor();
}

export async function seesParcel({ page, words }: Person, tracking: string): Promise<void> {
  await page.getByRole('heading', { name: words.parcels }).waitFor();
  await page.getByText(tracking).waitFor();
}
