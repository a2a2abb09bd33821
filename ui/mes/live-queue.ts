import type { OperationRow } from '#contracts/mes';

/** How a shown row stands with us. Only `free` can be claimed; `gone` and `taken` leave the list when nobody points at it. */
export type Fate =
  | { kind: 'free' }
  | { kind: 'claiming' }
  | { kind: 'mine' }
  | { kind: 'taken'; by: string; at: string }
  | { kind: 'gone' };

export interface ShownRow {
  row: OperationRow;
  fate: Fate;
}

export interface LiveQueue {
  shown: readonly ShownRow[];
  /** Came while the list was on screen and would push shown rows down: counted, not inserted. */
  fresh: readonly OperationRow[];
}

export const EMPTY: LiveQueue = { shown: [], fresh: [] };
const FREE: Fate = { kind: 'free' };

/**
 * Takes over a new answer of the server without moving what is on screen: rows are patched where they stand, those that
 * left are marked, those that belong after the last row are appended, the others wait to be shown.
 */
export function merge(queue: LiveQueue, fetched: readonly OperationRow[]): LiveQueue {
  if (queue.shown.length === 0) return showAll(fetched);
  const byId = new Map(fetched.map((row) => [row.id, row]));
  const patched = queue.shown.map(({ row, fate }) => patch(row, fate, byId.get(row.id)));
  const shownIds = new Set(queue.shown.map(({ row }) => row.id));
  const lastShown = fetched.findLastIndex(({ id }) => shownIds.has(id));
  const unseen = fetched.map((row, place) => ({ row, place })).filter(({ row }) => !shownIds.has(row.id));
  const appended = unseen.filter(({ place }) => place > lastShown).map(({ row }) => ({ row, fate: FREE }));
  const fresh = unseen.filter(({ place }) => place < lastShown).map(({ row }) => row);
  return { shown: [...patched, ...appended], fresh };
}

/** Everything in the server's order. */
export function showAll(fetched: readonly OperationRow[]): LiveQueue {
  return { shown: fetched.map((row) => ({ row, fate: FREE })), fresh: [] };
}

export function setFate(queue: LiveQueue, id: string, fate: Fate): LiveQueue {
  return { ...queue, shown: queue.shown.map((shown) => (shown.row.id === id ? { ...shown, fate } : shown)) };
}

/** Rows that are nobody's to claim any more. */
export function settledIds(queue: LiveQueue): ReadonlySet<string> {
  return new Set(queue.shown.filter(({ fate }) => isSettled(fate)).map(({ row }) => row.id));
}

/** Takes those of `ids` off the list that are nobody's to claim any more. */
export function clearAway(queue: LiveQueue, ids: ReadonlySet<string>): LiveQueue {
  const shown = queue.shown.filter(({ row, fate }) => !isSettled(fate) || !ids.has(row.id));
  return shown.length === queue.shown.length ? queue : { ...queue, shown };
}

function isSettled({ kind }: Fate): boolean {
  return kind !== 'free' && kind !== 'claiming';
}

/** The free row that comes after `id`, else the nearest before it; null when none is free. */
export function nextFree(queue: LiveQueue, id: string | null): string | null {
  const at = queue.shown.findIndex(({ row }) => row.id === id);
  const isFree = ({ row, fate }: ShownRow) => fate.kind === 'free' && row.id !== id;
  const after = queue.shown.slice(at + 1).find(isFree);
  const before = queue.shown.slice(0, Math.max(at, 0)).findLast(isFree);
  return (after ?? before)?.row.id ?? null;
}

/** The row `steps` further, staying on the list. */
export function neighbour(queue: LiveQueue, id: string | null, steps: number): string | null {
  const at = queue.shown.findIndex(({ row }) => row.id === id);
  const wanted = at === -1 ? 0 : Math.min(Math.max(at + steps, 0), queue.shown.length - 1);
  return queue.shown[wanted]?.row.id ?? null;
}

function patch(row: OperationRow, fate: Fate, newer: OperationRow | undefined): ShownRow {
  if (newer) return { row: newer, fate: fate.kind === 'gone' || fate.kind === 'taken' ? FREE : fate };
  return { row, fate: fate.kind === 'free' ? { kind: 'gone' } : fate };
}
