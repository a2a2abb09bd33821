import type { OperationState } from '#contracts/mes';
import type { RouteStep } from './routes.ts';

/** A step of an item's route with its number, counted from 1. */
export interface NumberedStep extends RouteStep {
  readonly step: number;
}

export interface PlannedOperation extends NumberedStep {
  readonly state: Extract<OperationState, 'ready' | 'waiting'>;
  readonly quantity: number;
}

/** The operations of a new job of `quantity` pieces that begins at `fromStep`: the first is ready, the rest waits. */
export function planJob(steps: readonly RouteStep[], quantity: number, fromStep: number): PlannedOperation[] {
  const numbered = steps.map((step, index) => ({ ...step, step: index + 1 }));
  return numbered
    .filter((step) => step.step >= fromStep)
    .map((step, index) => ({ ...step, quantity, state: index === 0 ? 'ready' : 'waiting' }));
}

/** What the end of a step means for its job. */
export type StepOutcome =
  | { kind: 'next'; step: number; quantity: number }
  | { kind: 'job_done'; made: number }
  | { kind: 'nothing_left' };

/** `laterSteps` are those of the same job that still wait. Only good pieces go on. */
export function afterStep(good: number, laterSteps: readonly number[]): StepOutcome {
  if (good === 0) return { kind: 'nothing_left' };
  if (laterSteps.length === 0) return { kind: 'job_done', made: good };
  return { kind: 'next', step: Math.min(...laterSteps), quantity: good };
}
