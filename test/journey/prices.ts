import type { Person } from './people.ts';

export interface PriceChange {
  currency: 'RUB' | 'EUR' | 'USD';
  draft: string;
  material: string;
  field: string;
  value: string;
  reason: string;
}

/** Copies the live list into a draft, changes a rate of one material, tries it over past quotes. The draft stays open. */
export async function draftPrices(
  { page }: Person,
  { currency, draft, material, field, value }: PriceChange,
): Promise<void> {
  await page.goto('/crm/price-lists');
  await page.getByRole('link', { name: new RegExp(`${currency}.*Live`) }).click();
  await page.getByRole('button', { name: 'New draft from it' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of the draft').fill(draft);
  await dialog.getByRole('button', { name: 'New draft from it' }).click();
  await page.getByRole('button', { name: `Change ${material}` }).click();
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await page.getByText(`${draft} is saved`).waitFor();
  await page.getByRole('button', { name: 'What if' }).click();
  await page.getByRole('button', { name: 'Try it over past quotes' }).click();
}

/** What the open draft would mean: how many past quotes were looked at, and how many of them would stay as they are. */
export async function meaningOf({ page }: Person): Promise<{ quotes: number; unchanged: number }> {
  const text = await page.getByText(/past quotes? looked at/).innerText();
  const found = /(\d+) past quotes? looked at · (\d+) unchanged/.exec(text);
  if (!found) throw new Error(`Not what was expected: ${text}`);
  return { quotes: Number(found[1]), unchanged: Number(found[2]) };
}

/** Publishes the open draft at once; returns the version of the list that it became. */
export async function publishPrices({ page }: Person, { reason }: PriceChange): Promise<string> {
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByLabel('Reason').fill(reason);
  await page.locator('form').getByRole('button', { name: 'Publish', exact: true }).click();
  const said = await page.getByText(/ is published$/).innerText();
  await page.getByRole('heading', { name: /Live/ }).waitFor();
  return said.replace(' is published', '');
}
