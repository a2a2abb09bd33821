import { type Floor, onFloor } from './floor.ts';
import { expireClaims } from './store.ts';

const BATCH = 100;

/** Gives back claims that were not started in time; returns how many. Every process may run it: rows are skipped when locked. */
export async function expireClaimsOnce(floor: Floor): Promise<number> {
  const count = await onFloor(floor, { id: 'system', name: 'system' }, async (work) => {
    const expired = await expireClaims(work.tx, BATCH);
    work.changed.push(...expired.map(({ id, version }) => ({ id, version })));
    work.formerHolders.push(...expired.map(({ holder }) => holder));
    return expired.length;
  });
  if (count > 0) floor.metrics.claimsExpired(count);
  return count;
}
