import type { Role } from '#contracts/basics';
import { LEAD_WORKING_DAYS, type Order, type OrderCommandName, type OrderStatus } from '#contracts/orders';
import type { LeadRules } from './due-date.ts';
import { readyToShip, reworkable } from './items.ts';

export interface Rules extends LeadRules {
  /** Days from the last shipment until an order closes by itself. */
  autoCloseDays: number;
  /** Days for which a price given by hand stands. */
  handQuoteDays: number;
  /** Days from placing for which a price that expires is asked for anew by itself; after them the order waits for its buyer. */
  renewPriceDays: number;
}

const DAY_MS = 86_400_000;

export const DEFAULT_RULES: Rules = {
  calendar: { timeZone: 'Europe/Moscow', workingDays: [1, 2, 3, 4, 5], holidays: new Set(), closingHour: 18 },
  leadDays: LEAD_WORKING_DAYS,
  autoCloseDays: 14,
  handQuoteDays: 14,
  renewPriceDays: 90,
};

export type FactName =
  | 'all_priced'
  | 'review_needed'
  | 'production_started'
  | 'production_made'
  | 'production_scrapped';
export type TimerName = 'expire_quote' | 'auto_close';
export type TransitionName = 'place' | OrderCommandName | FactName | TimerName;
export type Who = Role | 'pricing' | 'mes' | 'timer';

/** Says why not, or null where the way is free. */
type Guard = (order: Order, now: string, rules: Rules) => string | null;

export interface Transition {
  name: TransitionName;
  /** Empty: the order does not exist yet. */
  from: readonly OrderStatus[];
  /** Where it may lead; the items' fold picks one. A status of `from` means: the status may stay. */
  to: readonly OrderStatus[];
  who: readonly Who[];
  guard?: Guard;
}

const SELLERS = ['seller', 'lead_seller'] as const;
const BUYERS = ['customer', 'partner'] as const;
const BEFORE_SHIPPED = [
  'submitted',
  'needs_review',
  'priced',
  'confirmed',
  'approved',
  'in_production',
  'produced',
  'packed',
] as const;
const SINCE_CONFIRMED = ['confirmed', 'approved', 'in_production', 'produced', 'packed', 'shipped'] as const;
const EVERY_STATUS = [...BEFORE_SHIPPED, 'shipped', 'closed', 'cancelled', 'rejected'] as const;

/** The life of an order: the one list of what may happen to it, from where, to where, and by whom. */
export const TRANSITIONS: readonly Transition[] = [
  { name: 'place', from: [], to: ['submitted'], who: [...BUYERS, ...SELLERS] },
  { name: 'all_priced', from: ['submitted'], to: ['priced'], who: ['pricing'] },
  { name: 'review_needed', from: ['submitted'], to: ['needs_review'], who: ['pricing'] },
  { name: 'quote_by_hand', from: ['needs_review'], to: ['priced'], who: SELLERS },
  { name: 'change_specification', from: ['priced', 'needs_review'], to: ['submitted'], who: [...BUYERS, ...SELLERS] },
  { name: 'expire_quote', from: ['priced', 'needs_review'], to: ['submitted'], who: ['timer'], guard: quoteHasExpired },
  { name: 'accept', from: ['priced'], to: ['confirmed'], who: BUYERS, guard: quoteStands },
  { name: 'record_payment', from: SINCE_CONFIRMED, to: SINCE_CONFIRMED, who: SELLERS },
  { name: 'approve', from: ['confirmed'], to: ['approved'], who: SELLERS, guard: isPaid },
  { name: 'production_started', from: ['approved', 'in_production'], to: ['in_production'], who: ['mes'] },
  { name: 'production_scrapped', from: ['approved', 'in_production'], to: ['in_production'], who: ['mes'] },
  { name: 'production_made', from: ['approved', 'in_production'], to: ['in_production', 'produced'], who: ['mes'] },
  {
    name: 'rework',
    from: ['produced', 'packed'],
    to: ['in_production'],
    who: ['quality', 'foreman'],
    guard: hasPieces,
  },
  { name: 'pack', from: ['produced'], to: ['packed'], who: ['packer'], guard: nothingIsHeld },
  { name: 'ship', from: ['packed'], to: ['packed', 'shipped'], who: ['packer'], guard: somethingCanShip },
  { name: 'close', from: ['shipped'], to: ['closed'], who: SELLERS },
  { name: 'auto_close', from: ['shipped'], to: ['closed'], who: ['timer'], guard: isOldEnoughToClose },
  {
    name: 'cancel',
    from: ['submitted', 'needs_review', 'priced', 'confirmed'],
    to: ['cancelled'],
    who: [...BUYERS, ...SELLERS],
  },
  {
    name: 'cancel',
    from: ['approved', 'in_production', 'produced', 'packed'],
    to: ['cancelled'],
    who: ['lead_seller'],
  },
  { name: 'reject', from: ['needs_review', 'priced', 'confirmed'], to: ['rejected'], who: SELLERS },
  {
    name: 'hold',
    from: BEFORE_SHIPPED,
    to: BEFORE_SHIPPED,
    who: [...SELLERS, 'quality', 'foreman'],
    guard: somethingCanBeHeld,
  },
  {
    name: 'release',
    from: BEFORE_SHIPPED,
    to: BEFORE_SHIPPED,
    who: [...SELLERS, 'quality', 'foreman'],
    guard: somethingIsHeld,
  },
  {
    name: 'resolve_conflict',
    from: EVERY_STATUS,
    to: EVERY_STATUS,
    who: [...SELLERS, 'foreman'],
    guard: hasOpenConflict,
  },
];

/** Moment at which the price stops standing by itself, or the order closes by itself; null when nothing is due. */
export function nextTimer(order: Order, rules: Rules): { name: TimerName; at: string } | null {
  if (order.status === 'priced' && order.quoteExpiresAt && isRenewed(order, rules)) {
    return { name: 'expire_quote', at: order.quoteExpiresAt };
  }
  if (order.status === 'shipped') return { name: 'auto_close', at: closesAt(order, rules) };
  return null;
}

/** An order that nobody takes would be priced for ever; whoever still wants it sends the specification again. */
function isRenewed({ placedAt, quoteExpiresAt }: Order, { renewPriceDays }: Rules): boolean {
  return Date.parse(quoteExpiresAt!) < Date.parse(placedAt) + renewPriceDays * DAY_MS;
}

function closesAt(order: Order, rules: Rules): string {
  const shippedAt = order.shipments.at(-1)?.at ?? order.updatedAt;
  return new Date(Date.parse(shippedAt) + rules.autoCloseDays * DAY_MS).toISOString();
}

function isPast(at: string, now: string): boolean {
  return Date.parse(at) <= Date.parse(now);
}

/** Null while the price may be taken, else why not. */
export function quoteStands(order: Order, now: string): string | null {
  if (order.total === null) return 'The order has no price.';
  if (!order.quoteExpiresAt || !isPast(order.quoteExpiresAt, now)) return null;
  return 'The price has expired. If no new one comes within minutes, send the specification again, changed or not.';
}

function quoteHasExpired(order: Order, now: string): string | null {
  return order.quoteExpiresAt && isPast(order.quoteExpiresAt, now) ? null : 'The price still stands.';
}

function isPaid(order: Order): string | null {
  return order.payment.state === 'none' ? 'Record the payment first, or put it on account.' : null;
}

function isOldEnoughToClose(order: Order, now: string, rules: Rules): string | null {
  return isPast(closesAt(order, rules), now) ? null : 'It was shipped too recently.';
}

function hasPieces(order: Order): string | null {
  return order.items.some((item) => reworkable(item) > 0) ? null : 'No piece is left in the house.';
}

function nothingIsHeld(order: Order): string | null {
  return somethingIsHeld(order) === null ? 'The order or one of its items is on hold.' : null;
}

function somethingCanShip(order: Order): string | null {
  if (order.hold) return 'The order is on hold.';
  const free = order.items.some((item) => readyToShip(item) > 0 && !item.hold);
  return free ? null : 'Everything that is packed is on hold.';
}

function somethingCanBeHeld(order: Order): string | null {
  return order.hold && order.items.every((item) => item.hold) ? 'All of it is on hold already.' : null;
}

function somethingIsHeld(order: Order): string | null {
  return order.hold || order.items.some((item) => item.hold) ? null : 'Nothing is on hold.';
}

function hasOpenConflict(order: Order): string | null {
  return order.conflicts.some((conflict) => conflict.resolvedAt === null) ? null : 'No conflict is open.';
}
