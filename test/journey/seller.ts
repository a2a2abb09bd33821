import type { Person } from './people.ts';

const row = ({ page }: Person, number: string) => page.getByRole('row').filter({ hasText: number });

/** Resolves when the open list shows the order. */
export async function seesOrder(person: Person, number: string): Promise<void> {
  await row(person, number).waitFor();
}

export async function openOrder(person: Person, number: string): Promise<void> {
  await row(person, number).getByRole('link', { name: number }).click();
  await person.page.getByRole('heading', { name: number }).waitFor();
}

export async function recordPayment({ page, words }: Person, document: string): Promise<void> {
  await page.getByRole('button', { name: words.recordPayment }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.paymentDocument).fill(document);
  await dialog.getByRole('button', { name: words.record, exact: true }).click();
  await page.getByRole('button', { name: words.recordPayment }).waitFor({ state: 'detached' });
}

export async function approve({ page, words }: Person): Promise<void> {
  await page.getByRole('button', { name: words.approve }).click();
  await page.getByRole('button', { name: words.approve }).waitFor({ state: 'detached' });
}

/** Resolves when the open card says this status beside the order's number. */
export async function cardSays({ page }: Person, status: string): Promise<void> {
  await page.getByRole('article').locator('header').first().getByText(status, { exact: true }).waitFor();
}

/** Resolves when the frame says so about its connection. */
export async function seesConnection({ page }: Person, words: string | RegExp): Promise<void> {
  await page.getByRole('banner').getByRole('status').getByText(words).waitFor();
}
