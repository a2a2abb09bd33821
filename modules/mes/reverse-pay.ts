import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type PayEntry } from '#contracts/mes';
import { Fault } from '#platform/http';
import { type Floor, onFloor, type Work } from './floor.ts';
import { reversalOf } from './pay.ts';
import { lockOperator, storeAnswer, storedAnswer } from './store.ts';
import { type CreditRecord, insertPay, lockCredit, readPayEntry } from './store-pay.ts';

/** A person takes back (part of) an entry, with a reason; the entry itself stays as it is. */
export async function reversePay(
  floor: Floor,
  actor: Actor,
  entryId: string,
  { commandId, quantity, reason }: { commandId: string; quantity: number; reason: string },
): Promise<PayEntry> {
  const asked = `reverse ${entryId}`;
  return onFloor(floor, { id: actor.id, name: actor.name }, async (work) => {
    await lockOperator(work.tx, work.by, floor.settings.claimCap);
    const stored = await storedAnswer<PayEntry>(work.tx, actor.id, commandId);
    if (stored && stored.asked !== asked) throw new Fault(MES_ERRORS['command.reused']);
    if (stored) return stored.answer;
    const credit = await lockCredit(work.tx, entryId);
    if (!credit) throw new Fault(COMMON_ERRORS['resource.not_found']);
    const entry = await readPayEntry(work.tx, await reverse(work, credit, quantity, reason));
    await storeAnswer(work.tx, actor.id, commandId, asked, entry);
    return entry;
  });
}

/** Adds the linked entry; 409 `pay.reversed` when more pieces are asked than the credit still has. Returns its id. */
export async function reverse(work: Work, credit: CreditRecord, pieces: number, reason: string): Promise<string> {
  const amountMinor = reversalOf(credit, credit.reversed, pieces);
  if (amountMinor === null) {
    throw new Fault(MES_ERRORS['pay.reversed'], { members: { left: credit.quantity - credit.reversed } });
  }
  return insertPay(work.tx, {
    kind: 'reversal',
    person: credit.person,
    operationId: credit.operationId,
    quantity: pieces,
    rate: credit.rate,
    amountMinor,
    reverses: credit.id,
    reason,
    recordedBy: work.by.name,
  });
}
