import type { Actor } from '#contracts/identity';
import type { OperationAnswer, OperationCommandBody } from '#contracts/mes';
import { change, lockedFor, once, refusal } from './command.ts';
import type { Floor } from './floor.ts';
import { readOperator } from './store.ts';
import { readItem } from './store-orders.ts';
import { tellFact } from './tell-fact.ts';

/** Gives the operation back to the queue. Worked time stays recorded; nothing is paid. */
export async function releaseOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId }: OperationCommandBody<'release'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'release', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command, true);
    return { operation: await change(work, before, { name: 'release' }, 'release') };
  });
}

/** Begins or resumes work: the server opens an interval. The first start of an item is the fact `production.started`. */
export async function startOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId }: OperationCommandBody<'start'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'start', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command);
    const operation = await change(work, before, { name: 'start' }, 'start');
    const item = await readItem(work.tx, operation.itemId);
    if (item.startedAt === null) {
      await tellFact(work, item.itemId, { type: 'production.started', at: operation.runningSince! });
    }
    return { operation };
  });
}

export async function pauseOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId }: OperationCommandBody<'pause'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'pause', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const before = await lockedFor(work, command);
    return { operation: await change(work, before, { name: 'pause' }, 'pause') };
  });
}

/** The foreman gives somebody's operation to another person, at the rate that was agreed; the cap does not count here. */
export async function reassignOperation(
  floor: Floor,
  actor: Actor,
  operationId: string,
  { commandId, personId, reason }: OperationCommandBody<'reassign'>,
): Promise<OperationAnswer> {
  const command = { actor, name: 'reassign', operationId, commandId } as const;
  return once(floor, command, async (work) => {
    const holder = await readOperator(work.tx, personId);
    if (!holder) throw refusal('operator.unknown');
    const before = await lockedFor(work, command, true);
    const text = `${holder.name}: ${reason}`;
    return { operation: await change(work, before, { name: 'reassign', holder }, 'reassign', text) };
  });
}
