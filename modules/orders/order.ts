import type { Role } from '#contracts/basics';
import { type Actor, tenantOf } from '#contracts/identity';
import type { ProductionEvent } from '#contracts/mes';
import type {
  HistoryEntry,
  Order,
  OrderCommandBody,
  OrderCommandName,
  OrderEventType,
  OrderItem,
  Specification,
} from '#contracts/orders';
import type { Quote } from '#contracts/pricing';
import { askedAnew, confirmed, EFFECTS, type Moment, type Refusal, refused } from './effects.ts';
import { quoteFits, withProduction, withQuote } from './facts.ts';
import { nextTimer, quoteStands, type TimerName, TRANSITIONS, type Transition } from './transitions.ts';

export type By = Pick<Actor, 'id' | 'name' | 'roles' | 'clientId'>;

export type Command = {
  [Name in OrderCommandName]: { name: Name; body: OrderCommandBody<Name> };
}[OrderCommandName];

/** `id` is the event's: it becomes the cause in the history. */
export type Fact =
  | { name: 'all_priced' | 'review_needed'; id: string; quote: Quote }
  | {
      name: 'production_started' | 'production_made' | 'production_scrapped';
      id: string;
      production: ProductionEvent;
    };

/** One version of an order and why it exists: one row of history, one event. */
export interface Step {
  order: Order;
  change: HistoryEntry;
  eventType: OrderEventType;
}

export type Decision = { kind: 'changed'; steps: [Step, ...Step[]] } | Refusal;
export type FactDecision = { kind: 'changed'; steps: [Step, ...Step[]] } | { kind: 'ignored'; why: string };

type Doer = HistoryEntry['actor'];
type Why = Pick<HistoryEntry, 'name' | 'actor' | 'cause' | 'reason'>;

/** Whether the actor may know of the order at all: buyers of their own, staff of every one. */
export function maySee(order: Order, actor: By): boolean {
  return actor.roles.some((role) => (isBuyerRole(role) ? isOwnBuyer(order, actor, role) : true));
}

/** Staff who read every order. Operators see their work in mes, without the buyer's name and address. */
export const READING_STAFF: readonly Role[] = ['seller', 'lead_seller', 'quality', 'packer', 'foreman', 'admin', 'ops'];

/** Whether the actor may read the order: buyers their own, reading staff every one. */
/** Reads as a buyer, not as one of the house. */
export function readsAsBuyer(actor: By): boolean {
  return !actor.roles.some((role) => READING_STAFF.includes(role));
}

export function mayRead(order: Order, actor: By): boolean {
  return actor.roles.some((role) =>
    isBuyerRole(role) ? isOwnBuyer(order, actor, role) : READING_STAFF.includes(role),
  );
}

/** A person's decision. Never throws for what a person may get wrong: it is refused with a code and a text. */
export function decide(order: Order, command: Command, actor: By, moment: Moment): Decision {
  const rows = TRANSITIONS.filter((row) => row.name === command.name && roleFor(row, order, actor));
  if (!maySee(order, actor)) return refused('order.not_found', 'No order of yours has this id.');
  if (rows.length === 0) return refused('order.forbidden', `Your roles never allow ${command.name}.`);
  if (command.body.version !== order.version) {
    return refused('order.stale_version', `You saw version ${command.body.version}; it is ${order.version} now.`);
  }
  const row = rows.find(({ from }) => from.includes(order.status));
  if (!row) return refuseByStatus(order, command.name);
  const obstacle = row.guard?.(order, moment.now, moment.rules);
  if (obstacle) return refused('order.not_possible', obstacle);

  const changed = applied(order, command, { ...moment, by: actor.name });
  if ('kind' in changed) return changed;
  const why: Why = {
    name: command.name,
    actor: { id: actor.id, name: actor.name, role: roleFor(row, order, actor)! },
    cause: { kind: 'command', id: command.body.commandId },
    reason: 'reason' in command.body ? command.body.reason : '',
  };
  const first = step(order, changed, why, moment.now);
  return { kind: 'changed', steps: [first, ...acceptedByLimit(first, moment)] };
}

/** Names of the commands that `decide` accepts from this actor now, given a body that fits. */
export function possible(order: Order, actor: By, { now, rules }: Pick<Moment, 'now' | 'rules'>): OrderCommandName[] {
  const open = TRANSITIONS.filter(
    (row) =>
      row.name in EFFECTS &&
      row.from.includes(order.status) &&
      roleFor(row, order, actor) &&
      !row.guard?.(order, now, rules),
  );
  return open.map(({ name }) => name as OrderCommandName);
}

/** A machine's fact. It is never refused: it changes the order, opens a conflict, or is known already. */
export function record(order: Order, fact: Fact, moment: Moment): FactDecision {
  return 'quote' in fact ? recordQuote(order, fact, moment) : recordProduction(order, fact, moment);
}

/** What a timer does when its time has come; null when it has not, or the order has moved on. */
export function onTimer(
  order: Order,
  moment: Pick<Moment, 'now' | 'rules'>,
): { name: TimerName; steps: [Step] } | null {
  const timer = nextTimer(order, moment.rules);
  if (!timer || Date.parse(timer.at) > Date.parse(moment.now)) return null;
  const next = timer.name === 'auto_close' ? { ...order, status: 'closed' as const } : askedAnew(order, order.items);
  const why: Why = {
    name: timer.name,
    actor: { id: 'timer', name: 'timer', role: 'system' },
    cause: { kind: 'timer', id: `${timer.name}:${order.id}:${order.version}` },
    reason: timer.name === 'expire_quote' ? 'The price has expired.' : 'Nothing happened since it was shipped.',
  };
  return { name: timer.name, steps: [step(order, next, why, moment.now)] };
}

/** An order as asked for, before its first version. */
export interface Placing
  extends Pick<
    Order,
    | 'id'
    | 'number'
    | 'source'
    | 'buyer'
    | 'deliveryAddress'
    | 'currency'
    | 'leadTier'
    | 'rush'
    | 'reference'
    | 'acceptUpTo'
    | 'linkedTo'
  > {
  commandId: string;
  items: Specification[];
  /** A ready quote for exactly these items: the order is priced in the same breath. */
  quote: Quote | null;
  /** Accept that quote's price at once. */
  accept: boolean;
}

/** The first versions of an order: submitted; priced when it brings a ready quote; confirmed when its price is accepted. */
export function place(placing: Placing, actor: By, role: Role, moment: Moment): [Step, ...Step[]] {
  const { commandId, items, quote, accept, ...head } = placing;
  const why: Why = {
    name: 'place',
    actor: { id: actor.id, name: actor.name, role },
    cause: { kind: 'command', id: commandId },
    reason: '',
  };
  const order: Order = {
    ...head,
    version: 0,
    status: 'submitted',
    hold: null,
    placedAt: moment.now,
    confirmedAt: null,
    dueAt: null,
    updatedAt: moment.now,
    quoteId: quote?.id ?? null,
    quoteExpiresAt: quote?.expiresAt ?? null,
    total: null,
    payment: { state: 'none', reference: '', at: null },
    items: items.map((specification, index) => newItem(moment.newId(), index + 1, specification)),
    shipments: [],
    conflicts: [],
  };
  const submitted = step(order, order, why, moment.now, null);
  if (!quote) return [submitted];
  const priced = step(
    submitted.order,
    withQuote(submitted.order, quote),
    byPricing(why.cause, 'all_priced'),
    moment.now,
  );
  if (!accept) return [submitted, priced, ...acceptedByLimit(priced, moment)];
  const taken = confirmed(priced.order, moment.now, moment.rules);
  return [submitted, priced, step(priced.order, taken, { ...why, name: 'accept' }, moment.now)];
}

function newItem(id: string, line: number, specification: Specification): OrderItem {
  return {
    id,
    line,
    specification,
    state: 'pricing',
    hold: null,
    unitPrice: null,
    total: null,
    reviewReason: null,
    made: 0,
    scrapped: 0,
    packed: 0,
    shipped: 0,
    productionVersion: 0,
  };
}

function applied(order: Order, command: Command, moment: Moment & { by: string }): Order | Refusal {
  const effect = EFFECTS[command.name] as (
    order: Order,
    body: unknown,
    moment: Moment & { by: string },
  ) => Order | Refusal;
  return effect(order, command.body, moment);
}

function recordQuote(order: Order, fact: Extract<Fact, { quote: Quote }>, moment: Moment): FactDecision {
  if (order.status !== 'submitted') return { kind: 'ignored', why: `the order is ${order.status}` };
  if (!quoteFits(order, fact.quote)) return { kind: 'ignored', why: 'the quote is for an earlier specification' };
  const answered = withQuote(order, fact.quote);
  const name = answered.status === 'priced' ? 'all_priced' : 'review_needed';
  const first = step(order, answered, byPricing({ kind: 'event', id: fact.id }, name), moment.now);
  return { kind: 'changed', steps: [first, ...acceptedByLimit(first, moment)] };
}

function recordProduction(
  order: Order,
  { name, id, production }: Extract<Fact, { production: ProductionEvent }>,
  moment: Moment,
): FactDecision {
  const passed = withProduction(order, production, name, moment);
  const why: Why = {
    name,
    actor: { ...production.actor, role: 'system' },
    cause: { kind: 'event', id },
    reason: production.reason,
  };
  const steps: Step[] = [];
  for (const next of passed) steps.push(step(steps.at(-1)?.order ?? order, next, why, moment.now));
  return isNotEmpty(steps) ? { kind: 'changed', steps } : { kind: 'ignored', why: 'the fact is known already' };
}

/** The buyer's standing word: a price up to the limit is taken without asking again. */
function acceptedByLimit(priced: Step, { now, rules }: Moment): Step[] {
  const { order, change } = priced;
  const { acceptUpTo, total } = order;
  if (order.status !== 'priced' || change.from === 'priced' || !acceptUpTo || !total) return [];
  if (acceptUpTo.currency !== total.currency || acceptUpTo.minor < total.minor || quoteStands(order, now)) return [];
  const why: Why = {
    name: 'accept',
    actor: { id: order.buyer.id, name: order.buyer.name, role: order.buyer.kind },
    cause: change.cause,
    reason: 'The price is within the limit that was given with the order.',
  };
  return [step(order, confirmed(order, now, rules), why, now)];
}

function step(before: Order, after: Order, why: Why, now: string, from: Step['change']['from'] = before.status): Step {
  const order: Order = { ...after, version: before.version + 1, updatedAt: now };
  const eventType = from === order.status ? 'order.amended' : (`order.${order.status}` as const);
  return { order, eventType, change: { version: order.version, at: now, from, status: order.status, ...why } };
}

function byPricing(cause: HistoryEntry['cause'], name: string): Why {
  const actor: Doer = { id: 'pricing', name: 'pricing', role: 'system' };
  return { name, actor, cause, reason: '' };
}

/** The role by which the actor may do what the row says, or undefined. A buyer's role counts only for their own order. */
function roleFor(row: Transition, order: Order, actor: By): Role | undefined {
  return actor.roles.find((role) => row.who.includes(role) && (!isBuyerRole(role) || isOwnBuyer(order, actor, role)));
}

/** In whose name somebody orders: a customer in the own one, a partner's person or key in the client's. */
export function buyerIdOf(actor: By, role: Role): string {
  return role === 'partner' ? tenantOf(actor) : actor.id;
}

function isBuyerRole(role: Role): role is 'customer' | 'partner' {
  return role === 'customer' || role === 'partner';
}

function isOwnBuyer(order: Order, actor: By, role: Role): boolean {
  return order.buyer.kind === role && order.buyer.id === buyerIdOf(actor, role);
}

/** Somebody may do it in this status: then it is a matter of rights, else of the order's state. */
function refuseByStatus(order: Order, name: OrderCommandName): Refusal {
  const isOpenToOthers = TRANSITIONS.some((row) => row.name === name && row.from.includes(order.status));
  if (isOpenToOthers) return refused('order.forbidden', `Your roles do not allow ${name} while it is ${order.status}.`);
  return refused('order.not_possible', `An order that is ${order.status} does not take ${name}.`);
}

function isNotEmpty<T>(list: T[]): list is [T, ...T[]] {
  return list.length > 0;
}
