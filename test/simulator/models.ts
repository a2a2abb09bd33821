import { createHash } from 'node:crypto';
import { bytesInMemory, examine, makeRing, measure } from '#pricing/geometry';
import type { Outcome } from '../../modules/pricing/store-outcomes.ts';

const outcomes = new Map<string, Outcome>();

/** Measures a model by the real kernel, once per program, and uploads it under several hashes. Gives those. */
export function measureModels(): string[] {
  const { stl } = makeRing({ diameter: 17, width: 4, thickness: 1.6 });
  const source = bytesInMemory(stl);
  const options = { seed: 1, withViews: false };
  const { measurement } = examine(source, measure(source, options), options);
  for (const edition of ['a', 'b', 'c']) {
    const sha256 = createHash('sha256').update(stl).update(edition).digest('hex');
    const milliseconds = 40;
    outcomes.set(sha256, { report: { sha256, ...measurement, milliseconds }, failure: null, milliseconds });
  }
  return [...outcomes.keys()];
}

export function outcomeFor(sha256: string): Outcome {
  return outcomes.get(sha256)!;
}
