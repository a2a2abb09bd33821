import { useQueries, useQueryClient } from '@tanstack/react-query';
import type { DeadLetterAudit, DeadLetterRow, DecideDeadLetter, OpenedDeadLetter } from '#contracts/dead-letters';
import { useApi, withQuery } from '#ui/kit';

/** Rooms that hear events; each keeps its own dead letters. */
export const HEARING_ROOMS = ['orders', 'pricing', 'shop', 'crm', 'mes', 'partners'] as const;
export type HearingRoom = (typeof HEARING_ROOMS)[number];

/** As many of a room as are shown at once. */
export const SHOWN_EACH = 200;
const EVERY_MS = 15_000;
const rootOf = (room: HearingRoom) => `/api/internal/v1/${room}/dead-letters`;

export type Letter = DeadLetterRow & { room: HearingRoom };
export type Decision = DeadLetterAudit['items'][number];

/** Dead letters of all rooms, newest first, with who decided on earlier ones. A room that is away takes nothing from the others. */
export function useDeadLetters() {
  const api = useApi();
  const lists = useQueries({
    queries: HEARING_ROOMS.map((room) => ({
      queryKey: [rootOf(room)],
      refetchInterval: EVERY_MS,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<{ items: DeadLetterRow[] }>(withQuery(rootOf(room), { limit: String(SHOWN_EACH) }), signal),
    })),
  });
  const audits = useQueries({
    queries: HEARING_ROOMS.map((room) => ({
      queryKey: [rootOf(room), 'audit'],
      queryFn: ({ signal }: { signal: AbortSignal }) => api.get<DeadLetterAudit>(`${rootOf(room)}/audit`, signal),
    })),
  });
  const letters = lists
    .flatMap(({ data }, i) => (data?.items ?? []).map((row): Letter => ({ ...row, room: HEARING_ROOMS[i]! })))
    .toSorted((a, b) => Date.parse(b.diedAt) - Date.parse(a.diedAt));
  const decisions = audits
    .flatMap(({ data }) => data?.items ?? [])
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return {
    letters,
    decisions,
    isPending: lists.every(({ isPending }) => isPending),
    away: HEARING_ROOMS.filter((_, i) => lists[i]!.error && !lists[i]!.data),
    full: HEARING_ROOMS.filter((_, i) => lists[i]!.data?.items.length === SHOWN_EACH),
  };
}

export function useLetterActions() {
  const api = useApi();
  const queries = useQueryClient();
  const post = <T>(room: HearingRoom, verb: string, body: unknown) =>
    api.call<T>({ method: 'POST', path: `${rootOf(room)}/${verb}`, body });
  const refresh = (room: HearingRoom) => queries.invalidateQueries({ queryKey: [rootOf(room)] });
  return {
    async open({ room, consumer, eventId }: Letter) {
      const opened = await post<OpenedDeadLetter>(room, 'open', { consumer, eventId });
      await refresh(room);
      return opened;
    },
    /** Oldest first, as they happened. Resolves when all are on their way. */
    async replay(letters: readonly Letter[]) {
      for (const { room, consumer, eventId } of letters.toReversed()) {
        await post<void>(room, 'replay', { consumer, eventId, note: '' } satisfies DecideDeadLetter);
      }
      await Promise.all([...new Set(letters.map(({ room }) => room))].map(refresh));
    },
    async discard({ room, consumer, eventId }: Letter, note: string) {
      await post<void>(room, 'discard', { consumer, eventId, note } satisfies DecideDeadLetter);
      await refresh(room);
    },
  };
}
