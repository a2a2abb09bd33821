import type { Part } from '#platform/lifecycle';
import { span } from '#platform/telemetry';
import type { Desk } from './desk.ts';
import { sendWebhook } from './send-webhook.ts';
import { type AttemptResult, endAttempt, type Leased, leaseDeliveries, type Next } from './store-webhooks.ts';

/** Seconds until the next attempt after the first, second … that failed: in all about 21 hours. */
const BACKOFF_SECONDS = [5, 30, 120, 600, 1800, 7200, 21_600, 43_200] as const;
/** Endpoints that were down together do not all come back in the same second. */
const JITTER = 0.1;

const AT_ONCE = 32;
const AT_ONCE_PER_ENDPOINT = 4;
const AT_ONCE_PER_CLIENT = 8;
/** Of the lease: an attempt has ended long before somebody else may begin one. */
const ATTEMPT_SHARE = 1 / 3;
const LOOK_EVERY_MS = 1_000;

export interface WebhookSender extends Part {
  /** Something is due now. */
  wake(): void;
}

/** Sends what is due. Any number of processes may do so: a delivery is leased, and its attempt's number fences its end. */
export function webhookSender(desk: Desk): WebhookSender {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  let wakeUp: (() => void) | undefined;
  let isWoken = false;
  let running = Promise.resolve();

  function wake(): void {
    isWoken = true;
    wakeUp?.();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      isWoken = false;
      const leased = await takeDue();
      for (const delivery of leased) begin(delivery);
      if (leased.length === 0 && !isWoken) await pause();
    }
    await Promise.all(underWay);
  }

  async function takeDue(): Promise<Leased[]> {
    const limit = AT_ONCE - underWay.size;
    if (limit <= 0) return [];
    if (!(await desk.flags.enabled('partners.send_webhooks'))) return [];
    try {
      return await leaseDeliveries(desk.sql, {
        limit,
        perEndpoint: AT_ONCE_PER_ENDPOINT,
        perClient: AT_ONCE_PER_CLIENT,
        leaseSeconds: desk.leaseMs / 1000,
      });
    } catch (err) {
      desk.log.error({ event: 'webhook.lease', err }, 'Due webhooks could not be read');
      return [];
    }
  }

  function begin(delivery: Leased): void {
    const attempt = deliver(desk, delivery, stopping.signal)
      .catch((err: unknown) => {
        desk.log.error({ event: 'webhook.attempt', deliveryId: delivery.id, err }, 'An attempt could not be recorded');
      })
      .finally(() => {
        underWay.delete(attempt);
        wake();
      });
    underWay.add(attempt);
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, LOOK_EVERY_MS);
      wakeUp = () => {
        clearTimeout(timeout);
        resolve();
      };
    });
  }

  return {
    name: 'webhook sender',
    wake,
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      wake();
      await running;
    },
  };
}

async function deliver(desk: Desk, delivery: Leased, stopping: AbortSignal): Promise<void> {
  const attributes = { 'webhook.delivery': delivery.id, 'webhook.attempt': delivery.attempts };
  await span('send webhook', { kind: 'client', parent: delivery.traceparent, attributes }, async () => {
    const result = await sendWebhook(delivery, {
      addresses: desk.addresses,
      stopping,
      timeoutMs: desk.leaseMs * ATTEMPT_SHARE,
    });
    const isCutOff = stopping.aborted && result.error !== null;
    // A deployment is no failure of the endpoint: it must not be its last.
    const next: Next = isCutOff ? { state: 'pending', inSeconds: 0 } : nextOf(result, delivery.tries, Math.random());
    const isOurs = await endAttempt(desk.sql, delivery, result, next);
    const outcome = isOurs ? next.state : 'lease_lost';
    desk.metrics.attempts.inc({ outcome });
    desk.metrics.attemptSeconds.observe(result.milliseconds / 1000);
    if (isOurs && next.state === 'failed') desk.bus.hint();
    const fields = { event: 'webhook.attempt', deliveryId: delivery.id, attempt: delivery.attempts, outcome };
    desk.log.info({ ...fields, status: result.status, why: result.error }, `Webhook attempt: ${outcome}`);
  });
}

/** What follows from an attempt's result. `chance` (0…1) spreads the next one. */
export function nextOf({ error }: Pick<AttemptResult, 'error'>, tries: number, chance: number): Next {
  if (error === null) return { state: 'delivered' };
  const seconds = BACKOFF_SECONDS[tries - 1];
  return seconds === undefined ? { state: 'failed' } : { state: 'pending', inSeconds: seconds * (1 + JITTER * chance) };
}
