import type { Board } from '#contracts/mes';
import type { Floor } from './floor.ts';
import { PLACES } from './routes.ts';
import { readNow } from './store.ts';
import { listInWork } from './store-lists.ts';

const SHOWN_PER_CENTRE = 50;

/** The floor by work centre: what waits, what is free, what is late, and who has what. */
export async function boardPage({ sql, centreCounts }: Floor): Promise<Board> {
  const asOf = await readNow(sql);
  const [counted, inWork] = await Promise.all([centreCounts(), listInWork(sql, SHOWN_PER_CENTRE)]);
  const counts = new Map(counted.map((row) => [row.workCentre, row]));
  const workCentres = PLACES.map(({ id, name }) => {
    const { waiting = 0, ready = 0, held = 0, late = 0, oldestReadyAt = null } = counts.get(id) ?? {};
    const here = inWork.filter(({ workCentre }) => workCentre === id);
    return { id, name, waiting, ready, held, late, oldestReadyAt, inWork: here };
  });
  return { asOf, workCentres };
}
