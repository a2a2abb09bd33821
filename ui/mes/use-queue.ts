import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { OperationAnswer, OperationPage, OperationRow } from '#contracts/mes';
import { ApiProblem, newCommandId, useApi, useToasts, withQuery } from '#ui/kit';
import { clearAway, EMPTY, type Fate, type LiveQueue, merge, setFate, settledIds, showAll } from './live-queue.ts';
import { paths } from './paths.ts';
import { MY_WORK } from './use-my-work.ts';

const PAGE = 50;
/** The server's largest page; who sees more than this narrows the list to a work centre. */
const MOST = 200;
/** A row that was claimed or has left says so for this long at least, and at most twice as long. */
const SETTLED_MS = 1_500;

export interface Queue {
  list: LiveQueue;
  page: OperationPage | undefined;
  /** When it came, in milliseconds of this browser's clock. */
  readAt: number;
  error: unknown;
  loading: boolean;
  refetch(): void;
  more: (() => void) | null;
  showFresh(): void;
  /** Resolves when the server has answered; the row shows the outcome. */
  claim(row: OperationRow): Promise<void>;
  /** While a mouse points at the list nothing is taken off it. */
  onPointer(inside: boolean): void;
}

/** What can be claimed at a work centre (all of mine: undefined), live, and never moving under the pointer. */
export function useQueue(centre: string | undefined): Queue {
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [list, setList] = useState<LiveQueue>(EMPTY);
  const [limit, setLimit] = useState(PAGE);
  const query = useQuery({
    queryKey: ['mes', 'queue', centre ?? '', limit],
    queryFn: ({ signal }) =>
      api.get<OperationPage>(withQuery(paths.queue, { workCentre: centre, limit: String(limit) }), signal),
  });
  // What was on screen before may be claimed or finished by now: only a fresh answer is offered.
  const data = query.isFetchedAfterMount ? query.data : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another work centre is another list
  useEffect(() => {
    setList(EMPTY);
    setLimit(PAGE);
  }, [centre]);
  useEffect(() => {
    if (data) setList((now) => merge(now, data.items));
  }, [data]);

  const onPointer = useClearing(list, setList);

  const claim = useCallback(
    async ({ id, rate }: OperationRow) => {
      const become = (fate: Fate) => setList((now) => setFate(now, id, fate));
      become({ kind: 'claiming' });
      try {
        const body = { commandId: newCommandId(), rateMinor: rate.minor };
        await api.command<OperationAnswer>(paths.verb(id, 'claim'), body);
        become({ kind: 'mine' });
      } catch (error) {
        const taken = takenBy(error);
        become(taken ?? { kind: 'free' });
        if (!taken) toasts.showProblem(error);
      } finally {
        void queries.invalidateQueries({ queryKey: MY_WORK });
        void queries.invalidateQueries({ queryKey: ['mes', 'queue'] });
      }
    },
    [api, queries, toasts],
  );

  return {
    list,
    page: data,
    readAt: query.dataUpdatedAt,
    error: query.error,
    loading: data === undefined && query.error === null && list.shown.length === 0,
    refetch: () => void query.refetch(),
    more: data?.next && limit < MOST ? () => setLimit(MOST) : null,
    showFresh: () => setList(showAll(data?.items ?? [])),
    claim,
    onPointer,
  };
}

/** Takes settled rows off the list once they were seen and no mouse is over it, however often the list changes meanwhile. */
function useClearing(list: LiveQueue, setList: (change: (now: LiveQueue) => LiveQueue) => void) {
  const pointsAt = useRef(false);
  const latest = useRef(list);
  latest.current = list;
  const anySettled = settledIds(list).size > 0;
  useEffect(() => {
    if (!anySettled) return;
    let seen: ReadonlySet<string> = new Set();
    const timer = setInterval(() => {
      if (pointsAt.current) return;
      const seenBefore = seen;
      seen = settledIds(latest.current);
      setList((now) => clearAway(now, seenBefore));
    }, SETTLED_MS);
    return () => clearInterval(timer);
  }, [anySettled, setList]);
  return useCallback((inside: boolean) => {
    pointsAt.current = inside;
  }, []);
}

function takenBy(error: unknown): Fate | null {
  if (!(error instanceof ApiProblem) || error.code !== 'operation.taken') return null;
  return { kind: 'taken', by: String(error.members['by'] ?? ''), at: String(error.members['at'] ?? '') };
}
