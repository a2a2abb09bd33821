import { parseArgs } from 'node:util';
import { RECONCILED, type ReconciledRoom } from './reconcile-rooms.ts';

export const USAGE = `npm run reconcile -- [--room ROOM] [--repair | --rebuild] [--json]

Compares what every room keeps with the orders, beside a running installation or without it: the orders with their
histories; the copies in crm, shop, mes and partners row by row, with everything that belongs to a row; the floor's
work for orders that are to be made; the quotes that orders were made from.

  --room ROOM       one of ${RECONCILED.join(', ')}; default: all
  --repair          puts right what can be: rows from their histories, copies from the orders
  --rebuild         makes the room's copy anew beside the one in use, then compares; needs --room
  --wait SECONDS    how long a copy may take to catch up with events on their way; default 10
  --limit N         differences shown for each room, 0 to 1000; default 10
  --json            one JSON document
  --data-dir DIR    the installation's folder, as for npm start; its other settings come from the environment

Exit: 0 everything is equal, 1 differences are left, 2 the command makes no sense, 3 it could not be done.`;

export type Asked =
  | { kind: 'help' }
  | {
      kind: 'reconcile';
      rooms: readonly ReconciledRoom[];
      act: 'compare' | 'repair' | 'rebuild';
      patienceMs: number;
      limit: number;
      json: boolean;
      /** For readConfig. */
      configArguments: string[];
    };

/** The command line makes no sense. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws UsageError */
export function readArguments(args: string[]): Asked {
  const values = parsed(args);
  if (values.help) return { kind: 'help' };
  if (values.repair && values.rebuild) throw new UsageError('Either --repair or --rebuild');
  if (values.rebuild && values.room === undefined) throw new UsageError('Say whose copy is made anew: --room');
  if (values.rebuild && (values.room === 'orders' || values.room === 'pricing')) {
    throw new UsageError(`${values.room} keeps no copy of orders that could be made anew`);
  }
  const dataDir = values['data-dir'];
  return {
    kind: 'reconcile',
    rooms: values.room === undefined ? RECONCILED : [roomNamed(values.room)],
    act: values.rebuild ? 'rebuild' : values.repair ? 'repair' : 'compare',
    patienceMs: whole('wait', values.wait, 3_600) * 1_000,
    limit: whole('limit', values.limit, 1_000),
    json: values.json,
    configArguments: dataDir === undefined ? [] : [`--data-dir=${dataDir}`],
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        room: { type: 'string' },
        repair: { type: 'boolean', default: false },
        rebuild: { type: 'boolean', default: false },
        wait: { type: 'string', default: '10' },
        limit: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

function roomNamed(name: string): ReconciledRoom {
  const room = RECONCILED.find((known) => known === name);
  if (!room) throw new UsageError(`There is nothing to compare in "${name}"; there is ${RECONCILED.join(', ')}`);
  return room;
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new UsageError(`--${name} is a whole number from 0 to ${most}`);
  }
  return value;
}
