import { diskBlobs } from '#platform/blobs';
import { systemClock } from '#platform/clock';
import { openDatabase } from '#platform/database';
import { createLog, createMetrics } from '#platform/telemetry';
import { DEFAULT_RULES } from './rules.ts';
import { pricingWorker } from './worker.ts';

/** A worker as a process of its own, to be killed by a test: `node worker-under-test.ts DATABASE_URL BLOB_DIR RULES_JSON`. */
const [url, blobDir, rules] = process.argv.slice(2) as [string, string, string];
const ABOUT = { service: 'pricing', role: 'pricing-worker', version: '0' };

const worker = pricingWorker({
  sql: openDatabase({ url, room: 'pricing' }).sql,
  blobs: diskBlobs({ dir: blobDir }),
  clock: systemClock,
  log: createLog({ ...ABOUT, level: 'silent' }),
  metrics: createMetrics(ABOUT),
  threads: 1,
  rules: { ...DEFAULT_RULES, ...JSON.parse(rules) },
});
await worker.start!();
// Ends with the test, however that ends.
process.stdin.resume().once('end', () => process.exit(0));
