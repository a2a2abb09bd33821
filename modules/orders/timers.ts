import type { Part } from '#platform/lifecycle';
import { span } from '#platform/telemetry';
import { announce, type Desk } from './desk.ts';
import { onTimer, type Step } from './order.ts';
import { lockDueOrder, resetTimer, updateOrder } from './store.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * Fires what is due: prices that expired, orders that close by themselves. Any number of processes may run it: each takes
 * an order under its row lock, and the version that it writes is the proof that it fired once.
 */
export function orderTimers(desk: Desk): Part {
  let stopping = false;
  let wake: (() => void) | undefined;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopping) {
      const fired = await fireOne(desk).catch((err: unknown) => {
        desk.log.error({ event: 'orders.timer', err }, 'A timer could not be fired');
        return false;
      });
      if (!fired) await pause();
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, LOOK_EVERY_MS);
      wake = () => {
        clearTimeout(timeout);
        resolve();
      };
      if (stopping) wake();
    });
  }

  return {
    name: 'timers of orders',
    async start() {
      running = run();
    },
    async stop() {
      stopping = true;
      wake?.();
      await running;
    },
  };
}

/** Takes one due order, if there is one, and writes what its timer does. */
export async function fireOne(desk: Desk): Promise<boolean> {
  const fired = await desk.sql.begin(async (tx): Promise<Step[] | null> => {
    const due = await lockDueOrder(tx);
    if (!due) return null;
    const { order, now } = due;
    return span('order timer', { attributes: { 'order.id': order.id } }, async () => {
      const timer = onTimer(order, { now, rules: desk.rules });
      if (!timer) {
        await resetTimer(tx, order, desk.rules);
        return [];
      }
      await updateOrder(tx, timer.steps, desk.rules, null);
      return timer.steps;
    });
  });
  if (fired) announce(desk, fired);
  return fired !== null;
}
