import type { Actor } from '#contracts/identity';
import type { OperationAnswer, OperationCommandBody } from '#contracts/mes';
import { type Command, change, lockedFor, once, refusal } from './command.ts';
import { endStep } from './end-step.ts';
import type { Floor, Work } from './floor.ts';
import { openJob } from './open-job.ts';
import { reverse } from './reverse-pay.ts';
import { type OperationRecord, operationOfStep } from './store.ts';
import { creditOf } from './store-pay.ts';

/** Part of the pieces goes on in a job of its own, from this step, free for anybody to claim. */
export async function splitOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId, quantity }: OperationCommandBody<'split'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'split', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command, true);
    const operation = await change(work, before, { name: 'split', quantity }, 'split', String(quantity));
    const openedJobId = await openJob(work, operation.itemId, {
      kind: 'split',
      quantity,
      fromStep: operation.step,
      parentJobId: operation.jobId,
      reason: '',
    });
    return { operation, outcome: { openedJobId } };
  });
}

/** Sends pieces back to an earlier step, which loses its credit for them and is paid again to whoever redoes it. */
export async function reworkPieces(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId, quantity, toStep, reason }: OperationCommandBody<'rework'>,
): Promise<OperationAnswer> {
  const command: Command = { actor, name: 'rework', operationId, commandId };
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command);
    if (toStep >= before.step) throw refusal('operation.wrong_step', before);
    const operation = await change(work, before, { name: 'send_back', quantity }, 'rework', reason);
    await takeBackCredit(work, operation, toStep, quantity, reason);
    const openedJobId = await openJob(work, operation.itemId, {
      kind: 'rework',
      quantity,
      fromStep: toStep,
      parentJobId: operation.jobId,
      reason,
    });
    const ended = operation.state === 'done' ? await endStep(work, operation) : {};
    return { operation, outcome: { ...ended, openedJobId } };
  });
}

async function takeBackCredit(work: Work, operation: OperationRecord, step: number, pieces: number, reason: string) {
  const responsible = await operationOfStep(work.tx, operation.jobId, step);
  const credit = responsible && (await creditOf(work.tx, responsible.id));
  if (!credit) return;
  const left = Math.min(pieces, credit.quantity - credit.reversed);
  if (left > 0) await reverse(work, credit, left, reason);
}
