import { COMMON_ERRORS } from '#contracts/errors';
import { Fault } from './fault.ts';

const LONGEST = 1_000;

/** The sort key of a page's last row, opaque to the caller. */
export function encodeCursor(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Refuses with `request.invalid` what no page of ours has handed out. The room still checks each value's type. */
export function decodeCursor(text: string): unknown[] {
  if (text.length <= LONGEST) {
    try {
      const values: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
      if (Array.isArray(values)) return values;
    } catch {
      // Answered below, as every other text that is not a cursor.
    }
  }
  throw new Fault(COMMON_ERRORS['request.invalid'], {
    detail: 'The cursor is not one of ours: start from the first page',
  });
}
