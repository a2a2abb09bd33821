import { type Static, Type } from 'typebox';
import { IsoTime } from './basics.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/**
 * GET /api/internal/v1/<room>/read-model: how a room's copy of orders stood when it was last compared with the truth.
 * POST …/check asks for a round now, POST …/rebuild for a copy made anew beside the old one. Roles `ops` and `admin`.
 */
export const ReadModelState = Type.Object(
  {
    name: Type.String(),
    state: Type.Enum(['equal', 'differs', 'rebuild_wanted', 'rebuilding']),
    /** Null: not yet. */
    checkedAt: Nullable(IsoTime),
    compared: Type.Integer(),
    drift: Type.Integer(),
    repaired: Type.Integer(),
    /** Orders whose events were still to be taken at that time. */
    underWay: Type.Integer(),
    /** Why it is made anew. */
    reason: Type.String(),
    /** Orders that the present rebuild has replayed. */
    done: Type.Integer(),
    rebuiltAt: Nullable(IsoTime),
  },
  { $id: 'ReadModelState', ...closed },
);
export type ReadModelState = Static<typeof ReadModelState>;
