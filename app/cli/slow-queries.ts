/** `npm run slow-queries`: the statements that cost the database most, and the indexes that they lack. */
import { ConfigError, readConfig } from '../config.ts';
import { type ReachedDatabases, reachDatabases } from './reach-databases.ts';
import { type Asked, readArguments, USAGE, UsageError } from './slow-queries-arguments.ts';
import { adviseOn } from './slow-queries-index.ts';
import { readStatements } from './slow-queries-statements.ts';
import { type Finding, findingsText } from './slow-queries-table.ts';

const EXIT = { told: 0, failed: 1, senseless: 2 } as const;

async function findings({ rooms, top, tryAll }: Asked, databases: ReachedDatabases): Promise<Finding[]> {
  const lists = await Promise.all(rooms.map((room) => readStatements(databases.sql(room), room, top)));
  const dearest = lists.flat().toSorted((a, b) => b.totalMs - a.totalMs);
  const found: Finding[] = [];
  // One after the other: an index that is tried must not hold up two tables at once.
  for (const statement of dearest.slice(0, top)) {
    found.push({ ...statement, ...(await adviseOn(databases.sql(statement.room), statement.query, { tryAll })) });
  }
  return found;
}

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked.help) {
    console.log(USAGE);
    return EXIT.told;
  }
  const databases = await reachDatabases(readConfig(asked.configArguments, process.env));
  try {
    const statements = await findings(asked, databases);
    process.stdout.write(asked.json ? `${JSON.stringify({ statements })}\n` : findingsText(statements));
    return EXIT.told;
  } finally {
    await databases.end();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const senseless = error instanceof UsageError || error instanceof ConfigError;
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error('npm run slow-queries -- --help shows what can be asked for.');
  if (!senseless && process.env['FORGELINE_LOG_LEVEL'] === 'debug') console.error(error);
  process.exitCode = senseless ? EXIT.senseless : EXIT.failed;
}
