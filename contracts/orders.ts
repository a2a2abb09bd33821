import { type Static, Type } from 'typebox';
import { Currency, Id, IsoTime, Money, Page, Role, Sha256, Unit } from './basics.ts';
import { errorCatalogue } from './errors.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

export const ORDER_STATUSES = [
  'submitted',
  'needs_review',
  'priced',
  'confirmed',
  'approved',
  'in_production',
  'produced',
  'packed',
  'shipped',
  'closed',
  'cancelled',
  'rejected',
] as const;
export const OrderStatus = Type.Enum([...ORDER_STATUSES]);
export type OrderStatus = Static<typeof OrderStatus>;

export const ITEM_STATES = ['pricing', 'priced', 'review', 'queued', 'making', 'made', 'packed', 'shipped'] as const;
export const ItemState = Type.Enum([...ITEM_STATES]);
export type ItemState = Static<typeof ItemState>;

export const LEAD_TIERS = ['economy', 'standard', 'express'] as const;
export const LeadTier = Type.Enum([...LEAD_TIERS]);
export type LeadTier = Static<typeof LeadTier>;
/** Working days from confirmation to delivery: what the price list promises is what the due date keeps. */
export const LEAD_WORKING_DAYS: Readonly<Record<LeadTier, number>> = { economy: 15, standard: 10, express: 4 };

/** What a buyer asks for: one model, how to make it, how many. */
export const Specification = Type.Object(
  {
    modelId: Id,
    sha256: Sha256,
    fileName: Type.String({ minLength: 1, maxLength: 255 }),
    unit: Unit,
    material: Type.String({ maxLength: 64 }),
    process: Type.String({ maxLength: 64 }),
    finish: Type.String({ maxLength: 64 }),
    quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
    note: Type.String({ maxLength: 2000 }),
  },
  { $id: 'Specification', ...closed },
);
export type Specification = Static<typeof Specification>;

export const Hold = Type.Object({ reason: Type.String({ maxLength: 500 }), by: Type.String(), at: IsoTime }, closed);

export const OrderItem = Type.Object(
  {
    id: Id,
    line: Type.Integer({ minimum: 1 }),
    specification: Specification,
    state: ItemState,
    hold: Nullable(Hold),
    /** Null until priced. */
    unitPrice: Nullable(Money),
    total: Nullable(Money),
    reviewReason: Nullable(Type.String()),
    made: Type.Integer({ minimum: 0 }),
    scrapped: Type.Integer({ minimum: 0 }),
    packed: Type.Integer({ minimum: 0 }),
    shipped: Type.Integer({ minimum: 0 }),
    /** Version of the item's production record that these counts come from. */
    productionVersion: Type.Integer({ minimum: 0 }),
  },
  { $id: 'OrderItem', ...closed },
);
export type OrderItem = Static<typeof OrderItem>;

export const Address = Type.Object(
  {
    recipient: Type.String({ minLength: 1, maxLength: 200 }),
    line1: Type.String({ minLength: 1, maxLength: 200 }),
    line2: Type.String({ maxLength: 200 }),
    city: Type.String({ minLength: 1, maxLength: 100 }),
    postcode: Type.String({ minLength: 1, maxLength: 20 }),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
  },
  { $id: 'Address', ...closed },
);
export type Address = Static<typeof Address>;

export const Buyer = Type.Object(
  {
    kind: Type.Enum(['customer', 'partner']),
    /** The person's id for a customer, the client's id for a partner. Whose order it is. */
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    email: Type.String({ maxLength: 254 }),
    phone: Type.String({ maxLength: 40 }),
  },
  { $id: 'Buyer', ...closed },
);
export type Buyer = Static<typeof Buyer>;

export const Shipment = Type.Object(
  {
    id: Id,
    carrier: Type.String({ maxLength: 100 }),
    trackingNumber: Type.String({ maxLength: 100 }),
    at: IsoTime,
    lines: Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer({ minimum: 1 }) }, closed)),
  },
  { $id: 'Shipment', ...closed },
);
export type Shipment = Static<typeof Shipment>;

export const Payment = Type.Object(
  {
    state: Type.Enum(['none', 'recorded', 'on_account']),
    reference: Type.String({ maxLength: 200 }),
    at: Nullable(IsoTime),
  },
  closed,
);

/** A fact that arrived where its edge was closed: nothing is discarded, a person decides. */
export const Conflict = Type.Object(
  { id: Id, itemId: Id, at: IsoTime, fact: Type.String(), text: Type.String(), resolvedAt: Nullable(IsoTime) },
  closed,
);
export type Conflict = Static<typeof Conflict>;

/** The whole order, as every reader may show it. */
export const Order = Type.Object(
  {
    id: Id,
    /** Spoken on the phone, e.g. `FL-100042`. */
    number: Type.String(),
    /** 1 at placing, +1 by every change: the history holds each number once. */
    version: Type.Integer({ minimum: 1 }),
    status: OrderStatus,
    hold: Nullable(Hold),
    source: Type.Enum(['shop', 'crm', 'partner']),
    buyer: Buyer,
    deliveryAddress: Address,
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Boolean(),
    /** Buyer's own reference, e.g. a purchase order number. */
    reference: Type.String({ maxLength: 100 }),
    placedAt: IsoTime,
    confirmedAt: Nullable(IsoTime),
    dueAt: Nullable(IsoTime),
    updatedAt: IsoTime,
    /** The quote that the prices come from. `submitted` with null here is what asks pricing for a price. */
    quoteId: Nullable(Id),
    quoteExpiresAt: Nullable(IsoTime),
    /** A price up to this is accepted without asking again; null asks. */
    acceptUpTo: Nullable(Money),
    total: Nullable(Money),
    payment: Payment,
    items: Type.Array(OrderItem, { minItems: 1, maxItems: 100 }),
    shipments: Type.Array(Shipment),
    conflicts: Type.Array(Conflict),
    /** The order that this one repeats or repairs. */
    linkedTo: Nullable(Id),
  },
  { $id: 'Order', ...closed },
);
export type Order = Static<typeof Order>;

/** Why a version exists. `name` is a command, a fact or a timer of the transition table. */
export const HistoryEntry = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    at: IsoTime,
    name: Type.String(),
    from: Nullable(OrderStatus),
    status: OrderStatus,
    actor: Type.Object(
      { id: Type.String(), name: Type.String(), role: Type.Union([Role, Type.Literal('system')]) },
      closed,
    ),
    cause: Type.Object({ kind: Type.Enum(['command', 'event', 'timer']), id: Type.String() }, closed),
    reason: Type.String(),
  },
  { $id: 'HistoryEntry', ...closed },
);
export type HistoryEntry = Static<typeof HistoryEntry>;

/**
 * `order.<status>` when the status changed (`order.submitted`, `order.approved` …), else `order.amended`
 * (hold, release, payment, specification, production counts, part shipment, conflict).
 */
export const ORDER_EVENTS = [...ORDER_STATUSES.map((status) => `order.${status}` as const), 'order.amended'] as const;
export type OrderEventType = (typeof ORDER_EVENTS)[number];
export const OrderEvent = Type.Object({ order: Order, change: HistoryEntry }, { $id: 'OrderEvent', ...closed });
export type OrderEvent = Static<typeof OrderEvent>;

// ---- HTTP: /api/internal/v1/orders ----

const ItemRequest = Type.Object(
  {
    modelId: Id,
    unit: Unit,
    material: Type.String({ minLength: 1, maxLength: 64 }),
    finish: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  closed,
);

/**
 * POST /api/internal/v1/orders. Either `quoteId` (the quote's items are taken; its price too when it is ready, else the order
 * is priced after placing), or `items` to be priced after placing.
 */
export const PlaceOrder = Type.Object(
  {
    commandId: Id,
    quoteId: Type.Optional(Id),
    items: Type.Optional(Type.Array(ItemRequest, { minItems: 1, maxItems: 100 })),
    /** True accepts the ready quote's price at once. */
    accept: Type.Optional(Type.Boolean()),
    acceptUpTo: Type.Optional(Money),
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Optional(Type.Boolean()),
    reference: Type.Optional(Type.String({ maxLength: 100 })),
    deliveryAddress: Address,
    contact: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 200 }),
        email: Type.String({ format: 'email', maxLength: 254 }),
        phone: Type.Optional(Type.String({ maxLength: 40 })),
      },
      closed,
    ),
    /** A seller places for this customer. Refused from anybody else. */
    onBehalfOf: Type.Optional(Type.Object({ customerId: Id }, closed)),
    linkedTo: Type.Optional(Id),
  },
  { $id: 'PlaceOrder', ...closed },
);
export type PlaceOrder = Static<typeof PlaceOrder>;

/** What every command carries: its own id (the same id gets the same answer) and the version that the person saw. */
export const CommandHead = { commandId: Id, version: Type.Integer({ minimum: 1 }) } as const;

/** POST /api/internal/v1/orders/:orderId/<verb>, the body per verb. */
export const ORDER_COMMANDS = {
  quote_by_hand: Type.Object(
    {
      ...CommandHead,
      items: Type.Array(Type.Object({ itemId: Id, total: Money }, closed), { minItems: 1, maxItems: 100 }),
      reason: Type.String({ minLength: 1, maxLength: 500 }),
    },
    closed,
  ),
  change_specification: Type.Object(
    {
      ...CommandHead,
      items: Type.Array(
        Type.Object(
          {
            itemId: Id,
            material: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            finish: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            unit: Type.Optional(Unit),
            quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
            note: Type.Optional(Type.String({ maxLength: 2000 })),
          },
          closed,
        ),
        { minItems: 1, maxItems: 100 },
      ),
    },
    closed,
  ),
  accept: Type.Object({ ...CommandHead }, closed),
  record_payment: Type.Object(
    {
      ...CommandHead,
      state: Type.Enum(['recorded', 'on_account']),
      reference: Type.String({ minLength: 1, maxLength: 200 }),
    },
    closed,
  ),
  approve: Type.Object({ ...CommandHead }, closed),
  hold: Type.Object(
    { ...CommandHead, itemId: Type.Optional(Id), reason: Type.String({ minLength: 1, maxLength: 500 }) },
    closed,
  ),
  release: Type.Object({ ...CommandHead, itemId: Type.Optional(Id) }, closed),
  rework: Type.Object(
    {
      ...CommandHead,
      items: Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer({ minimum: 1 }) }, closed), { minItems: 1 }),
      reason: Type.String({ minLength: 1, maxLength: 500 }),
    },
    closed,
  ),
  pack: Type.Object({ ...CommandHead }, closed),
  ship: Type.Object(
    {
      ...CommandHead,
      carrier: Type.String({ minLength: 1, maxLength: 100 }),
      trackingNumber: Type.String({ minLength: 1, maxLength: 100 }),
      /** Part of the order; left out, everything that is packed. */
      lines: Type.Optional(
        Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer({ minimum: 1 }) }, closed), { minItems: 1 }),
      ),
    },
    closed,
  ),
  close: Type.Object({ ...CommandHead }, closed),
  cancel: Type.Object({ ...CommandHead, reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed),
  reject: Type.Object({ ...CommandHead, reason: Type.String({ minLength: 1, maxLength: 500 }) }, closed),
  resolve_conflict: Type.Object(
    { ...CommandHead, conflictId: Id, reason: Type.String({ minLength: 1, maxLength: 500 }) },
    closed,
  ),
} as const;
export type OrderCommandName = keyof typeof ORDER_COMMANDS;
export type OrderCommandBody<Name extends OrderCommandName> = Static<(typeof ORDER_COMMANDS)[Name]>;

/** The answer to every command, placing included. `possible` lists what this actor may do next. */
export const CommandAnswer = Type.Object(
  {
    orderId: Id,
    number: Type.String(),
    version: Type.Integer(),
    status: OrderStatus,
    possible: Type.Array(Type.String()),
    /** True when this command id had been answered before; the answer is the stored one. */
    repeated: Type.Boolean(),
  },
  { $id: 'CommandAnswer', ...closed },
);
export type CommandAnswer = Static<typeof CommandAnswer>;

/** GET /api/internal/v1/orders/:orderId */
export const OrderView = Type.Object(
  { order: Order, possible: Type.Array(Type.String()) },
  { $id: 'OrderView', ...closed },
);
export type OrderView = Static<typeof OrderView>;

/** GET /api/internal/v1/orders/:orderId/history */
export const OrderHistory = Type.Object(
  { orderId: Id, entries: Type.Array(HistoryEntry) },
  { $id: 'OrderHistory', ...closed },
);
export type OrderHistory = Static<typeof OrderHistory>;

/** GET /api/internal/v1/orders?after=&limit=: what a reader compares its own list with. `after` is the last order id seen. */
export const OrderDigest = Type.Object(
  { id: Id, version: Type.Integer({ minimum: 1 }), status: OrderStatus },
  { $id: 'OrderDigest', ...closed },
);
export type OrderDigest = Static<typeof OrderDigest>;
export const OrderDigestPage = Page(OrderDigest);
export type OrderDigestPage = Static<typeof OrderDigestPage>;

/** 409 answers carry `current` (below) and `possible` (what this actor may do now) beside the problem's own members. */
export const CurrentOrder = Type.Object(
  { orderId: Id, number: Type.String(), version: Type.Integer(), status: OrderStatus, updatedAt: IsoTime },
  { $id: 'CurrentOrder', ...closed },
);
export type CurrentOrder = Static<typeof CurrentOrder>;

export const ORDER_ERRORS = errorCatalogue({
  'order.not_found': { status: 404, title: 'There is no such order', hint: 'Check the order id.' },
  'order.forbidden': {
    status: 403,
    title: 'Your role may not do this to this order',
    hint: 'Ask somebody whose role allows it; `possible` lists what you may do.',
  },
  'order.stale_version': {
    status: 409,
    title: 'The order has changed since you looked',
    hint: 'Look at `current`, and send a new command with its version if you still want this.',
  },
  'order.not_possible': {
    status: 409,
    title: 'The order does not allow this now',
    hint: '`possible` lists what you may do now.',
  },
  'order.command_id_reused': {
    status: 409,
    title: 'This command id was used for something else',
    hint: 'Make a new id for every new command; repeat an id only with the same content.',
  },
  'order.item_unknown': { status: 422, title: 'The order has no such item', hint: 'Take the item ids from the order.' },
  'order.quantity_impossible': {
    status: 422,
    title: 'There are not that many pieces',
    hint: 'Look at the counts of the item and ask for no more.',
  },
  'order.price_incomplete': {
    status: 422,
    title: 'Not every item has a price in the currency of the order',
    hint: 'Price every item that has none, in the currency of the order.',
  },
  'order.quote_unknown': {
    status: 422,
    title: 'There is no such quote for this buyer',
    hint: 'Ask for a quote and place the order with its id.',
  },
  'order.quote_not_ready': {
    status: 409,
    title: 'The quote has no price yet to accept',
    hint: 'Wait until it is ready, or place without `accept`, or with a limit in `acceptUpTo`.',
  },
  'order.quote_unusable': {
    status: 409,
    title: 'The quote failed or was cancelled',
    hint: 'Ask for a new quote.',
  },
  'order.quote_expired': { status: 409, title: 'The quote has expired', hint: 'Ask for a new quote.' },
  'order.quote_differs': {
    status: 422,
    title: 'The quote was made for something else',
    hint: 'Currency, lead time and rush must be those of the quote.',
  },
  'order.model_unknown': {
    status: 422,
    title: 'There is no such model for this buyer',
    hint: 'Upload the model first and use the id of the answer.',
  },
  'order.link_unknown': {
    status: 422,
    title: 'There is no delivered order of this buyer to link to',
    hint: 'Link to an order of the same buyer that was shipped or closed.',
  },
});
export type OrderErrorCode = keyof typeof ORDER_ERRORS;
