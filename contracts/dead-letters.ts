import { type Static, Type } from 'typebox';
import { Id, IsoTime } from './basics.ts';
import { errorCatalogue } from './errors.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

// ---- HTTP: /api/internal/v1/<room>/dead-letters, of every room that hears events, for admins and ops ----

/** An event that a consumer of the room could not handle. */
export const DeadLetterRow = Type.Object(
  {
    consumer: Type.String(),
    eventId: Id,
    type: Type.String(),
    key: Type.String({ description: 'What the event is about: an order id, mostly' }),
    occurredAt: IsoTime,
    diedAt: IsoTime,
    attempts: Type.Integer(),
    reason: Type.String(),
  },
  { $id: 'DeadLetterRow', ...closed },
);
export type DeadLetterRow = Static<typeof DeadLetterRow>;

/** GET dead-letters: newest first. */
export const DeadLettersQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    /** `diedAt` and `eventId` of the last one of the page before, together. */
    beforeDiedAt: Type.Optional(IsoTime),
    beforeEventId: Type.Optional(Id),
  },
  closed,
);
export const DeadLetterRows = Type.Object({ items: Type.Array(DeadLetterRow) }, closed);

/** POST dead-letters/open: with its content, which the audit remembers: it may hold personal data. */
export const NameDeadLetter = Type.Object(
  { consumer: Type.String({ minLength: 1, maxLength: 100 }), eventId: Id },
  closed,
);
export const OpenedDeadLetter = Type.Object(
  { ...DeadLetterRow.properties, traceparent: Nullable(Type.String()), data: Type.Unknown() },
  { $id: 'OpenedDeadLetter', ...closed },
);
export type OpenedDeadLetter = Static<typeof OpenedDeadLetter>;

/** POST dead-letters/replay, dead-letters/discard. */
export const DecideDeadLetter = Type.Object(
  { ...NameDeadLetter.properties, note: Type.String({ maxLength: 500 }) },
  closed,
);
export type DecideDeadLetter = Static<typeof DecideDeadLetter>;

export const DEAD_LETTER_ACTS = ['shown', 'replayed', 'discarded'] as const;
/** GET dead-letters/audit: the newest two hundred. */
export const DeadLetterAudit = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          at: IsoTime,
          act: Type.Enum([...DEAD_LETTER_ACTS]),
          consumer: Type.String(),
          eventId: Id,
          actor: Type.String(),
          note: Type.String(),
        },
        closed,
      ),
    ),
  },
  { $id: 'DeadLetterAudit', ...closed },
);
export type DeadLetterAudit = Static<typeof DeadLetterAudit>;

export const DEAD_LETTER_ERRORS = errorCatalogue({
  'dead_letter.not_found': {
    status: 404,
    title: 'There is no such dead letter',
    hint: 'Look at the list again: somebody may have decided on it already.',
  },
});
