import { COMMON_ERRORS } from '#contracts/errors';
import { Fault, type Problem, type RoomAnswer, type RoomCall, type RoomClient } from '#platform/http';

/** For a refusal with 429 whose room did not say how long to wait. */
const USUAL_WAIT_SECONDS = 5;

/** Asks a room in the partner's name; its refusal becomes ours, with code, detail and members. */
export async function passOn<T>(room: RoomClient, call: RoomCall): Promise<RoomAnswer<T>> {
  const answer = await room.call<T>(call);
  if (answer.status >= 400) throw refusalOf(answer.body as Problem | null, answer);
  return answer;
}

function refusalOf(problem: Problem | null, { status, retryAfterSeconds }: RoomAnswer<unknown>): Fault {
  if (!problem?.code) {
    return new Fault(COMMON_ERRORS['room.unavailable'], {
      internal: `A room answered ${status}`,
      retryAfterSeconds: 1,
    });
  }
  const { type: _type, title, status: _status, code, detail, hint, requestId: _requestId, ...members } = problem;
  const kind = { code, status, title, hint: hint.replaceAll('/api/internal/v1/pricing/', '/api/external/v1/') };
  return new Fault(kind, {
    members,
    ...(detail !== undefined && { detail }),
    ...(status === 429 && { retryAfterSeconds: retryAfterSeconds ?? USUAL_WAIT_SECONDS }),
  });
}
