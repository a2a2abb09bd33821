import { type Static, Type } from 'typebox';
import { Id, IsoTime, Money, Page } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import { HistoryEntry, ORDER_STATUSES, Order, OrderStatus, type Payment, PlaceOrder } from './orders.ts';
import { Quote } from './pricing.ts';
import { ReadModelState } from './read-models.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** Who may work in the CRM. */
export const CRM_ROLES = ['seller', 'lead_seller', 'admin'] as const;

/** Refusals of `orders` and `identity` are passed on as they are, with their own codes. */
export const CRM_ERRORS = errorCatalogue({
  'crm.assigned_meanwhile': {
    status: 409,
    title: 'Somebody else changed who looks after this order',
    hint: 'See who has it now, then decide again.',
  },
  'crm.not_your_view': {
    status: 403,
    title: 'This view belongs to a colleague',
    hint: 'Save it under a name of your own.',
  },
  'crm.too_many_views': {
    status: 409,
    title: 'You have as many saved views as there may be',
    hint: 'Delete one that you no longer use.',
  },
  'crm.not_a_colleague': {
    status: 409,
    title: 'This person cannot look after orders',
    hint: 'Choose one of the sellers.',
  },
  'crm.nothing_to_bill': {
    status: 409,
    title: 'The order has no price yet',
    hint: 'Wait for the price or quote by hand, then make the invoice.',
  },
});

// ---- reading: /api/internal/v1/crm ----

export const Person = Type.Object({ id: Id, name: Type.String() }, { $id: 'Person', ...closed });
export type Person = Static<typeof Person>;

export const OrderRow = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer(),
    status: OrderStatus,
    /** When it came into this status. */
    statusSince: IsoTime,
    source: Type.Enum(['shop', 'crm', 'partner']),
    buyer: Person,
    rush: Type.Boolean(),
    /** The order or one of its items is on hold. */
    onHold: Type.Boolean(),
    total: Nullable(Money),
    payment: Type.Enum(['none', 'recorded', 'on_account']),
    placedAt: IsoTime,
    dueAt: Nullable(IsoTime),
    items: Type.Integer(),
    pieces: Type.Integer(),
    /** Names of the first three files. */
    files: Type.Array(Type.String()),
    openConflicts: Type.Integer(),
    assignee: Nullable(Person),
  },
  { $id: 'CrmOrderRow', ...closed },
);
export type OrderRow = Static<typeof OrderRow>;

const statusPattern = `(${ORDER_STATUSES.join('|')})`;
const uuidPattern = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** What a list may be narrowed to; also what a saved view keeps. */
const filters = {
  /** Comma-separated. */
  status: Type.Optional(Type.String({ pattern: `^${statusPattern}(,${statusPattern}){0,11}$` })),
  /** A person's id, `me` or `none`. */
  assignee: Type.Optional(Type.String({ pattern: `^(me|none|${uuidPattern})$` })),
  source: Type.Optional(Type.Enum(['shop', 'crm', 'partner'])),
  buyer: Type.Optional(Id),
  rush: Type.Optional(Type.Boolean()),
  hold: Type.Optional(Type.Boolean()),
  overdue: Type.Optional(Type.Boolean()),
  conflict: Type.Optional(Type.Boolean()),
  /** Part of a number, a buyer's name or a file name: at least 3 characters. */
  q: Type.Optional(Type.String({ minLength: 3, maxLength: 100 })),
};

export const ORDER_SORTS = ['newest', 'urgent'] as const;
const sort = Type.Optional(Type.Enum([...ORDER_SORTS], { default: 'newest' }));

/** GET /orders */
export const OrdersQuery = Type.Object(
  {
    ...filters,
    sort,
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** Comma-separated: just these, to bring rows on a screen up to date. At most 100. */
    ids: Type.Optional(Type.String({ pattern: `^${uuidPattern}(,${uuidPattern}){0,99}$` })),
  },
  closed,
);
export type OrdersQuery = Static<typeof OrdersQuery>;

export const OrdersPage = Page(OrderRow);
export type OrdersPage = Static<typeof OrdersPage>;

/** GET /orders/counts: how many match, each counted to `cap` at most. `byStatus` leaves the status filter aside. */
export const CountsQuery = Type.Object(filters, closed);
export const COUNT_CAP = 1000;
/** With a search, whose matches have no index that could be counted. */
export const SEARCH_COUNT_CAP = 100;
export const OrderCounts = Type.Object(
  {
    byStatus: Type.Object(Object.fromEntries(ORDER_STATUSES.map((status) => [status, Type.Integer()])), closed),
    overdue: Type.Integer(),
    onHold: Type.Integer(),
    mine: Type.Integer(),
    unassigned: Type.Integer(),
    cap: Type.Integer(),
    asOf: Type.Optional(IsoTime),
  },
  { $id: 'CrmOrderCounts', ...closed },
);
export interface OrderCounts {
  byStatus: Record<string, number>;
  overdue: number;
  onHold: number;
  mine: number;
  unassigned: number;
  cap: number;
  asOf?: string;
}

/** GET /orders.csv: every row that matches, 100,000 at most. */
export const ExportQuery = Type.Object({ ...filters, sort, language: Type.Optional(Type.Enum(['en', 'ru'])) }, closed);

export const Comment = Type.Object(
  { id: Id, orderId: Id, text: Type.String(), author: Person, at: IsoTime },
  { $id: 'CrmComment', ...closed },
);
export type Comment = Static<typeof Comment>;

export const ProductionNote = Type.Object(
  {
    itemId: Id,
    version: Type.Integer(),
    name: Type.String(),
    at: IsoTime,
    actor: Type.String(),
    made: Type.Integer(),
    scrapped: Type.Integer(),
    reason: Type.String(),
  },
  { $id: 'CrmProductionNote', ...closed },
);
export type ProductionNote = Static<typeof ProductionNote>;

export const Assignment = Type.Object(
  { assignee: Nullable(Person), by: Nullable(Person), at: Nullable(IsoTime) },
  { $id: 'CrmAssignment', ...closed },
);
export type Assignment = Static<typeof Assignment>;

/** GET /orders/:orderId?version=N: waits for that version up to 300 ms, then asks `orders` itself. */
export const CardQuery = Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }, closed);
export const OrderCard = Type.Object(
  {
    order: Order,
    statusSince: IsoTime,
    timeline: Type.Array(HistoryEntry),
    production: Type.Array(ProductionNote),
    comments: Type.Array(Comment),
    assignment: Assignment,
    /** The quote that the order's prices come from, with its breakdown; null when it was priced by hand. */
    quote: Nullable(Quote),
    /** True: the read model was behind, the order came from `orders` directly. */
    merged: Type.Boolean(),
    asOf: IsoTime,
  },
  { $id: 'CrmOrderCard', ...closed },
);
export type OrderCard = Static<typeof OrderCard>;

/** GET /problems: what waits for a person, worst first, 50 of a kind. */
export const PROBLEM_KINDS = ['needs_review', 'conflict', 'overdue', 'stuck'] as const;
export const Problems = Type.Object(
  {
    groups: Type.Array(
      Type.Object(
        {
          kind: Type.Enum([...PROBLEM_KINDS]),
          /** Counted to 1,000. */
          count: Type.Integer(),
          orders: Type.Array(OrderRow),
        },
        closed,
      ),
    ),
    /** Events of this room that could not be handled. */
    deadLetters: Type.Integer(),
    /** Copies of orders, of any room, that are being put right, or had to be when they were last compared. */
    copies: Type.Array(ReadModelState),
    asOf: IsoTime,
  },
  { $id: 'CrmProblems', ...closed },
);
export type Problems = Static<typeof Problems>;

export const Customer = Type.Object(
  { id: Id, name: Type.String(), email: Type.String(), phone: Type.String(), lastOrderAt: IsoTime },
  { $id: 'CrmCustomer', ...closed },
);
export type Customer = Static<typeof Customer>;

/** GET /customers?q= */
export const CustomersQuery = Type.Object({ q: Type.String({ minLength: 3, maxLength: 100 }) }, closed);
export const Customers = Type.Object({ items: Type.Array(Customer) }, { $id: 'CrmCustomers', ...closed });

// ---- writing ----

/** POST /orders/:orderId/comments; the same `commandId` gets the same comment. */
export const AddComment = Type.Object(
  { commandId: Id, text: Type.String({ minLength: 1, maxLength: 4000, pattern: '\\S' }) },
  closed,
);
export type AddComment = Static<typeof AddComment>;

/**
 * PUT /orders/:orderId/assignee: oneself, one of identity's staff, or null for nobody. `seen` is who had it on the caller's
 * screen; somebody else since then: 409.
 */
export const Assign = Type.Object({ assigneeId: Nullable(Id), seen: Nullable(Id) }, closed);
export type Assign = Static<typeof Assign>;

export const ViewQuery = Type.Object({ ...filters, sort }, closed);
export type ViewQuery = Static<typeof ViewQuery>;

export const SavedView = Type.Object(
  {
    id: Id,
    name: Type.String(),
    shared: Type.Boolean(),
    query: ViewQuery,
    owner: Person,
  },
  { $id: 'CrmSavedView', ...closed },
);
export type SavedView = Static<typeof SavedView>;
export const SavedViews = Type.Object({ items: Type.Array(SavedView) }, { $id: 'CrmSavedViews', ...closed });

/** PUT /views/:viewId: makes the view or replaces one's own. */
export const PutView = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }), shared: Type.Boolean(), query: ViewQuery },
  closed,
);
export type PutView = Static<typeof PutView>;

/** POST /orders: for a customer on the phone. A known customer by id, or a new one, who is registered first. */
const { onBehalfOf: _, ...placing } = PlaceOrder.properties;
export const PlaceOnBehalf = Type.Object(
  {
    ...placing,
    customer: Type.Union([
      Type.Object({ id: Id }, closed),
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 200 }),
          email: Type.String({ format: 'email', maxLength: 254 }),
          phone: Type.Optional(Type.String({ maxLength: 40 })),
        },
        closed,
      ),
    ]),
  },
  { $id: 'CrmPlaceOnBehalf', ...closed },
);
export type PlaceOnBehalf = Static<typeof PlaceOnBehalf>;

// ---- events ----

/** `order-note.added`: a colleague's comment on an order. */
export const ORDER_NOTE_EVENTS = ['order-note.added'] as const;
export const OrderNoteEvent = Type.Object({ note: Comment }, { $id: 'OrderNoteEvent', ...closed });
export type OrderNoteEvent = Static<typeof OrderNoteEvent>;

export type PaymentState = Static<typeof Payment>['state'];
