import { parseArgs } from 'node:util';
import { ROOM_NAMES, type RoomName } from '../rooms.ts';

export const USAGE = `npm run slow-queries [-- --room ROOM] [--top N] [--try] [--json] [--data-dir DIR]

The statements that cost the database most since its statistics began, and for each the index that would make it cheaper,
if there is one: made in a transaction that is rolled back, and compared by the planner. Nothing is changed.

  --room ROOM       of one room; default: of all
  --top N           so many statements, 1 to 200; default 20
  --try             try indexes on large tables too (over 200,000 rows): their writers wait meanwhile, for seconds
  --json            one JSON document
  --data-dir DIR    the installation's folder, as for npm start; its other settings come from the environment

Exit: 0 told, 1 it could not be told, 2 the command makes no sense.`;

export interface Asked {
  help: boolean;
  json: boolean;
  rooms: readonly RoomName[];
  top: number;
  tryAll: boolean;
  /** For readConfig. */
  configArguments: string[];
}

/** The command line makes no sense. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const MOST = 200;

/** @throws UsageError */
export function readArguments(args: string[]): Asked {
  const values = parsed(args);
  const room = ROOM_NAMES.find((name) => name === values.room);
  if (values.room !== undefined && !room) {
    throw new UsageError(`There is no room "${values.room}"; there are ${ROOM_NAMES.join(', ')}`);
  }
  const top = Number(values.top);
  if (!Number.isInteger(top) || top < 1 || top > MOST) {
    throw new UsageError(`--top is a whole number from 1 to ${MOST}`);
  }
  const dataDir = values['data-dir'];
  return {
    help: values.help,
    json: values.json,
    rooms: room ? [room] : ROOM_NAMES,
    top,
    tryAll: values.try,
    configArguments: dataDir === undefined ? [] : [`--data-dir=${dataDir}`],
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        room: { type: 'string' },
        top: { type: 'string', default: '20' },
        try: { type: 'boolean', default: false },
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
