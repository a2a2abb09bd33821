import type { Sql } from '#platform/database';
import { lastOf, outlineOf, type Stretch } from './store-queue.ts';

/** Up to so many jobs each one's place is exact; in a longer queue it is so to half a percent. */
const STRETCHES = 200;
/** That of a long queue is used for so many times what it took: however many watch, it costs a part of one connection. */
const KEPT_TIMES = 20;

interface Outline {
  threads: number;
  outline: Stretch[];
  until: number;
}

const outlines = new WeakMap<Sql, Outline>();
const reading = new WeakMap<Sql, Promise<Outline>>();

export interface QueuePlace {
  /** Jobs that wait before it. */
  position: number;
  etaSeconds: number;
}

/** Jobs ahead of the last of these, and seconds until that one is done; null when none of them waits or runs. */
export async function queuePlace(sql: Sql, tenant: string, hashes: readonly string[]): Promise<QueuePlace | null> {
  const mine = await lastOf(sql, tenant, hashes);
  return mine && placeIn(await currentOutline(sql), mine);
}

/** A job's place by an outline that may be some moments old, and may not know the job yet. */
export function placeIn(
  { threads, outline }: Pick<Outline, 'threads' | 'outline'>,
  mine: { vstart: number; id: string; cost: number },
): QueuePlace {
  const isBefore = ({ vstart, id }: Stretch) => vstart < mine.vstart || (vstart === mine.vstart && id < mine.id);
  const next = outline.findIndex((stretch) => !isBefore(stretch));
  const before = next === -1 ? outline : outline.slice(0, next);
  const last = before.at(-1);
  let position = before.reduce((sum, { queued }) => sum + queued, 0);
  let cost = before.reduce((sum, stretch) => sum + stretch.cost, 0);
  if (last && last.queued > 1) {
    // Somewhere in this stretch, by how far its own start is on the way to the next one.
    const share = shareOf(last, outline[next]?.vstart ?? Number.POSITIVE_INFINITY, mine.vstart);
    position -= Math.round(last.queued * (1 - share));
    cost -= last.cost * (1 - share);
  }
  return { position, etaSeconds: Math.round((cost + mine.cost) / 10 / threads) / 100 };
}

function shareOf(stretch: Stretch, end: number, vstart: number): number {
  const length = end - stretch.vstart;
  return Number.isFinite(length) && length > 0 ? Math.min(1, (vstart - stretch.vstart) / length) : 1;
}

async function currentOutline(sql: Sql): Promise<Outline> {
  const known = outlines.get(sql);
  if (known && performance.now() < known.until) return known;
  const underWay = reading.get(sql) ?? readOutline(sql).finally(() => reading.delete(sql));
  reading.set(sql, underWay);
  return underWay;
}

async function readOutline(sql: Sql): Promise<Outline> {
  const started = performance.now();
  const read = await outlineOf(sql, STRETCHES);
  const now = performance.now();
  const isLong = read.outline.length === STRETCHES;
  const outline = { ...read, until: isLong ? now + KEPT_TIMES * (now - started) : now };
  outlines.set(sql, outline);
  return outline;
}
