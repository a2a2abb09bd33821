import { type Static, Type } from 'typebox';
import { Currency, Id, IsoTime, Money, Page, Sha256, Unit } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import { Address, ItemState, LeadTier, ORDER_COMMANDS, ORDER_EVENTS, OrderStatus, PlaceOrder } from './orders.ts';
import { GeometryReport, QUOTE_STATES, QuoteItem } from './pricing.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Problem = Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() }, closed);

// ---- What partners see: /api/external/v1. Shapes of their own: nothing of the house's inside. ----

/** What a key may do. A key without any scope may do everything. */
export const PARTNER_SCOPES = ['read', 'models:write', 'quotes:write', 'orders:write'] as const;
export type PartnerScope = (typeof PARTNER_SCOPES)[number];

/** POST /models?fileName=ring.stl with the file as the body; GET /models/:id */
export const PartnerModel = Type.Object(
  {
    id: Id,
    fileName: Type.String(),
    sha256: Sha256,
    bytes: Type.Integer(),
    state: Type.Enum(['queued', 'analysing', 'ready', 'failed', 'cancelled']),
    /** In the file's own units. */
    geometry: Nullable(
      Type.Object(
        {
          format: Type.String(),
          unit: Type.Optional(Nullable(Unit)),
          triangles: Type.Integer(),
          volume: Type.Number(),
          area: Type.Number(),
          box: GeometryReport.properties.box,
          verdict: GeometryReport.properties.verdict,
          findings: Type.Array(Type.String()),
          repairs: Type.Optional(GeometryReport.properties.repairs),
          topology: GeometryReport.properties.topology,
          overhangArea: GeometryReport.properties.overhangArea,
        },
        closed,
      ),
    ),
    failure: Nullable(Problem),
  },
  { $id: 'PartnerModel', ...closed },
);
export type PartnerModel = Static<typeof PartnerModel>;

const Wish = {
  modelId: Id,
  fileName: Type.String(),
  unit: Unit,
  material: Type.String(),
  finish: Type.String(),
  quantity: Type.Integer(),
  note: Type.String(),
} as const;

/** POST /quotes (201 ready at once, 202 while it is calculated); GET /quotes/:id */
export const PartnerQuote = Type.Object(
  {
    id: Id,
    version: Type.Integer({ minimum: 1 }),
    state: Type.Enum([...QUOTE_STATES]),
    items: Type.Array(
      Type.Object(
        {
          ...Wish,
          id: Id,
          state: Type.Enum([...QUOTE_STATES]),
          unitPrice: Nullable(Money),
          total: Nullable(Money),
          problem: Nullable(Problem),
          thickness: QuoteItem.properties.thickness,
          unitQuestion: QuoteItem.properties.unitQuestion,
          warnings: QuoteItem.properties.warnings,
          progress: QuoteItem.properties.progress,
        },
        closed,
      ),
    ),
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Boolean(),
    shipping: Nullable(Money),
    tax: Nullable(Money),
    total: Nullable(Money),
    createdAt: IsoTime,
    expiresAt: Nullable(IsoTime),
    queue: Nullable(Type.Object({ position: Type.Integer(), etaSeconds: Type.Number() }, closed)),
  },
  { $id: 'PartnerQuote', ...closed },
);
export type PartnerQuote = Static<typeof PartnerQuote>;

/** POST /orders, with the header Idempotency-Key. */
export const PlacePartnerOrder = Type.Object(
  {
    quoteId: PlaceOrder.properties.quoteId,
    items: PlaceOrder.properties.items,
    accept: PlaceOrder.properties.accept,
    acceptUpTo: PlaceOrder.properties.acceptUpTo,
    currency: Currency,
    leadTier: LeadTier,
    rush: PlaceOrder.properties.rush,
    reference: PlaceOrder.properties.reference,
    deliveryAddress: Address,
    contact: PlaceOrder.properties.contact,
  },
  { $id: 'PlacePartnerOrder', ...closed },
);
export type PlacePartnerOrder = Static<typeof PlacePartnerOrder>;

/** POST /orders/:orderId/<verb>; `version` is the one that the partner saw. An Idempotency-Key is optional here. */
export const PARTNER_COMMANDS = {
  accept: Type.Omit(ORDER_COMMANDS.accept, ['commandId'], closed),
  cancel: Type.Omit(ORDER_COMMANDS.cancel, ['commandId'], closed),
  change_specification: Type.Omit(ORDER_COMMANDS.change_specification, ['commandId'], closed),
} as const;
export type PartnerCommandName = keyof typeof PARTNER_COMMANDS;

/** The answer to placing and to every command. */
export const PartnerOrderAnswer = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer(),
    status: OrderStatus,
    possible: Type.Array(Type.String()),
  },
  { $id: 'PartnerOrderAnswer', ...closed },
);
export type PartnerOrderAnswer = Static<typeof PartnerOrderAnswer>;

export const PartnerOrder = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    status: OrderStatus,
    reference: Type.String(),
    onHold: Type.Boolean(),
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Boolean(),
    quoteId: Nullable(Id),
    quoteExpiresAt: Nullable(IsoTime),
    total: Nullable(Money),
    placedAt: IsoTime,
    confirmedAt: Nullable(IsoTime),
    dueAt: Nullable(IsoTime),
    updatedAt: IsoTime,
    deliveryAddress: Address,
    items: Type.Array(
      Type.Object(
        {
          ...Wish,
          id: Id,
          line: Type.Integer(),
          state: ItemState,
          onHold: Type.Boolean(),
          unitPrice: Nullable(Money),
          total: Nullable(Money),
          /** Why it is looked at by a person. */
          reviewReason: Nullable(Type.String()),
          made: Type.Integer(),
          shipped: Type.Integer(),
        },
        closed,
      ),
    ),
    shipments: Type.Array(
      Type.Object(
        {
          carrier: Type.String(),
          trackingNumber: Type.String(),
          at: IsoTime,
          lines: Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer() }, closed)),
        },
        closed,
      ),
    ),
  },
  { $id: 'PartnerOrder', ...closed },
);
export type PartnerOrder = Static<typeof PartnerOrder>;

/** One version of an order. `name` is a command, a fact or a timer; versions leave no gap. */
export const PartnerOrderChange = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    at: IsoTime,
    name: Type.String(),
    status: OrderStatus,
    byYou: Type.Boolean(),
    /** Of a cancellation, a rejection or a price by hand; else empty. */
    reason: Type.String(),
  },
  { $id: 'PartnerOrderChange', ...closed },
);
export type PartnerOrderChange = Static<typeof PartnerOrderChange>;

/** GET /orders/:orderId?version=: at least that version. */
export const PartnerOrderCard = Type.Object(
  { order: PartnerOrder, history: Type.Array(PartnerOrderChange) },
  { $id: 'PartnerOrderCard', ...closed },
);
export type PartnerOrderCard = Static<typeof PartnerOrderCard>;

/** GET /orders?status=&after=&limit=: newest first. */
export const PartnerOrderRow = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer(),
    status: OrderStatus,
    reference: Type.String(),
    total: Nullable(Money),
    placedAt: IsoTime,
    dueAt: Nullable(IsoTime),
    updatedAt: IsoTime,
  },
  { $id: 'PartnerOrderRow', ...closed },
);
export type PartnerOrderRow = Static<typeof PartnerOrderRow>;
export const PartnerOrderPage = Page(PartnerOrderRow);
export type PartnerOrderPage = Static<typeof PartnerOrderPage>;

/**
 * One thing that happened to an order or a quote of this client, with its whole state: `order.*`, `quote.*`. It is also
 * the body of a webhook, under the same id.
 */
export const PartnerEvent = Type.Object(
  {
    id: Id,
    /** 1, 2, 3 … per client, without a gap. */
    sequence: Type.Integer({ minimum: 1 }),
    type: Type.String(),
    at: IsoTime,
    order: Nullable(PartnerOrder),
    change: Nullable(PartnerOrderChange),
    quote: Nullable(PartnerQuote),
  },
  { $id: 'PartnerEvent', ...closed },
);
export type PartnerEvent = Static<typeof PartnerEvent>;

/** GET /events?after=&limit=: `last` is what to pass as `after` next time; `more` says whether to do so at once. */
export const PartnerEvents = Type.Object(
  { items: Type.Array(PartnerEvent), last: Type.Integer({ minimum: 0 }), more: Type.Boolean() },
  { $id: 'PartnerEvents', ...closed },
);
export type PartnerEvents = Static<typeof PartnerEvents>;

/** What one client may do, and has done on this UTC day. */
export const ClientLimits = Type.Object(
  {
    /** Per key, refilled evenly. */
    requestsPerMinute: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** Requests at once, per key. */
    burst: Type.Integer({ minimum: 1, maximum: 100_000 }),
    modelsPerDay: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
    quotesPerDay: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
    ordersPerDay: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  },
  { $id: 'ClientLimits', ...closed },
);
export type ClientLimits = Static<typeof ClientLimits>;

/** GET /usage */
export const Usage = Type.Object(
  {
    day: Type.String({ description: 'UTC, YYYY-MM-DD' }),
    models: Type.Integer(),
    quotes: Type.Integer(),
    orders: Type.Integer(),
    limits: ClientLimits,
  },
  { $id: 'Usage', ...closed },
);
export type Usage = Static<typeof Usage>;

// ---- For people: /api/internal/v1/partners. Keys are made at identity (`/api/internal/v1/identity/keys`). ----

export const Client = Type.Object(
  {
    id: Id,
    name: Type.String(),
    state: Type.Enum(['active', 'suspended']),
    limits: ClientLimits,
    createdAt: IsoTime,
  },
  { $id: 'Client', ...closed },
);
export type Client = Static<typeof Client>;
export const ClientPage = Page(Client);

/** POST clients, by an admin. `id` may be given, so that people and keys can be made in any order. */
export const CreateClient = Type.Object(
  {
    id: Type.Optional(Id),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    limits: Type.Optional(Type.Partial(ClientLimits, closed)),
  },
  closed,
);
export type CreateClient = Static<typeof CreateClient>;
/** PATCH clients/:clientId, by an admin */
export const ChangeClient = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    state: Type.Optional(Type.Enum(['active', 'suspended'])),
    limits: Type.Optional(Type.Partial(ClientLimits, closed)),
  },
  closed,
);
export type ChangeClient = Static<typeof ChangeClient>;

/** What an endpoint can ask for: one kind of event, or all of an owner. */
export const WEBHOOK_TOPICS = [
  'order.*',
  'quote.*',
  ...ORDER_EVENTS,
  'quote.queued',
  'quote.ready',
  'quote.needs_review',
  'quote.failed',
] as const;

/** Where a client wants its events. `secret` signs (standardwebhooks); it is told only when it is made. */
export const WebhookEndpoint = Type.Object(
  {
    id: Id,
    url: Type.String(),
    events: Type.Array(Type.String()),
    active: Type.Boolean(),
    createdAt: IsoTime,
  },
  { $id: 'WebhookEndpoint', ...closed },
);
export type WebhookEndpoint = Static<typeof WebhookEndpoint>;
export const WebhookEndpoints = Type.Object({ items: Type.Array(WebhookEndpoint) }, closed);
/** POST clients/:clientId/endpoints */
export const CreateEndpoint = Type.Object(
  {
    url: Type.String({ minLength: 8, maxLength: 500 }),
    events: Type.Array(Type.Enum([...WEBHOOK_TOPICS]), { minItems: 1, maxItems: 50 }),
  },
  closed,
);
export const NewEndpoint = Type.Object(
  { endpoint: WebhookEndpoint, secret: Type.String({ description: 'whsec_…' }) },
  { $id: 'NewEndpoint', ...closed },
);
export type NewEndpoint = Static<typeof NewEndpoint>;
/** PATCH clients/:clientId/endpoints/:endpointId */
export const ChangeEndpoint = Type.Object({ active: Type.Boolean() }, closed);

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export const Delivery = Type.Object(
  {
    id: Id,
    endpointId: Id,
    eventId: Id,
    type: Type.String(),
    state: Type.Enum([...DELIVERY_STATES]),
    attempts: Type.Integer(),
    createdAt: IsoTime,
    /** When it is tried next; null when it is over. */
    dueAt: Nullable(IsoTime),
    lastStatus: Nullable(Type.Integer()),
    lastError: Nullable(Type.String()),
  },
  { $id: 'Delivery', ...closed },
);
export type Delivery = Static<typeof Delivery>;
/** GET clients/:clientId/deliveries?state=&after=&limit=: newest first */
export const DeliveryPage = Page(Delivery);
/** GET clients/:clientId/deliveries/:deliveryId */
export const DeliveryCard = Type.Object(
  {
    delivery: Delivery,
    payload: Type.String(),
    log: Type.Array(
      Type.Object(
        {
          attempt: Type.Integer(),
          at: IsoTime,
          milliseconds: Type.Integer(),
          status: Nullable(Type.Integer()),
          error: Nullable(Type.String()),
          /** The first kilobyte of the answer. */
          answer: Type.String(),
        },
        closed,
      ),
    ),
  },
  { $id: 'DeliveryCard', ...closed },
);
export type DeliveryCard = Static<typeof DeliveryCard>;

/** `webhook.failed` (given up) and `webhook.resent` (a person asked for it again): the delivery's whole state. */
export const WEBHOOK_EVENTS = ['webhook.failed', 'webhook.resent'] as const;
export const WebhookEvent = Type.Object(
  { clientId: Id, clientName: Type.String(), url: Type.String(), delivery: Delivery },
  { $id: 'WebhookEvent', ...closed },
);
export type WebhookEvent = Static<typeof WebhookEvent>;

export const PARTNER_ERRORS = errorCatalogue({
  'partner.closed': {
    status: 503,
    title: 'No orders are taken at the moment',
    hint: 'Send the same request again after the seconds in Retry-After.',
  },
  'partner.key_required': {
    status: 401,
    title: 'An API key is needed',
    hint: 'Send it as Authorization: Bearer fk_…',
  },
  'partner.key_invalid': {
    status: 401,
    title: 'This API key is not valid',
    hint: 'Make a new key in the partner desk.',
  },
  'partner.scope_missing': {
    status: 403,
    title: 'This key may not do this',
    hint: 'Make a key with the scope that `needs` names.',
  },
  'partner.suspended': {
    status: 403,
    title: 'This client is suspended',
    hint: 'Talk to your contact at the manufacturer.',
  },
  'partner.not_found': { status: 404, title: 'There is no such client', hint: 'Check the client id.' },
  'quota.exceeded': {
    status: 429,
    title: 'The quota of this day is used up',
    hint: 'Wait as long as Retry-After says, or ask for a higher quota.',
  },
  'idempotency.key_required': {
    status: 400,
    title: 'The header Idempotency-Key is needed',
    hint: 'Send 1 to 200 visible characters, new for every new order; repeat them with every retry.',
  },
  'idempotency.key_reused': {
    status: 422,
    title: 'This Idempotency-Key was used with another body',
    hint: 'Use a new key for a new request; repeat a key only with the same body.',
  },
  'webhook.address_refused': {
    status: 422,
    title: 'Webhooks cannot be sent to this address',
    hint: 'Give a public https address without credentials in it.',
  },
  'webhook.not_found': {
    status: 404,
    title: 'There is no such endpoint or delivery',
    hint: 'Check the id.',
  },
  'webhook.too_many_endpoints': {
    status: 409,
    title: 'A client has at most ten endpoints',
    hint: 'Remove one first.',
  },
});
export type PartnerErrorCode = keyof typeof PARTNER_ERRORS;
