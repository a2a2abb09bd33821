import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { MES_ERRORS, type MesErrorCode, type OperationAnswer, type OperationCommandName } from '#contracts/mes';
import { Fault } from '#platform/http';
import { type Floor, type Outcome, onFloor, type Work } from './floor.ts';
import { type Action, apply, isRefusal, mayAct } from './operation.ts';
import {
  lockOperation,
  lockOperator,
  type OperationRecord,
  type OperatorRecord,
  saveOperation,
  storeAnswer,
  storedAnswer,
} from './store.ts';

/** A person's command on an operation. The same command id of the same person gets the stored answer. */
export interface Command {
  readonly actor: Actor;
  readonly name: OperationCommandName;
  readonly operationId: string;
  readonly commandId: string;
}

export interface Done {
  readonly operation: OperationRecord;
  readonly outcome?: Outcome;
}

/**
 * Carries out `act` once per command id, in one transaction with its answer. Refusals are thrown as Fault, change nothing
 * and are not stored.
 */
export async function once(
  floor: Floor,
  command: Command,
  act: (work: Work, operator: OperatorRecord) => Promise<Done>,
): Promise<OperationAnswer> {
  const { actor, commandId } = command;
  const asked = `${command.name} ${command.operationId}`;
  const { answer, orderId } = await onFloor(floor, { id: actor.id, name: actor.name }, async (work) => {
    const operator = await lockOperator(work.tx, work.by, floor.settings.claimCap);
    const stored = await storedAnswer<OperationAnswer>(work.tx, actor.id, commandId);
    if (stored && stored.asked !== asked) throw refusal('command.reused');
    if (stored) return { answer: { ...stored.answer, repeated: true }, orderId: null };
    const done = await act(work, operator);
    const made = answerOf(done);
    await storeAnswer(work.tx, actor.id, commandId, asked, made);
    return { answer: made, orderId: done.operation.orderId };
  });
  if (orderId !== null) {
    const told = { orderId, event: `mes.${command.name}`, operationId: command.operationId, actorId: actor.id };
    floor.log.info(told, `Operation ${command.name}: ${answer.state}`);
  }
  return answer;
}

/** The locked operation, when this actor may work on it. */
export async function lockedFor(work: Work, command: Command, mayForeman = false): Promise<OperationRecord> {
  const operation = await lockOperation(work.tx, command.operationId);
  if (!operation) throw new Fault(COMMON_ERRORS['resource.not_found']);
  const refused = mayAct(operation, command.actor.id, mayForeman && isForeman(command.actor));
  if (refused) throw refusal(refused.refused, operation);
  return operation;
}

/** Applies the action by the rules and saves the result with its log entry. */
export async function change(work: Work, before: OperationRecord, action: Action, name: string, text = '') {
  const next = apply(before, action);
  if (isRefusal(next)) throw refusal(next.refused, before);
  const saved = await saveOperation(work.tx, before, next, { name, by: work.by, text }, work.claimMinutes);
  work.changed.push({ id: saved.id, version: saved.version });
  if (before.claim) work.formerHolders.push(before.claim.holder.id);
  return saved;
}

/** A refusal that shows the operation's present state and, where somebody has it, who and since when. */
export function refusal(code: MesErrorCode, operation?: OperationRecord): Fault {
  if (!operation) return new Fault(MES_ERRORS[code]);
  const { id, version, state, claim } = operation;
  const holder = claim ? { by: claim.holder.name, at: claim.at } : {};
  return new Fault(MES_ERRORS[code], { members: { ...holder, current: { operationId: id, version, state } } });
}

export function isForeman(actor: Actor): boolean {
  return actor.roles.includes('foreman') || actor.roles.includes('admin');
}

function answerOf({ operation, outcome = {} }: Done): OperationAnswer {
  return {
    operationId: operation.id,
    version: operation.version,
    state: operation.state,
    quantity: operation.quantity,
    good: operation.good,
    scrapped: operation.scrapped,
    rate: operation.claim?.rate ?? null,
    credited: outcome.credited ?? null,
    next: outcome.next ?? null,
    openedJobId: outcome.openedJobId ?? null,
    repeated: false,
  };
}
