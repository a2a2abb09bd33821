import type { ReadModelState } from '#contracts/read-models';
import type { Clock } from '#platform/clock';
import type { RoomClient } from '#platform/http';
import type { RoomName } from './rooms.ts';

/** The rooms that keep a copy of orders. */
const COPYING = ['crm', 'shop', 'mes', 'partners'] as const satisfies readonly RoomName[];
/** Many sellers ask, and a round comes every few minutes. */
const KEPT_MS = 10_000;

export interface CopyStatesNeeds {
  rooms: Record<RoomName, RoomClient>;
  token: () => Promise<string>;
  clock: Clock;
}

/** How every copy of orders stands, at most ten seconds ago; one whose room does not answer is left out. */
export function copyStates({ rooms, token, clock }: CopyStatesNeeds): () => Promise<ReadModelState[]> {
  let kept: { states: Promise<ReadModelState[]>; until: number } | null = null;

  async function ask(): Promise<ReadModelState[]> {
    const actorToken = await token();
    const answers = await Promise.allSettled(
      COPYING.map((room) =>
        rooms[room].call<ReadModelState>({ method: 'GET', path: `/api/internal/v1/${room}/read-model`, actorToken }),
      ),
    );
    return answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value.status === 200 ? [answer.value.body] : [],
    );
  }

  return () => {
    if (!kept || kept.until <= clock.now()) {
      // Without identity there is no token, and the inbox is none the worse for it.
      kept = { states: ask().catch(() => []), until: clock.now() + KEPT_MS };
    }
    return kept.states;
  };
}
