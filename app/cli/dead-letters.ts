/** `npm run dead-letters`: lists, shows, replays and discards events that a consumer could not handle. */
import {
  type AuditEntry,
  type DeadLetter,
  discardDeadLetter,
  listDeadLetters,
  openDeadLetter,
  readDeadLetterAudit,
  replayDeadLetter,
} from '#platform/bus';
import type { Sql } from '#platform/database';
import { ConfigError, readConfig } from '../config.ts';
import { type Command, readCommand, roomOf, USAGE, UsageError } from './dead-letters-arguments.ts';
import { auditTable, letterCard, letterTable } from './dead-letters-table.ts';
import { NoInstallation, type ReachedDatabases, reachDatabases } from './reach-databases.ts';

const EXIT = { done: 0, failed: 1, senseless: 2, missing: 3 } as const;

/** What a command has to say: for a program, for a person, and whether everything it named was there. */
interface Answer {
  json: unknown;
  text: string;
  exit: number;
}

async function carryOut(command: Exclude<Command, { kind: 'help' }>, databases: ReachedDatabases): Promise<Answer> {
  switch (command.kind) {
    case 'list': {
      const { consumer, limit } = command;
      const wanted = { limit, ...(consumer === undefined ? {} : { consumer }) };
      const lists = await eachRoom(command.rooms, databases, (sql) => listDeadLetters(sql, wanted));
      const items = lists.toSorted((a: DeadLetter, b: DeadLetter) => newestFirst(a.diedAt, b.diedAt));
      return { json: { items }, text: letterTable(items), exit: EXIT.done };
    }
    case 'audit': {
      const lists = await eachRoom(command.rooms, databases, (sql) => readDeadLetterAudit(sql, command));
      const items = lists.toSorted((a: AuditEntry, b: AuditEntry) => newestFirst(a.at, b.at));
      return { json: { items }, text: auditTable(items), exit: EXIT.done };
    }
    case 'show': {
      const letter = await openDeadLetter(databases.sql(roomOf(command.consumer)), command);
      if (letter) return { json: letter, text: letterCard(letter), exit: EXIT.done };
      return { json: null, text: `${command.consumer} has no dead letter ${command.eventId}.\n`, exit: EXIT.missing };
    }
    default:
      return decide(command, databases.sql(roomOf(command.consumer)));
  }
}

type Decision = Extract<Command, { kind: 'replay' | 'discard' }>;

async function decide({ kind, consumer, eventIds, actor, note }: Decision, sql: Sql): Promise<Answer> {
  const act = kind === 'replay' ? replayDeadLetter : discardDeadLetter;
  const ids = eventIds === 'all' ? await everyDeadLetter(sql, consumer) : eventIds;
  const done: string[] = [];
  const missing: string[] = [];
  for (const eventId of ids) {
    const was = await act(sql, { consumer, eventId, actor, note });
    (was ? done : missing).push(eventId);
  }
  const lost = missing.map((id) => `${consumer} has no dead letter ${id}.\n`).join('');
  const word = kind === 'replay' ? 'Given to its consumer again' : 'Discarded';
  return {
    json: { done, missing },
    text: `${lost}${word}: ${done.length}.\n`,
    // With --all, one that somebody else has just decided on is no mistake.
    exit: missing.length > 0 && eventIds !== 'all' ? EXIT.missing : EXIT.done,
  };
}

/** Those of this moment: one that dies again meanwhile is not given back a second time. */
async function everyDeadLetter(sql: Sql, consumer: string): Promise<string[]> {
  const ids: string[] = [];
  let before: DeadLetter | undefined;
  for (;;) {
    const page = await listDeadLetters(sql, { consumer, limit: 200, ...(before ? { before } : {}) });
    ids.push(...page.map(({ eventId }) => eventId));
    before = page.at(-1);
    // Oldest first: as it happened.
    if (!before) return ids.reverse();
  }
}

async function eachRoom<Item>(
  rooms: Extract<Command, { kind: 'list' }>['rooms'],
  databases: ReachedDatabases,
  read: (sql: Sql) => Promise<Item[]>,
): Promise<Item[]> {
  const lists = await Promise.all(
    rooms.map((room) =>
      read(databases.sql(room)).catch((cause: Error) => {
        throw new Error(`The database of ${room} did not answer: ${cause.message}`, { cause });
      }),
    ),
  );
  return lists.flat();
}

function newestFirst(a: string, b: string): number {
  return Date.parse(b) - Date.parse(a);
}

async function main(args: string[]): Promise<number> {
  const { command, json, configArguments } = readCommand(args);
  if (command.kind === 'help') {
    console.log(USAGE);
    return EXIT.done;
  }
  const databases = await reachDatabases(readConfig(configArguments, process.env));
  try {
    const answer = await carryOut(command, databases);
    process.stdout.write(json ? `${JSON.stringify(answer.json)}\n` : answer.text);
    return answer.exit;
  } finally {
    await databases.end();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const senseless = error instanceof UsageError || error instanceof ConfigError;
  const known = senseless || error instanceof NoInstallation;
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error('npm run dead-letters -- --help shows what can be asked for.');
  if (!known && process.env['FORGELINE_LOG_LEVEL'] === 'debug') console.error(error);
  process.exitCode = senseless ? EXIT.senseless : EXIT.failed;
}
