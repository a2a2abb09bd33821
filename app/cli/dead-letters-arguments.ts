import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { ROOM_NAMES, type RoomName } from '../rooms.ts';

export const USAGE = `npm run dead-letters -- list    [--room ROOM | --consumer CONSUMER] [--limit N]
npm run dead-letters -- show    CONSUMER EVENT
npm run dead-letters -- replay  CONSUMER EVENT…|--all --note WHY
npm run dead-letters -- discard CONSUMER EVENT… --note WHY
npm run dead-letters -- audit   [--room ROOM] [--limit N]

Events that a consumer could not handle, beside a running installation or without it; the same whether events travel
through PostgreSQL or RabbitMQ. CONSUMER is named as in the list (crm.orders), EVENT is the event's id.

  list      what waits for a decision, newest first
  show      one with its content; that somebody read it is written down
  replay    gives it to its consumer again, with all its attempts before it
  discard   gives it up for good
  audit     who did what, when and why

  --note WHY        the reason, for the audit
  --by NAME         who decides, for the audit; default: the user of this machine
  --all             every dead letter that the consumer has now
  --limit N         1 to 200 for each room; default 50
  --json            one JSON document
  --data-dir DIR    the installation's folder, as for npm start; its other settings come from the environment

Exit: 0 done, 1 it could not be done, 2 the command makes no sense, 3 there is no such dead letter.`;

export type Command =
  | { kind: 'help' }
  | { kind: 'list'; rooms: readonly RoomName[]; consumer?: string; limit: number }
  | { kind: 'audit'; rooms: readonly RoomName[]; limit: number }
  | { kind: 'show'; consumer: string; eventId: string; actor: string; note: string }
  | { kind: 'replay' | 'discard'; consumer: string; eventIds: readonly string[] | 'all'; actor: string; note: string };

export interface Asked {
  command: Command;
  json: boolean;
  /** For readConfig. */
  configArguments: string[];
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST = 200;

/** @throws UsageError */
export function readCommand(args: string[]): Asked {
  const { values, positionals } = parsed(args);
  const json = values.json;
  const dataDir = values['data-dir'];
  const configArguments = dataDir === undefined ? [] : [`--data-dir=${dataDir}`];
  const asked = (command: Command): Asked => ({ command, json, configArguments });
  const [verb, consumer, ...events] = positionals;
  if (values.help || (verb === undefined && args.length === 0)) return asked({ kind: 'help' });
  switch (verb) {
    case 'list':
    case 'audit': {
      if (consumer !== undefined) throw new UsageError(`"${consumer}" is too much; name a consumer with --consumer`);
      const of = values.consumer;
      const rooms = of === undefined ? roomsOf(values.room) : [roomOf(of)];
      const limit = limitOf(values.limit);
      if (verb === 'audit') return asked({ kind: 'audit', rooms, limit });
      return asked({ kind: 'list', rooms, limit, ...(of === undefined ? {} : { consumer: of }) });
    }
    case 'show':
    case 'replay':
    case 'discard': {
      if (consumer === undefined) throw new UsageError('Whose? Name the consumer as the list does, e.g. crm.orders');
      roomOf(consumer);
      const actor = values.by ?? userInfo().username;
      const note = values.note?.trim() ?? '';
      const eventIds = values.all && verb === 'replay' ? 'all' : idsOf(events);
      if (eventIds === 'all' && events.length > 0) throw new UsageError('Either --all or the ids of events, not both');
      if (verb === 'show') {
        const [eventId, second] = events;
        if (second !== undefined) throw new UsageError('One at a time is shown');
        return asked({ kind: 'show', consumer, eventId: eventId!, actor, note });
      }
      if (note === '') throw new UsageError('Say why with --note: it is written into the audit');
      return asked({ kind: verb, consumer, eventIds, actor, note });
    }
    default:
      throw new UsageError(verb === undefined ? 'What is to be done?' : `There is no command "${verb}"`);
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        room: { type: 'string' },
        consumer: { type: 'string' },
        limit: { type: 'string', default: '50' },
        note: { type: 'string' },
        by: { type: 'string' },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/** The first word of a consumer's name is its room's. */
export function roomOf(consumer: string): RoomName {
  const [room, ...rest] = consumer.split('.');
  if (rest.length === 0) throw new UsageError(`"${consumer}" is no consumer; one is named like crm.orders`);
  return roomNamed(room!);
}

function roomsOf(room: string | undefined): readonly RoomName[] {
  return room === undefined ? ROOM_NAMES : [roomNamed(room)];
}

function roomNamed(name: string): RoomName {
  const room = ROOM_NAMES.find((known) => known === name);
  if (!room) throw new UsageError(`There is no room "${name}"; there are ${ROOM_NAMES.join(', ')}`);
  return room;
}

function idsOf(events: readonly string[]): readonly string[] {
  if (events.length === 0) throw new UsageError('Which event? Name its id as the list does');
  const odd = events.find((id) => !UUID.test(id));
  if (odd !== undefined) throw new UsageError(`"${odd}" is no event's id`);
  return events;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw new UsageError(`--limit is a whole number from 1 to ${MOST}`);
  }
  return limit;
}
