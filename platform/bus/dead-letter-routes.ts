import type { Role } from '#contracts/basics';
import {
  DEAD_LETTER_ERRORS,
  DeadLetterAudit,
  DeadLetterRows,
  DeadLettersQuery,
  DecideDeadLetter,
  NameDeadLetter,
  OpenedDeadLetter,
} from '#contracts/dead-letters';
import type { Actor } from '#contracts/identity';
import type { Sql } from '#platform/database';
import { Fault, type Http } from '#platform/http';
import {
  type Act,
  type DeadLetter,
  discardDeadLetter,
  listDeadLetters,
  openDeadLetter,
  readDeadLetterAudit,
  replayDeadLetter,
} from './dead-letters.ts';

const CARETAKERS: readonly Role[] = ['admin', 'ops'];
const config = { access: { roles: CARETAKERS } } as const;
const tags = ['dead letters'];
const AUDIT_SHOWN = 200;

/** What the room's consumers could not handle, for those who look after the installation. `sql`: the room's own. */
export function deadLetterRoutes(http: Http, { room, sql }: { room: string; sql: Sql }): void {
  const root = `/api/internal/v1/${room}/dead-letters`;
  http.get(
    root,
    { config, schema: { tags, querystring: DeadLettersQuery, response: { 200: DeadLetterRows } } },
    async ({ query: { limit = 50, beforeDiedAt: diedAt, beforeEventId: eventId } }) => {
      const before = diedAt && eventId ? { before: { diedAt, eventId } } : {};
      return { items: (await listDeadLetters(sql, { limit, ...before })).map(withoutTrace) };
    },
  );
  http.post(
    `${root}/open`,
    { config, schema: { tags, body: NameDeadLetter, response: { 200: OpenedDeadLetter } } },
    async ({ body, actor }) => {
      const letter = await openDeadLetter(sql, { ...body, actor: signatureOf(actor), note: '' });
      if (!letter) throw new Fault(DEAD_LETTER_ERRORS['dead_letter.not_found']);
      return letter;
    },
  );
  const decide = (verb: 'replay' | 'discard', act: (sql: Sql, act: Act) => Promise<boolean>): void => {
    http.post(`${root}/${verb}`, { config, schema: { tags, body: DecideDeadLetter } }, async (request, reply) => {
      const { body, actor } = request;
      const isDone = await act(sql, { ...body, actor: signatureOf(actor) });
      if (!isDone) throw new Fault(DEAD_LETTER_ERRORS['dead_letter.not_found']);
      return reply.code(204).send();
    });
  };
  decide('replay', replayDeadLetter);
  decide('discard', discardDeadLetter);
  http.get(`${root}/audit`, { config, schema: { tags, response: { 200: DeadLetterAudit } } }, async () => ({
    items: await readDeadLetterAudit(sql, { limit: AUDIT_SHOWN }),
  }));
}

function withoutTrace({ traceparent: _, ...row }: DeadLetter) {
  return row;
}

/** As the audit names people: whoever of the same name is meant can be told by the id. */
function signatureOf({ id, name }: Actor): string {
  return `${name} (${id})`;
}
