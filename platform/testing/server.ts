import { mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres } from '#platform/database';

export interface TestServer {
  /** The administrator's address; its database is for maintenance only. */
  url: string;
  stop(): Promise<void>;
}

const PREFIX = 'forgeline-postgres-';
const LEFTOVER_AFTER_MS = 6 * 3_600_000;

/** Nothing of a test need survive a crash of the machine. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 300 };

/**
 * A PostgreSQL server in a temporary folder. A test runner starts one and hands `url` to its test processes in
 * FORGELINE_TEST_POSTGRES. Stopped and removed by `stop`, at the latest when this process exits.
 */
export async function startTestServer(): Promise<TestServer> {
  removeLeftovers();
  const dataDir = mkdtempSync(join(realpathSync(tmpdir()), PREFIX));
  const postgres = embeddedPostgres({ dataDir, settings: SETTINGS });
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  const atExit = () => {
    postgres.abandon();
    remove();
  };
  process.once('exit', atExit);
  await postgres.start();
  return {
    url: postgres.adminUrl,
    async stop() {
      process.off('exit', atExit);
      await postgres.stop();
      remove();
    },
  };
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFTOVER_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}
