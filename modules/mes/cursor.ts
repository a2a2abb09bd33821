import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Id } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { decodeCursor, encodeCursor, Fault } from '#platform/http';
import type { Urgency } from './store-lists.ts';

const TIME = Type.String({ pattern: '^(infinity|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z)$' });
const UrgencyShape = Type.Tuple([Type.Integer({ minimum: 0, maximum: 1 }), TIME, TIME, Id]);
const MomentShape = Type.Tuple([TIME, Id]);

export function urgencyAfter(cursor: string | undefined): Urgency | null {
  if (cursor === undefined) return null;
  const values = decodeCursor(cursor);
  if (!Value.Check(UrgencyShape, values)) throw foreign();
  return values as Urgency;
}

export function momentAfter(cursor: string | undefined): { at: string; id: string } | null {
  if (cursor === undefined) return null;
  const values = decodeCursor(cursor);
  if (!Value.Check(MomentShape, values)) throw foreign();
  const [at, id] = values as [string, string];
  return { at, id };
}

/** A page of at most `limit` of the rows, of which one more was asked for, with the cursor of the next. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => readonly unknown[]) {
  const items = rows.slice(0, limit);
  const next = rows.length > limit ? encodeCursor(keyOf(items.at(-1)!)) : null;
  return { items, next };
}

function foreign(): Fault {
  return new Fault(COMMON_ERRORS['request.invalid'], { detail: 'The cursor is not one of this list' });
}
