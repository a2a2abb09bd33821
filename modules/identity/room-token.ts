import type { Actor, TokenAnswer } from '#contracts/identity';
import type { Desk } from './desk.ts';

/** The installation itself: no person has this id. */
const INSTALLATION = '00000000-0000-7000-8000-000000000001';

/** A token for what a room asks of another on nobody's behalf. */
export async function roomToken({ sql, keys }: Desk, room: string): Promise<TokenAnswer> {
  const [row] = await sql<{ now: string }[]>`select platform.now() as now`;
  const actor: Actor = {
    id: INSTALLATION,
    name: `room ${room}`,
    roles: ['ops'],
    credential: `room ${room}`,
    scopes: [],
  };
  return { ...(await keys.sign(actor, row!.now)), actor };
}
