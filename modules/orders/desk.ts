import { createHash } from 'node:crypto';
import type { Actor } from '#contracts/identity';
import { type CommandAnswer, type CurrentOrder, ORDER_ERRORS, type Order } from '#contracts/orders';
import type { Bus } from '#platform/bus';
import { type Clock, isoTime, newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault, type RoomClient } from '#platform/http';
import type { Log } from '#platform/telemetry';
import type { Moment, Refusal } from './effects.ts';
import type { OrderMetrics } from './metrics.ts';
import { type By, possible, type Step } from './order.ts';
import type { Known } from './store.ts';
import type { Rules } from './transitions.ts';

/** What every verb of this room works with. */
export interface Desk {
  sql: Sql;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: OrderMetrics;
  rules: Rules;
  pricing: RoomClient;
}

export function momentOf({ clock, rules }: Desk): Moment {
  return { now: isoTime(clock), rules, newId: () => newId(clock) };
}

/** What makes a repeat of a command the same command: who, what, to which order. */
export function fingerprintOf(actor: Actor, verb: string, orderId: string, body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([actor.id, verb, orderId, body]))
    .digest('base64url');
}

/** The stored answer of a command id; a Fault when the id was used for something else. */
export function repeatedAnswer(known: NonNullable<Known>, fingerprint: string): CommandAnswer {
  if (known.fingerprint !== fingerprint) throw new Fault(ORDER_ERRORS['order.command_id_reused']);
  return { ...known.answer, repeated: true };
}

export function answerOf(order: Order, actor: By, moment: Moment): CommandAnswer {
  const { id, number, version, status } = order;
  return { orderId: id, number, version, status, possible: possible(order, actor, moment), repeated: false };
}

/** The refusal as the caller gets it: with the present state and what is possible, wherever they may see the order. */
export function faultOf(refusal: Refusal, order: Order, actor: By, moment: Moment): Fault {
  const kind = ORDER_ERRORS[refusal.code];
  if (refusal.code === 'order.not_found') return new Fault(kind);
  const { id, number, version, status, updatedAt } = order;
  const current: CurrentOrder = { orderId: id, number, version, status, updatedAt };
  return new Fault(kind, { detail: refusal.detail, members: { current, possible: possible(order, actor, moment) } });
}

/** After the commit: readers are woken, and each version is told to the log and the metrics. */
export function announce({ bus, log, metrics }: Pick<Desk, 'bus' | 'log' | 'metrics'>, steps: readonly Step[]): void {
  bus.hint();
  for (const { order, change, eventType } of steps) {
    metrics.changes.inc({ name: change.name });
    log.info(
      { orderId: order.id, event: eventType, name: change.name, orderVersion: order.version, actorId: change.actor.id },
      `Order ${order.number} ${change.name}`,
    );
  }
}
