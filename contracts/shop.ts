import { type Static, Type } from 'typebox';
import { Currency, Id, IsoTime, Money, Page, Role, Unit } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import {
  Address,
  Buyer,
  ITEM_STATES,
  LeadTier,
  ORDER_STATUSES,
  OrderStatus,
  Payment,
  PlaceOrder,
  Shipment,
  Specification,
} from './orders.ts';
import { QUOTE_STATES } from './pricing.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** Refusals of `orders` and `pricing` are passed on as they are, with their own codes. */
export const SHOP_ERRORS = errorCatalogue({
  'shop.order_not_found': { status: 404, title: 'You have no such order', hint: 'Look for it in your orders.' },
  'shop.cart_not_found': { status: 404, title: 'You have no such draft', hint: 'Start a new one.' },
  'shop.cart_changed': {
    status: 409,
    title: 'The draft was changed in another window',
    hint: 'Look at the newest version, and change it again if you still want to.',
  },
  'shop.cart_ordered': {
    status: 409,
    title: 'The draft has been ordered',
    hint: 'See the order, or reorder to start a new draft from it.',
  },
  'shop.cart_empty': { status: 409, title: 'There is nothing to order yet', hint: 'Add a model first.' },
  'shop.cart_unquoted': {
    status: 409,
    title: 'The draft has no price to accept',
    hint: 'Ask for a quote first, or order without `accept`, or with a limit in `acceptUpTo`.',
  },
  'shop.address_not_found': { status: 404, title: 'You have no such address', hint: 'Choose one of your addresses.' },
  'shop.too_many_addresses': {
    status: 409,
    title: 'You have as many addresses as can be kept',
    hint: 'Remove one that you no longer use.',
  },
  'shop.closed': {
    status: 503,
    title: 'The shop takes no orders at the moment',
    hint: 'Your draft is kept. Try again after the seconds in Retry-After.',
  },
});

// ---- addresses: /api/internal/v1/shop/addresses ----

export const MOST_ADDRESSES = 20;

export const SavedAddress = Type.Object(
  { id: Id, address: Address, savedAt: IsoTime },
  { $id: 'SavedAddress', ...closed },
);
export type SavedAddress = Static<typeof SavedAddress>;

/** GET addresses: the last saved first. */
export const SavedAddresses = Type.Object({ items: Type.Array(SavedAddress) }, { $id: 'SavedAddresses', ...closed });

/** PUT addresses/:addressId (a new UUID adds one). DELETE removes it. */
export const SaveAddress = Type.Object({ address: Address }, closed);

// ---- drafts: /api/internal/v1/shop/carts ----

/** What is wanted of one model; not checked against the catalogue until it is quoted. */
export const CartItem = Type.Object(
  {
    modelId: Id,
    fileName: Type.String({ minLength: 1, maxLength: 255 }),
    unit: Unit,
    material: Type.String({ minLength: 1, maxLength: 64 }),
    finish: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  { $id: 'CartItem', ...closed },
);
export type CartItem = Static<typeof CartItem>;

const cartContent = {
  items: Type.Array(CartItem, { maxItems: 100 }),
  currency: Currency,
  leadTier: LeadTier,
  rush: Type.Boolean(),
  /** The last quote that was asked for these very items; null once they changed. */
  quoteId: Nullable(Id),
};

/** GET carts/:cartId: a draft that one can leave and come back to by its link. Only its owner sees it. */
export const Cart = Type.Object(
  {
    id: Id,
    /** +1 by every change. */
    version: Type.Integer({ minimum: 1 }),
    ...cartContent,
    /** The state of that quote, as last heard from pricing. */
    quote: Nullable(
      Type.Object(
        { state: Type.Enum([...QUOTE_STATES]), total: Nullable(Money), expiresAt: Nullable(IsoTime) },
        closed,
      ),
    ),
    /** The order that it became; it can then no longer be changed. */
    orderId: Nullable(Id),
    updatedAt: IsoTime,
  },
  { $id: 'Cart', ...closed },
);
export type Cart = Static<typeof Cart>;

/** GET carts: the drafts that were not ordered, last changed first; a person's oldest beyond these are dropped. */
export const MOST_CARTS = 50;
export const Carts = Type.Object({ items: Type.Array(Cart, { maxItems: MOST_CARTS }) }, { $id: 'Carts', ...closed });

/** PUT carts/:cartId. `version` is the one that was seen, 0 for a new draft (under a new UUID). */
export const SaveCart = Type.Object(
  { version: Type.Integer({ minimum: 0 }), ...cartContent },
  { $id: 'SaveCart', ...closed },
);
export type SaveCart = Static<typeof SaveCart>;

// ---- orders: /api/internal/v1/shop/orders ----

export const ShopOrderRow = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer(),
    status: OrderStatus,
    onHold: Type.Boolean(),
    total: Nullable(Money),
    placedAt: IsoTime,
    dueAt: Nullable(IsoTime),
    updatedAt: IsoTime,
    items: Type.Integer(),
    pieces: Type.Integer(),
    /** Names of the first three files. */
    files: Type.Array(Type.String()),
  },
  { $id: 'ShopOrderRow', ...closed },
);
export type ShopOrderRow = Static<typeof ShopOrderRow>;

const statusPattern = `(${ORDER_STATUSES.join('|')})`;
const uuidPattern = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** GET orders: mine, newest first. */
export const ShopOrdersQuery = Type.Object(
  {
    /** Comma-separated. */
    status: Type.Optional(Type.String({ pattern: `^${statusPattern}(,${statusPattern}){0,11}$` })),
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
    /** Comma-separated: just these, to bring rows on a screen up to date. At most 50. */
    ids: Type.Optional(Type.String({ pattern: `^${uuidPattern}(,${uuidPattern}){0,49}$` })),
  },
  closed,
);
export type ShopOrdersQuery = Static<typeof ShopOrdersQuery>;
export const ShopOrdersPage = Page(ShopOrderRow);
export type ShopOrdersPage = Static<typeof ShopOrdersPage>;

export const ShopOrderItem = Type.Object(
  {
    id: Id,
    line: Type.Integer({ minimum: 1 }),
    specification: Specification,
    state: Type.Enum([...ITEM_STATES]),
    onHold: Type.Boolean(),
    unitPrice: Nullable(Money),
    total: Nullable(Money),
    /** Why a person must look at it before there is a price. */
    reviewReason: Nullable(Type.String()),
    made: Type.Integer(),
    packed: Type.Integer(),
    shipped: Type.Integer(),
  },
  { $id: 'ShopOrderItem', ...closed },
);

/** A step of the order's way that concerns the buyer. Versions of other steps are left out. */
export const ShopStep = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    at: IsoTime,
    /** As in the order's history: `place`, `all_priced`, `accept`, `approve`, `ship` … */
    name: Type.String(),
    status: OrderStatus,
    /** In what role; who of the staff it was is not said. */
    by: Type.Union([Role, Type.Literal('system')]),
    /** What the buyer wrote, and why the order was rejected or cancelled; else empty. */
    reason: Type.String(),
  },
  { $id: 'ShopStep', ...closed },
);
export type ShopStep = Static<typeof ShopStep>;

/**
 * GET orders/:orderId(?version=N): the order as its buyer sees it. With `version`, as a command answered it, the answer is
 * not older than that; should `orders` be away just then, `version` and `asOf` say what it is. What may be done now is
 * said by GET /api/internal/v1/orders/:orderId.
 */
export const ShopOrder = Type.Object(
  {
    id: Id,
    number: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    status: OrderStatus,
    onHold: Type.Boolean(),
    buyer: Buyer,
    deliveryAddress: Address,
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Boolean(),
    reference: Type.String(),
    placedAt: IsoTime,
    confirmedAt: Nullable(IsoTime),
    dueAt: Nullable(IsoTime),
    updatedAt: IsoTime,
    quoteId: Nullable(Id),
    quoteExpiresAt: Nullable(IsoTime),
    acceptUpTo: Nullable(Money),
    total: Nullable(Money),
    payment: Payment.properties.state,
    items: Type.Array(ShopOrderItem),
    shipments: Type.Array(Shipment),
    linkedTo: Nullable(Id),
  },
  { $id: 'ShopOrder', ...closed },
);
export type ShopOrder = Static<typeof ShopOrder>;

export const ShopOrderPage = Type.Object(
  { order: ShopOrder, timeline: Type.Array(ShopStep), asOf: IsoTime },
  { $id: 'ShopOrderPage', ...closed },
);
export type ShopOrderPage = Static<typeof ShopOrderPage>;

/**
 * POST orders: orders a draft. The draft's id is the command's id at `orders`: one draft becomes one order, however often
 * this is sent (201, and 200 for a repeat). The draft's quote is ordered if it has one, else its items, to be priced after
 * placing. Refusals of `orders` are passed on.
 */
export const OrderCart = Type.Object(
  {
    cartId: Id,
    /** True accepts the price of the draft's quote at once. */
    accept: Type.Optional(Type.Boolean()),
    acceptUpTo: Type.Optional(Money),
    reference: Type.Optional(Type.String({ maxLength: 100 })),
    /** One of the saved addresses, or one for this order. */
    delivery: Type.Union([Type.Object({ addressId: Id }, closed), Type.Object({ address: Address }, closed)]),
    contact: PlaceOrder.properties.contact,
  },
  { $id: 'OrderCart', ...closed },
);
export type OrderCart = Static<typeof OrderCart>;

/** POST orders/:orderId/reorder: a new draft, under this id, of what was ordered then. Repeated, the same draft. */
export const Reorder = Type.Object({ cartId: Id }, closed);
