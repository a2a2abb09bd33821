import { setTimeout as pause } from 'node:timers/promises';
import type { CommandAnswer, PlaceOrder } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import type { Cast } from '../../app/cli/demo-people.ts';
import { asGuest, eventually, type Visitor } from '../../app/visitor.ts';
import type { Cluster, Member } from './cluster.ts';
import { type LoadAsk, type LoadTally, steadyLoad } from './steady-load.ts';

export interface Rolling extends LoadTally {
  /** In the order in which they were restarted. */
  restarted: string[];
  /** Live streams that ended in order and were taken up again elsewhere. */
  streamsResumed: number;
}

const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
const WARM_UP_MS = 3_000;
const WARM_WITHIN_MS = 120_000;
/** No answer of a warm installation takes longer. */
const WARM_ANSWER_MS = 1_000;

/**
 * Restarts these processes one after another, as a rollout does, while `rate` requests a second come in, every room asked;
 * a live list is followed all the while.
 */
export async function rollingRestart(
  cluster: Cluster,
  cast: Cast,
  { rate, members }: { rate: number; members: readonly Member[] },
): Promise<Rolling> {
  const asks = await everyRoomAsked(cluster, cast);
  await cluster.whole();
  // Sixteen cold processes are no installation in use.
  for (const part of [rate / 4, rate]) {
    await eventually(`everybody is warm at ${part} requests a second`, () => isWarm(part, asks), WARM_WITHIN_MS);
  }
  const following = followLive(cast.seller);
  const load = steadyLoad(rate, asks);
  const restarted: string[] = [];
  const rollOut = async (): Promise<void> => {
    for (const member of members) {
      await cluster.restart(member, 'SIGTERM');
      await cluster.whole();
      restarted.push(member.name);
    }
  };
  const [end] = await Promise.allSettled([rollOut()]);
  const tally = await load.stop();
  const { resumed, broken } = await following.stop();
  if (end!.status === 'rejected') throw end!.reason;
  const failures = [
    ...tally.failures,
    ...broken.map((why) => ({ name: 'live list', why, at: new Date().toISOString() })),
  ];
  return { ...tally, failures, restarted, streamsResumed: resumed };
}

async function isWarm(rate: number, asks: readonly LoadAsk[]): Promise<true | null> {
  const load = steadyLoad(rate, asks);
  await pause(WARM_UP_MS);
  const { failures, slowestMs } = await load.stop();
  return (failures.length === 0 && slowestMs < WARM_ANSWER_MS) || null;
}

async function everyRoomAsked(cluster: Cluster, cast: Cast): Promise<LoadAsk[]> {
  const { gatewayOrigin: origin } = cluster;
  const { admin, seller, packer, partner, clientId } = cast;
  const limits = { requestsPerMinute: 1_000_000, burst: 100_000 };
  await admin.call(`/api/internal/v1/partners/clients/${clientId}`, { method: 'PATCH', body: { limits } });
  const buyer = await asGuest(origin);
  const quoteId = await readyQuote(buyer);
  const place = () => buyer.raw(ORDERS, { method: 'POST', body: placement(quoteId) });
  const { orderId } = (await (await place()).json()) as CommandAnswer;
  const get = (name: string, who: Visitor, url: string, weight = 2): LoadAsk => ({
    name,
    weight,
    send: () => who.raw(url),
  });
  return [
    { name: 'place', weight: 2, send: place },
    get('order', buyer, `${ORDERS}/${orderId}`, 4),
    get('crm list', seller, '/api/internal/v1/crm/orders?limit=50', 3),
    get('crm card', seller, `/api/internal/v1/crm/orders/${orderId}`),
    get('shop list', buyer, '/api/internal/v1/shop/orders'),
    get('shop page', buyer, `/api/internal/v1/shop/orders/${orderId}`),
    get('mes board', packer, '/api/internal/v1/mes/packing?limit=20', 2),
    get('quote', buyer, `${PRICING}/quotes/${quoteId}`, 3),
    get('partner list', partner, '/api/external/v1/orders', 3),
    get('partner catalogue', partner, '/api/external/v1/catalogue?currency=RUB'),
    { name: 'keys', weight: 2, send: () => fetch(`${origin}/api/internal/v1/identity/jwks`) },
    { name: 'face', weight: 1, send: () => fetch(`${origin}/crm/`) },
  ];
}

async function readyQuote(buyer: Visitor): Promise<string> {
  const body = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await buyer.call<Model>(`${PRICING}/models?fileName=ring.stl`, { method: 'POST', body });
  const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
  const request = { items, currency: 'EUR', leadTier: 'standard' };
  const asked = await buyer.call<Quote>(`${PRICING}/quotes`, { method: 'POST', body: request });
  await eventually('the quote is ready', async () => {
    const quote = await buyer.call<Quote>(`${PRICING}/quotes/${asked.id}`);
    return quote.state === 'ready' ? true : null;
  });
  return asked.id;
}

function placement(quoteId: string): PlaceOrder {
  return {
    commandId: newId(),
    quoteId,
    accept: true,
    currency: 'EUR',
    leadTier: 'standard',
    deliveryAddress: { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' },
    contact: { name: 'Guest', email: 'guest@rolling.example' },
  };
}

/** Reads the sellers' live list as a browser does: where it ends, it is asked for again after what came last. */
function followLive(seller: Visitor) {
  const leaving = new AbortController();
  const broken: string[] = [];
  let resumed = 0;
  let lastId: string | null = null;

  async function read(answer: Response): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) {
      const ids = [...decoder.decode(chunk, { stream: true }).matchAll(/^id: (.+)$/gm)];
      lastId = ids.at(-1)?.[1] ?? lastId;
    }
  }

  async function follow(): Promise<void> {
    while (!leaving.signal.aborted) {
      try {
        const headers: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
        const answer = await seller.raw('/api/internal/v1/crm/live', { headers, signal: leaving.signal });
        if (!answer.ok) broken.push(`the live list was answered ${answer.status}`);
        else await read(answer);
        if (answer.ok && !leaving.signal.aborted) resumed++;
      } catch (error) {
        if (leaving.signal.aborted) return;
        broken.push(String((error as Error).cause ?? error));
      }
      await pause(100);
    }
  }

  const done = follow();
  return {
    async stop() {
      leaving.abort();
      await done;
      return { resumed, broken };
    },
  };
}
