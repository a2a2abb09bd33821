import type { Actor } from '#contracts/identity';
import { type CommandAnswer, ORDER_ERRORS } from '#contracts/orders';
import { Fault } from '#platform/http';
import { span } from '#platform/telemetry';
import { announce, answerOf, type Desk, faultOf, fingerprintOf, momentOf, repeatedAnswer } from './desk.ts';
import { type Command, decide } from './order.ts';
import { loadForCommand, updateOrder } from './store.ts';

/** Losing the race once means that the answer is there or the version is stale; more often cannot happen. */
const MOST_ATTEMPTS = 3;

/**
 * A person's command on one order. Gives the stored answer for a command id that was answered before; throws a Fault
 * `order.*` where it is refused, a 409 with `current` and `possible`.
 */
export function changeOrder(desk: Desk, actor: Actor, orderId: string, command: Command): Promise<CommandAnswer> {
  const attributes = { 'order.id': orderId, 'order.command': command.name };
  return span(`order ${command.name}`, { attributes }, async () => {
    const fingerprint = fingerprintOf(actor, command.name, orderId, command.body);
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const answer = await attemptChange(desk, actor, orderId, command, fingerprint);
      if (answer) return answer;
    }
    throw new Error(`Order ${orderId} changed under every attempt of command ${command.body.commandId}`);
  });
}

/** Null: somebody else changed the order between the look and the write. */
async function attemptChange(
  desk: Desk,
  actor: Actor,
  orderId: string,
  command: Command,
  fingerprint: string,
): Promise<CommandAnswer | null> {
  const { order, known } = await loadForCommand(desk.sql, orderId, command.body.commandId);
  if (known) {
    desk.metrics.repeats.inc();
    return repeatedAnswer(known, fingerprint);
  }
  if (!order) throw new Fault(ORDER_ERRORS['order.not_found']);

  const moment = momentOf(desk);
  const decision = decide(order, command, actor, moment);
  if (decision.kind === 'refused') {
    desk.metrics.refusals.inc({ code: decision.code });
    throw faultOf(decision, order, actor, moment);
  }
  const answer = answerOf(decision.steps.at(-1)!.order, actor, moment);
  const remembered = { id: command.body.commandId, fingerprint, answer };
  if (!(await updateOrder(desk.sql, decision.steps, desk.rules, remembered))) return null;
  announce(desk, decision.steps);
  return answer;
}
