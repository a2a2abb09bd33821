import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres } from '#platform/database';

export interface TestServer {
  /** The administrator's address; its database is for maintenance only. */
  url: string;
  stop(): Promise<void>;
}

const PREFIX = 'forgeline-postgres-';

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

/** Of runs that were killed: they left the pid of a process that is no more. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isAbandoned(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, 'instance.pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    // No such process. Without the file yet it is one that is just being made.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
