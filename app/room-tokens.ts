import type { TokenAnswer } from '#contracts/identity';
import type { Clock } from '#platform/clock';
import type { RoomClient } from '#platform/http';
import type { RoomName } from './rooms.ts';

/** A token is used until this long before it expires, so that it outlives the request that it goes along with. */
const SPARE_MS = 60_000;

export interface RoomTokensNeeds {
  identity: RoomClient;
  clock: Clock;
  /** Shows identity that a room of this installation asks. */
  proof: string;
}

/** A room's own token, for what it asks on nobody's behalf; asked for anew when it is about to expire. */
export function roomTokens({ identity, clock, proof }: RoomTokensNeeds): (room: RoomName) => () => Promise<string> {
  return (room) => {
    let known: { answer: Promise<TokenAnswer>; until: number } | null = null;
    const ask = async (): Promise<TokenAnswer> => {
      const path = '/api/internal/v1/identity/room-token';
      const { status, body } = await identity.call<TokenAnswer>({ method: 'POST', path, body: { room, proof } });
      if (status === 200) return body;
      throw new Error(
        `identity gave the room ${room} no token (${status}): do all processes have the same FORGELINE_SECRET?`,
      );
    };
    return async () => {
      if (!known || known.until <= clock.now()) {
        const asked = { answer: ask(), until: Number.POSITIVE_INFINITY };
        known = asked;
        asked.answer.then(
          ({ expiresAt }) => {
            asked.until = Date.parse(expiresAt) - SPARE_MS;
          },
          () => {
            asked.until = 0;
          },
        );
      }
      return (await known.answer).token;
    };
  };
}
