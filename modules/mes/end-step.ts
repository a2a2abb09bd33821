import type { Outcome, Work } from './floor.ts';
import { afterStep } from './job.ts';
import { openJob } from './open-job.ts';
import { apply, isRefusal } from './operation.ts';
import { creditFor } from './pay.ts';
import { endJob, lockOperation, type OperationRecord, saveOperation, stopIdle, waitingSteps } from './store.ts';
import { insertPay } from './store-pay.ts';
import { tellFact } from './tell-fact.ts';

/** A job for pieces that were lost: they are made anew from the first step. */
export async function remake(work: Work, operation: OperationRecord, pieces: number, reason: string): Promise<string> {
  const jobId = await openJob(work, operation.itemId, {
    kind: 'remake',
    quantity: pieces,
    fromStep: 1,
    parentJobId: null,
    reason,
  });
  await tellFact(work, operation.itemId, { type: 'production.scrapped', pieces, reason });
  return jobId;
}

/** What follows from an operation that is done: pay for its good pieces, and the next step or the end of its job. */
export async function endStep(work: Work, done: OperationRecord): Promise<Outcome> {
  const credited = await credit(work, done);
  const later = await waitingSteps(work.tx, done.jobId);
  const outcome = afterStep(
    done.good,
    later.map(({ step }) => step),
  );
  switch (outcome.kind) {
    case 'next': {
      const next = later.find(({ step }) => step === outcome.step)!;
      return { credited, next: await makeReady(work, next.id, outcome.quantity) };
    }
    case 'job_done':
      await endJob(work.tx, done.jobId, 'done');
      await tellFact(work, done.itemId, { type: 'production.made', pieces: outcome.made });
      return { credited };
    case 'nothing_left':
      await endJob(work.tx, done.jobId, 'stopped');
      work.changed.push(...(await stopIdle(work.tx, { jobId: done.jobId }, { name: 'stop', by: work.by })));
      return { credited };
  }
}

async function credit(work: Work, done: OperationRecord): Promise<Outcome['credited']> {
  if (done.good === 0) return null;
  const { holder, rate } = done.claim!;
  const amount = { minor: creditFor(done.good, rate.minor), currency: rate.currency };
  await insertPay(work.tx, {
    kind: 'credit',
    person: holder,
    operationId: done.id,
    quantity: done.good,
    rate,
    amountMinor: amount.minor,
    reverses: null,
    reason: '',
    recordedBy: work.by.name,
  });
  return amount;
}

async function makeReady(work: Work, operationId: string, quantity: number): Promise<NonNullable<Outcome['next']>> {
  const waiting = (await lockOperation(work.tx, operationId))!;
  const ready = apply({ ...waiting, quantity }, { name: 'ready' });
  if (isRefusal(ready)) throw new Error(`The next step ${operationId} is ${waiting.state}`);
  const saved = await saveOperation(work.tx, waiting, ready, { name: 'ready', by: work.by }, work.claimMinutes);
  work.changed.push({ id: saved.id, version: saved.version });
  return { id: saved.id, code: saved.code, workCentre: saved.workCentre };
}
