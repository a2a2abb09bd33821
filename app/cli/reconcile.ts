/** `npm run reconcile`: compares what every room keeps with the orders, and puts it right if asked to. */
import { createLog } from '#platform/telemetry';
import { ConfigError, readConfig } from '../config.ts';
import { NoInstallation, reachDatabases } from './reach-databases.ts';
import { readArguments, USAGE, UsageError } from './reconcile-arguments.ts';
import { type RoomReport, reconcileRoom } from './reconcile-rooms.ts';

const EXIT = { equal: 0, different: 1, senseless: 2, failed: 3 } as const;

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked.kind === 'help') {
    console.log(USAGE);
    return EXIT.equal;
  }
  const config = readConfig(asked.configArguments, process.env);
  const databases = await reachDatabases(config);
  const log = createLog({ service: 'forgeline-cli', role: 'cli', version: '0', level: 'silent' });
  const { act, patienceMs, limit } = asked;
  const over = config.amqpUrl ? 'rabbitmq' : 'postgres';
  const rooms: RoomReport[] = [];
  try {
    // In this order: copies are compared with orders that were put right before.
    for (const room of asked.rooms) {
      if (!asked.json) console.error(`Comparing ${room} …`);
      rooms.push(await reconcileRoom(room, { sql: databases.sql, act, patienceMs, limit, over, log }));
    }
  } finally {
    await databases.end();
  }
  const isEqual = rooms.every(({ left, underWay }) => left + underWay === 0);
  process.stdout.write(asked.json ? `${JSON.stringify({ equal: isEqual, rooms })}\n` : textOf(rooms, isEqual));
  return isEqual ? EXIT.equal : EXIT.different;
}

const COLUMNS = ['compared', 'missing', 'behind', 'wrong', 'extra', 'repaired', 'underWay', 'left'] as const;

function textOf(rooms: readonly RoomReport[], isEqual: boolean): string {
  const head = ['ROOM', ...COLUMNS.map((name) => (name === 'underWay' ? 'UNDER WAY' : name.toUpperCase()))];
  const lines = [head, ...rooms.map((one) => [one.room, ...COLUMNS.map((name) => String(one[name]))])];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const table = lines.map((line) =>
    line.map((cell, n) => cell[n === 0 ? 'padEnd' : 'padStart'](widths[n]!)).join('  '),
  );
  const shown = rooms.flatMap(({ room, differences }) =>
    differences.map(({ kind, orderId, what }) => `${room}: ${kind} ${orderId}: ${what}`),
  );
  const waits = rooms.some(({ underWay }) => underWay > 0)
    ? ['Events are still on their way: let the installation run, or give it more time with --wait.']
    : [];
  return `${[...table, ...(shown.length > 0 ? ['', ...shown] : []), '', ...waits, verdict(rooms, isEqual)].join('\n')}\n`;
}

function verdict(rooms: readonly RoomReport[], isEqual: boolean): string {
  if (!isEqual) return 'Differences are left.';
  const isEmpty = rooms.every(({ compared, differences }) => compared + differences.length === 0);
  return isEmpty ? 'There is no order yet to compare.' : 'Everything is equal.';
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const senseless = error instanceof UsageError || error instanceof ConfigError;
  const known = senseless || error instanceof NoInstallation;
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error('npm run reconcile -- --help shows what can be asked for.');
  if (!known && process.env['FORGELINE_LOG_LEVEL'] === 'debug') console.error(error);
  process.exitCode = senseless ? EXIT.senseless : EXIT.failed;
}
