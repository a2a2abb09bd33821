import { type Static, Type } from 'typebox';
import { Id, IsoTime, Page } from './basics.ts';
import { HistoryEntry, Order, OrderDigest, type OrderStatus } from './orders.ts';

/**
 * What machines ask `orders` for, to compare their copies of its orders with and to make them anew.
 * All under /api/internal/v1/orders; roles `ops` and `admin`.
 */

const closed = { additionalProperties: false } as const;
const BuyerKind = Type.Enum(['customer', 'partner']);
const list = (item: string, most: number) => `^${item}(,${item}){0,${most - 1}}$`;

/** Which orders a copy is of. Left out: all. */
export const OrderScope = {
  buyer: Type.Optional(BuyerKind),
  /** Comma-separated: orders that are in one of these now. */
  statuses: Type.Optional(Type.String({ pattern: list('[a-z_]+', 12) })),
} as const;

/** How many buckets there are: an order is in the one that its id's last byte says. */
export const BUCKETS = 256;

/**
 * GET /digests/buckets. `digest` is the xor of the rows' hashes (decimal, signed 64 bits) over id, version and status. A bucket
 * without orders is left out. What was committed after `asOf` may be missing.
 */
export const BucketsQuery = Type.Object(OrderScope, closed);
export const BucketDigest = Type.Object(
  { bucket: Type.Integer({ minimum: 0, maximum: BUCKETS - 1 }), rows: Type.Integer(), digest: Type.String() },
  { $id: 'BucketDigest', ...closed },
);
export type BucketDigest = Static<typeof BucketDigest>;
export const BucketDigests = Type.Object({ asOf: IsoTime, items: Type.Array(BucketDigest) }, closed);
export type BucketDigests = Static<typeof BucketDigests>;

/** How many orders may be asked for by id at once. */
export const MOST_IDS = 100;
const Ids = Type.String({ pattern: list('[0-9a-f-]{36}', MOST_IDS) });

/** GET /digests: the orders of these buckets, or those of these ids that exist. */
export const DigestsQuery = Type.Object(
  {
    ...OrderScope,
    buckets: Type.Optional(Type.String({ pattern: list('\\d{1,3}', 32) })),
    ids: Type.Optional(Ids),
  },
  closed,
);
export const OrderDigests = Type.Object({ asOf: IsoTime, items: Type.Array(OrderDigest) }, closed);
export type OrderDigests = Static<typeof OrderDigests>;

/** GET /replay: orders with their whole histories by id, after `after` (an order's id) or just those of `ids`. */
export const ReplayQuery = Type.Object(
  {
    ...OrderScope,
    after: Type.Optional(Id),
    ids: Type.Optional(Ids),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  },
  closed,
);
/** `history` is every change from version 1 to `order.version`. */
export const ToldOrder = Type.Object(
  { order: Order, history: Type.Array(HistoryEntry, { minItems: 1 }) },
  { $id: 'ToldOrder', ...closed },
);
export type ToldOrder = Static<typeof ToldOrder>;
export const ReplayPage = Page(ToldOrder);
export type ReplayPage = Static<typeof ReplayPage>;

export type OrderScopeValue = { buyer?: Static<typeof BuyerKind>; statuses?: readonly Static<typeof OrderStatus>[] };
