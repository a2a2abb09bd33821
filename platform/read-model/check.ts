import type { Log } from '#platform/telemetry';
import type { Drift, ReadModel, Truth } from './contract.ts';
import { compareBuckets, findDrift } from './drift.ts';
import { repair } from './repair.ts';

/** Beyond this many it is no drift: the copy is made anew rather than mended order by order. */
const MOST_MENDED = 10_000;

export interface CheckOptions {
  model: ReadModel;
  truth: Truth;
  repairs: boolean;
  /** How long to wait for the copy to take what is under way. */
  patienceMs: number;
  /** How many are mended one by one before the rest is left to a rebuild. Default 10,000. */
  most?: number;
  log: Log;
}

export interface CheckResult {
  compared: number;
  /** What differed although the copy had every chance to know. */
  drift: Drift[];
  /** Ids of those that were put right. */
  repaired: string[];
  underWay: number;
  /** There was more than is mended order by order: the rest was not looked at. */
  beyondMending: boolean;
}

/** One round: compares the copy with the truth and, if asked to, puts it right. */
export async function check({
  model,
  truth,
  repairs,
  patienceMs,
  log,
  most = MOST_MENDED,
}: CheckOptions): Promise<CheckResult> {
  const { compared, buckets } = await compareBuckets(model, truth);
  const result: CheckResult = { compared, drift: [], repaired: [], underWay: 0, beyondMending: false };
  for await (const { drift, underWay } of findDrift(model, truth, { buckets, patienceMs })) {
    result.underWay += underWay;
    result.drift.push(...drift);
    if (repairs) result.repaired.push(...(await repair(model, truth, drift)));
    for (const one of drift) tell(log, model, one, repairs);
    if (result.drift.length < most) continue;
    result.beyondMending = true;
    break;
  }
  return result;
}

function tell(log: Log, { name }: ReadModel, { orderId, kind, copy, truth }: Drift, repairs: boolean): void {
  const fields = { event: 'read_model.drift', model: name, orderId, kind, copy, truth };
  log.warn(fields, `${name} differs from the truth${repairs ? ' and is put right' : ''}`);
}
