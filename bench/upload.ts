import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeRing } from '#pricing/geometry';
import { openBrowser, type Person, personAt } from '../test/journey/people.ts';
import { startSubject } from './process.ts';
import { atLeast, atMost, machine, percentile, type Report } from './report.ts';

const REPEATS = 3;
/** 32 triangles a segment. */
const SEGMENTS = 31_250;

interface Sight {
  visibleMs: number;
  pricedMs: number;
  stages: number;
}

/** What a customer sees after choosing a model of a million triangles: its picture, the stages of its calculation, its price. */
export async function upload(): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-bench-'));
  const file = path.join(folder, 'million.stl');
  const subject = await startSubject();
  const browser = await openBrowser();
  if (!browser) throw new Error('Chromium is missing: npm run provision');
  try {
    const seen: Sight[] = [];
    let triangles = 0;
    for (let n = 0; n < REPEATS; n++) {
      // Another file each time: nothing is known of it.
      const ring = makeRing({ diameter: 40 + n, width: 8, thickness: 3, segments: SEGMENTS });
      triangles = ring.triangles;
      writeFileSync(file, ring.stl);
      const customer = await personAt({ browser, origin: subject.origin, language: 'en', name: 'customer' });
      seen.push(await firstSight(customer, file));
      await customer.context.close();
    }
    const median = (of: (sight: Sight) => number) => percentile(seen.map(of), 0.5);
    return {
      suite: 'upload',
      machine: machine(subject.postgresVersion()),
      rows: [
        atLeast('triangles', triangles, 'triangles', 1_000_000),
        atMost(
          'visible in the viewer',
          median(({ visibleMs }) => visibleMs / 1000),
          's',
          5,
        ),
        atMost(
          'priced',
          median(({ pricedMs }) => pricedMs / 1000),
          's',
          5,
        ),
        atLeast(
          'stages shown',
          median(({ stages }) => stages),
          'stages',
          2,
        ),
      ],
    };
  } finally {
    await browser.close();
    await subject.stop();
    rmSync(folder, { recursive: true });
  }
}

async function firstSight({ page, words }: Person, file: string): Promise<Sight> {
  await page.goto('/');
  await page.getByRole('button', { name: words.chooseFiles }).waitFor();
  await page.evaluate(watchPage);
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: words.chooseFiles }).click(),
  ]);
  await chooser.setFiles(file);
  await page.waitForFunction(() => {
    const { seen } = globalThis as unknown as { seen: Seen };
    return seen.visible > 0 && seen.priced > 0;
  });
  return page.evaluate(() => {
    const { seen } = globalThis as unknown as { seen: Seen };
    return { visibleMs: seen.visible - seen.begun, pricedMs: seen.priced - seen.begun, stages: seen.stages.length };
  });
}

interface Seen {
  begun: number;
  visible: number;
  priced: number;
  stages: string[];
}

/** Runs in the page: notes when things first show, without the driver's own delays. */
function watchPage(): void {
  const page = globalThis as unknown as {
    seen: Seen;
    document: { querySelector(selector: string): { textContent: string | null } | null; body: unknown };
    addEventListener(type: string, listen: () => void, options: object): void;
    MutationObserver: new (look: () => void) => { observe(node: unknown, options: object): void };
  };
  const seen: Seen = { begun: 0, visible: 0, priced: 0, stages: [] };
  page.seen = seen;
  page.addEventListener('change', () => (seen.begun ||= performance.now()), { capture: true });
  const look = (): void => {
    if (!seen.visible && page.document.querySelector('[data-shown="true"]')) seen.visible = performance.now();
    if (!seen.priced && page.document.querySelector('[data-testid="item-price"]')?.textContent) {
      seen.priced = performance.now();
    }
    const stage = page.document.querySelector('[data-stage]')?.textContent;
    if (stage && !seen.stages.includes(stage)) seen.stages.push(stage);
  };
  const watch = { subtree: true, childList: true, attributes: true, characterData: true };
  new page.MutationObserver(look).observe(page.document.body, watch);
}
