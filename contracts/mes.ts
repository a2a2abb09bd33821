import { type Static, Type } from 'typebox';
import { Id, IsoTime } from './basics.ts';

const closed = { additionalProperties: false } as const;

/**
 * `production.started` (first operation of an item), `production.made` (a job of an item is done),
 * `production.scrapped` (pieces lost; a remake job exists). Each carries the item's whole production state, so that
 * repeats and reordering do no harm: the reader keeps the higher `version`.
 */
export const PRODUCTION_EVENTS = ['production.started', 'production.made', 'production.scrapped'] as const;
export const ProductionEvent = Type.Object(
  {
    orderId: Id,
    itemId: Id,
    /** Of this item's production record; +1 by every fact. */
    version: Type.Integer({ minimum: 1 }),
    startedAt: IsoTime,
    /** Good pieces that passed the last operation, in all jobs. */
    made: Type.Integer({ minimum: 0 }),
    scrapped: Type.Integer({ minimum: 0 }),
    /** True when no job of the item is open. */
    done: Type.Boolean(),
    actor: Type.Object({ id: Type.String(), name: Type.String() }, closed),
    reason: Type.String(),
  },
  { $id: 'ProductionEvent', ...closed },
);
export type ProductionEvent = Static<typeof ProductionEvent>;
