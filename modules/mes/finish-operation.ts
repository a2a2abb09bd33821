import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type OperationAnswer, type OperationCommandBody } from '#contracts/mes';
import { Fault } from '#platform/http';
import { change, lockedFor, once } from './command.ts';
import { endStep, remake } from './end-step.ts';
import type { Floor } from './floor.ts';

/** Ends an operation: good pieces are paid and go on, scrapped ones are made anew. */
export async function finishOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId, good, scrapped, reason = '' }: OperationCommandBody<'finish'>,
): Promise<OperationAnswer> {
  if (scrapped > 0 && reason === '') throw new Fault(MES_ERRORS['operation.reason_required']);
  const command = { actor, name: 'finish', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command);
    const operation = await change(work, before, { name: 'finish', good, scrapped }, 'finish', reason);
    const openedJobId = scrapped > 0 ? await remake(work, operation, scrapped, reason) : null;
    return { operation, outcome: { ...(await endStep(work, operation)), openedJobId } };
  });
}

/** Pieces lost while the operation goes on: their remake begins at once. */
export async function scrapPieces(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId, quantity, reason }: OperationCommandBody<'scrap'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'scrap', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command);
    const operation = await change(work, before, { name: 'scrap', quantity }, 'scrap', reason);
    const openedJobId = await remake(work, operation, quantity, reason);
    const ended = operation.state === 'done' ? await endStep(work, operation) : {};
    return { operation, outcome: { ...ended, openedJobId } };
  });
}
