/** `npm run bench -- SUITE [--json] [--record] [OPTIONS OF THE SUITE]`: measures, prints a table, or with --json one object as the last line. */
import { type Report, record, table } from './report.ts';

const SUITES: Record<string, (options: readonly string[]) => Promise<Report>> = {
  'broker-outage': async (options) => (await import('./broker-outage.ts')).brokerOutage(options),
  events: async (options) => (await import('./events.ts')).events(options),
  cache: async () => (await import('./cache.ts')).cache(),
  geometry: async (options) => (await import('./geometry.ts')).geometry(options),
  'pricing-queue': async () => (await import('./pricing-queue.ts')).pricingQueue(),
  isolation: async (options) => (await import('./isolation.ts')).isolation(options),
  lists: async (options) => (await import('./lists.ts')).lists(options),
  orders: async () => (await import('./orders.ts')).orders(),
  'read-models': async (options) => (await import('./read-models.ts')).readModels(options),
  'read-your-writes': async (options) => (await import('./read-your-writes.ts')).readYourWrites(options),
  recovery: async () => (await import('./recovery.ts')).recovery(),
  'similar-models': async (options) => (await import('./similar-models.ts')).similarModels(options),
  upload: async () => (await import('./upload.ts')).upload(),
};

const [suite = '', ...options] = process.argv.slice(2);
const measure = SUITES[suite];
if (!measure) {
  console.error(`There is no suite "${suite}". There are: ${Object.keys(SUITES).join(', ')}.`);
  process.exit(2);
}
const report = await measure(options);
if (!options.includes('--json')) console.log(table(report));
if (options.includes('--record')) console.error(`Recorded in ${record(report, new Date().toISOString())}`);
if (options.includes('--json')) console.log(JSON.stringify(report));
process.exitCode = report.rows.every((row) => row.ok) ? 0 : 1;
