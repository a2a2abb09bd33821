import type { Money } from '#contracts/basics';
import type { MesErrorCode, OperationState } from '#contracts/mes';

export interface Person {
  readonly id: string;
  readonly name: string;
}

/** Who has the operation and at which rate for a good piece; both fixed by the claim. */
export interface Claim {
  readonly holder: Person;
  /** UTC. */
  readonly at: string;
  readonly rate: Money;
}

/** One operation of a job. `good` and `scrapped` pieces are part of `quantity`; the rest is still to be done. */
export interface Operation {
  readonly state: OperationState;
  readonly quantity: number;
  readonly good: number;
  readonly scrapped: number;
  readonly held: boolean;
  readonly claim: Claim | null;
}

export type Action =
  | { name: 'claim'; claim: Claim }
  | { name: 'release' | 'start' | 'pause' | 'expire' | 'ready' | 'stop' }
  | { name: 'finish'; good: number; scrapped: number }
  | { name: 'scrap' | 'split' | 'send_back'; quantity: number }
  | { name: 'reassign'; holder: Person };

export interface Refusal {
  readonly refused: MesErrorCode;
}

export type Decision = Operation | Refusal;

export const IN_WORK: readonly OperationState[] = ['claimed', 'running', 'paused'];

export function isRefusal(decision: Decision): decision is Refusal {
  return 'refused' in decision;
}

/** Pieces that are neither good nor scrapped yet. */
export function remaining(operation: Pick<Operation, 'quantity' | 'good' | 'scrapped'>): number {
  return operation.quantity - operation.good - operation.scrapped;
}

/** What `action` makes of `operation`, or why not. Who may act is decided before, by `mayAct`. */
export function apply(operation: Operation, action: Action): Decision {
  switch (action.name) {
    case 'ready':
      return from(operation, ['waiting'], { state: 'ready' });
    case 'claim':
      return claim(operation, action.claim);
    case 'release':
      return from(operation, IN_WORK, { state: 'ready', claim: null });
    case 'expire':
      return from(operation, ['claimed'], { state: 'ready', claim: null });
    case 'start':
      return start(operation);
    case 'pause':
      return from(operation, ['running'], { state: 'paused' });
    case 'finish':
      return finish(operation, action.good, action.scrapped);
    case 'scrap':
      return scrap(operation, action.quantity);
    case 'split':
      return split(operation, action.quantity);
    case 'send_back':
      return sendBack(operation, action.quantity);
    case 'reassign':
      return reassign(operation, action.holder);
    case 'stop':
      return from(operation, ['waiting', 'ready', ...IN_WORK], { state: 'stopped' });
  }
}

/** Only the holder works on an operation; a foreman may release and split for them. */
export function mayAct(operation: Operation, personId: string, isForeman: boolean): Refusal | null {
  if (operation.state === 'stopped') return { refused: 'operation.stopped' };
  if (operation.claim?.holder.id === personId || isForeman) return null;
  return { refused: 'operation.not_yours' };
}

/** Why nobody can claim this operation now; null when it is free. The conditional write of the claim says the same. */
export function claimRefusal({ state, held, claim }: Pick<Operation, 'state' | 'held' | 'claim'>): MesErrorCode | null {
  if (state === 'stopped') return 'operation.stopped';
  if (claim !== null) return 'operation.taken';
  if (state !== 'ready') return 'operation.not_ready';
  return held ? 'operation.held' : null;
}

function claim(operation: Operation, byClaim: Claim): Decision {
  const refused = claimRefusal(operation);
  return refused ? { refused } : { ...operation, state: 'claimed', claim: byClaim };
}

/** A hold keeps what has not begun from beginning; what was begun may be resumed and finished. */
function start(operation: Operation): Decision {
  if (operation.state === 'claimed' && operation.held) return { refused: 'operation.held' };
  return from(operation, ['claimed', 'paused'], { state: 'running' });
}

function finish(operation: Operation, good: number, scrapped: number): Decision {
  if (!isBegun(operation)) return wrongState(operation);
  if (!isCount(good) || !isCount(scrapped) || good + scrapped !== remaining(operation)) {
    return { refused: 'operation.quantity' };
  }
  return { ...operation, state: 'done', good, scrapped: operation.scrapped + scrapped };
}

/** Pieces lost before the end. When none is left, the operation is over. */
function scrap(operation: Operation, quantity: number): Decision {
  if (!isBegun(operation)) return wrongState(operation);
  if (!isPart(operation, quantity)) return { refused: 'operation.quantity' };
  return overWhenEmpty({ ...operation, scrapped: operation.scrapped + quantity });
}

/** Pieces that go on in a job of their own, from this operation on. At least one stays. */
function split(operation: Operation, quantity: number): Decision {
  if (operation.state !== 'ready' && !IN_WORK.includes(operation.state)) return wrongState(operation);
  if (!isPart(operation, quantity) || quantity === remaining(operation)) return { refused: 'operation.quantity' };
  return { ...operation, quantity: operation.quantity - quantity };
}

/** Pieces that leave for an earlier step. When none is left, the operation is over. */
function sendBack(operation: Operation, quantity: number): Decision {
  if (!isBegun(operation)) return wrongState(operation);
  if (!isPart(operation, quantity)) return { refused: 'operation.quantity' };
  return overWhenEmpty({ ...operation, quantity: operation.quantity - quantity });
}

/** The new holder starts it anew; the rate that was agreed stays. */
function reassign(operation: Operation, holder: Person): Decision {
  if (operation.claim === null || !IN_WORK.includes(operation.state)) return wrongState(operation);
  return { ...operation, state: 'claimed', claim: { ...operation.claim, holder } };
}

function from(operation: Operation, states: readonly OperationState[], change: Partial<Operation>): Decision {
  return states.includes(operation.state) ? { ...operation, ...change } : wrongState(operation);
}

function wrongState(operation: Operation): Refusal {
  return { refused: operation.state === 'stopped' ? 'operation.stopped' : 'operation.wrong_state' };
}

function isBegun(operation: Operation): boolean {
  return operation.state === 'running' || operation.state === 'paused';
}

function isPart(operation: Operation, quantity: number): boolean {
  return isCount(quantity) && quantity > 0 && quantity <= remaining(operation);
}

function overWhenEmpty(operation: Operation): Operation {
  return remaining(operation) === 0 ? { ...operation, state: 'done' } : operation;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
