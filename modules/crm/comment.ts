import type { AddComment, Comment, OrderNoteEvent, Person } from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import { appendEvents, type Bus } from '#platform/bus';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import type { LiveChanges } from '#platform/live';
import { cardScope, LIVE_SCOPE } from './scopes.ts';
import { addComment, versionOf } from './store-orders.ts';

/** Stores a colleague's comment and tells it to the other rooms. The same command id gets the same comment. */
export async function comment(
  { sql, bus, live }: { sql: Sql; bus: Bus; live: LiveChanges },
  { orderId, body, author }: { orderId: string; body: AddComment; author: Person },
): Promise<Comment> {
  const stored = await sql.begin(async (tx) => {
    const version = await versionOf(tx, orderId);
    if (version === 0) throw new Fault(COMMON_ERRORS['resource.not_found']);
    const added = await addComment(tx, { id: body.commandId, orderId, text: body.text.trim(), author });
    if (!isTheSame(added.comment, orderId, author)) throw new Fault(COMMON_ERRORS['request.invalid'], REUSED);
    if (!added.isNew) return added.comment;
    const data: OrderNoteEvent = { note: added.comment };
    await appendEvents(tx, [{ type: 'order-note.added', key: orderId, data }]);
    await live.announceAll(tx, [
      { scope: cardScope(orderId) },
      { scope: LIVE_SCOPE, changes: [{ id: orderId, version }] },
    ]);
    return added.comment;
  });
  bus.hint();
  return stored;
}

const REUSED = { detail: 'This commandId was used for another comment: take a new one' };

function isTheSame(stored: Comment, orderId: string, author: Person): boolean {
  return stored.orderId === orderId && stored.author.id === author.id;
}
