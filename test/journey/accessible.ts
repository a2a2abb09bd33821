import axe, { type AxeResults } from 'axe-core';
import type { Person } from './people.ts';

/** What axe finds serious or critical on this screen, in both themes; empty when nothing. */
export async function accessibilityFlaws({ page, words }: Person, screen: string): Promise<string[]> {
  const flaws: string[] = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      const where = nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`).join('\n    ');
      flaws.push(`${screen}, ${words.locale}, ${colorScheme}: ${id} (${impact})\n    ${where}`);
    }
  }
  return flaws;
}
