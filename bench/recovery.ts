import type { OrderCard } from '#contracts/crm';
import type { OperationPage } from '#contracts/mes';
import type { CommandAnswer } from '#contracts/orders';
import type { PartnerOrderAnswer, PartnerOrderCard } from '#contracts/partners';
import type { Model, Quote } from '#contracts/pricing';
import { makeRing } from '#pricing/geometry';
import { type Cast, hireEverybody } from '../app/cli/demo-people.ts';
import { asGuest, command, eventually, type Visitor } from '../app/visitor.ts';
import { type Cluster, startCluster } from '../test/chaos/cluster.ts';
import { placement } from '../test/chaos/load.ts';
import { atMost, machine, percentile, type Report, type Row } from './report.ts';

const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
const CRM = '/api/internal/v1/crm';
const MES = '/api/internal/v1/mes';
const EXTERNAL = '/api/external/v1';
const KILLS = 3;
const ROLE_WITHIN_S = 5;
const POSTGRES_WITHIN_S = 10;
const TRY_MS = 1_000;
const GIVE_UP_MS = 120_000;

/** Work that shows that something is there again. Rejects, or answers null, as long as it is not. */
type Work = () => Promise<unknown>;

/**
 * One process of each role behind the balancer: nobody stands in for the one that is killed, its supervisor starts it again. From the
 * `kill -9` until work that needs it is done: asked for anew every 20 ms, the median of three.
 */
export async function recovery(): Promise<Report> {
  const cluster = await startCluster({ copies: 1 });
  try {
    const cast = await hireEverybody(cluster, `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`);
    const scene = await prepare(cluster, cast);
    const rows: Row[] = [];
    for (const [name, { role, work }] of Object.entries(roleWork(scene))) {
      const seconds = await measured(async () => {
        const [member] = cluster.of(role);
        const pid = member!.child.pid!;
        const fresh = work();
        process.kill(pid, 'SIGKILL');
        return fresh;
      });
      await cluster.whole();
      rows.push(atMost(`${role} killed: ${name}`, seconds, 's', ROLE_WITHIN_S));
    }
    for (const which of ['main', 'crm'] as const) {
      const server = cluster.databases[which];
      const seconds = await measured(async () => {
        process.kill(server.postmaster(), 'SIGQUIT');
        return shownInCrm(scene);
      });
      await cluster.whole();
      const whose = which === 'main' ? 'PostgreSQL of all others' : 'PostgreSQL of the CRM';
      rows.push(atMost(`${whose} crashed: an order is placed and shown`, seconds, 's', POSTGRES_WITHIN_S));
    }
    const broker = await measured(async () => {
      await cluster.broker.kill();
      const back = cluster.broker.startAgain();
      const work = shownInCrm(scene);
      return async () => {
        await back;
        return work();
      };
    });
    rows.push(atMost('RabbitMQ killed: an order is placed and shown', broker, 's'));
    return { suite: 'recovery', machine: machine('18'), rows };
  } finally {
    await cluster.stop();
  }
}

interface Scene {
  cluster: Cluster;
  cast: Cast;
  buyer: Visitor;
  quoteId: string;
  partnerQuoteId: string;
}

async function prepare(cluster: Cluster, cast: Cast): Promise<Scene> {
  const buyer = await asGuest(cluster.gatewayOrigin);
  const quoteId = await newQuote(buyer);
  const ready = (who: Visitor, path: string) =>
    eventually('a quote is ready', async () => ((await who.call<Quote>(path)).state === 'ready' ? true : null));
  await ready(buyer, `${PRICING}/quotes/${quoteId}`);
  const ring = makeRing({ diameter: 17, width: 4, thickness: 1.8 });
  const upload = `${EXTERNAL}/models?fileName=${ring.fileName}`;
  const model = await cast.partner.call<Model>(upload, { method: 'POST', body: ring.stl });
  const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
  const wish = { items, currency: 'EUR', leadTier: 'standard', rush: false };
  const partnerQuote = await cast.partner.call<Quote>(`${EXTERNAL}/quotes`, { method: 'POST', body: wish });
  await ready(cast.partner, `${EXTERNAL}/quotes/${partnerQuote.id}`);
  return { cluster, cast, buyer, quoteId, partnerQuoteId: partnerQuote.id };
}

async function newQuote(buyer: Visitor): Promise<string> {
  const ring = makeRing({ diameter: 12 + Math.random() * 10, width: 4, thickness: 1.8 });
  const upload = `${PRICING}/models?fileName=${ring.fileName}`;
  const model = await buyer.call<Model>(upload, { method: 'POST', body: ring.stl });
  const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
  const body = { items, currency: 'EUR', leadTier: 'standard' };
  return (await buyer.call<Quote>(`${PRICING}/quotes`, { method: 'POST', body })).id;
}

/** Each called before the kill makes fresh work; what it returns is tried until it is done. */
function roleWork(scene: Scene) {
  const { buyer, cast, cluster } = scene;
  return {
    'a guest comes in': { role: 'identity', work: () => () => asGuest(cluster.gatewayOrigin) },
    'an order is placed': { role: 'orders', work: () => placing(scene) },
    'an order is placed and shown to sellers': { role: 'orders', work: () => shownInCrm(scene) },
    'a price is asked for': { role: 'pricing', work: () => () => newQuote(buyer) },
    'a new model is priced': {
      role: 'pricing-worker',
      work: () =>
        once(
          () => newQuote(buyer),
          async (id) => {
            const { state } = await buyer.call<Quote>(`${PRICING}/quotes/${id}`, withTimeout());
            return state === 'ready' || null;
          },
        ),
    },
    'an order is shown to its buyer': {
      role: 'shop',
      work: () =>
        once(placing(scene), ({ orderId }) => buyer.call(`/api/internal/v1/shop/orders/${orderId}`, withTimeout())),
    },
    'an order is shown to sellers': { role: 'crm', work: () => shownInCrm(scene) },
    'an approved order stands in the queue': {
      role: 'mes',
      work: () =>
        once(
          () => approved(scene),
          async (orderId) => {
            const { items } = await cast.makers[0]!.call<OperationPage>(`${MES}/queue?limit=200`, withTimeout());
            return items.some((operation) => operation.orderId === orderId) || null;
          },
        ),
    },
    'a partner orders and sees it': {
      role: 'partners',
      work: () =>
        once(partnerPlacing(scene), ({ id }) =>
          cast.partner.call<PartnerOrderCard>(`${EXTERNAL}/orders/${id}`, withTimeout()),
        ),
    },
  } as const satisfies Record<string, { role: Parameters<Cluster['of']>[0]; work: () => Work }>;
}

/** Does `first` until it succeeds, then `next` with what it gave until that does. */
function once<T>(first: () => Promise<T>, next: (made: T) => Promise<unknown>): Work {
  let made: { value: T } | undefined;
  return async () => {
    made ??= { value: await first() };
    return next(made.value);
  };
}

function placing({ buyer, quoteId }: Scene): () => Promise<CommandAnswer> {
  const body = placement(quoteId);
  return () => buyer.call<CommandAnswer>(ORDERS, { method: 'POST', body, ...withTimeout() });
}

function partnerPlacing({ cast, partnerQuoteId }: Scene): () => Promise<PartnerOrderAnswer> {
  const { commandId, ...rest } = placement(partnerQuoteId);
  const body = { ...rest, rush: false, reference: commandId };
  const headers = { 'idempotency-key': commandId };
  return () =>
    cast.partner.call<PartnerOrderAnswer>(`${EXTERNAL}/orders`, { method: 'POST', headers, body, ...withTimeout() });
}

/** Placed, and in the read model itself: not completed from the truth. */
function shownInCrm(scene: Scene): Work {
  return once(placing(scene), async ({ orderId }) => {
    const { merged } = await scene.cast.seller.call<OrderCard>(`${CRM}/orders/${orderId}`, withTimeout());
    return merged ? null : true;
  });
}

async function approved({ cast, ...scene }: Scene): Promise<string> {
  const { orderId, version } = await placing({ cast, ...scene })();
  const act = async (verb: string, seen: number, more: object) => {
    const body = { ...command(seen), ...more };
    return (await cast.seller.call<CommandAnswer>(`${ORDERS}/${orderId}/${verb}`, { method: 'POST', body })).version;
  };
  const paid = await act('record-payment', version, { state: 'recorded', reference: 'bench' });
  await act('approve', paid, {});
  return orderId;
}

function withTimeout() {
  return { signal: AbortSignal.timeout(TRY_MS) };
}

/** Median seconds from the strike until the work that it hands back is done. */
async function measured(strike: () => Promise<Work>): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < KILLS; i++) {
    const from = performance.now();
    const work = await strike();
    const deadline = Date.now() + GIVE_UP_MS;
    for (;;) {
      const done = await work().catch(() => null);
      if (done !== null) break;
      if (Date.now() > deadline) throw new Error('The work is not done again');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    seconds.push((performance.now() - from) / 1000);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return percentile(seconds, 0.5);
}
