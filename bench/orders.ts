import type { CommandAnswer, PlaceOrder } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { DEMO_PASSWORD, DEMO_PEOPLE } from '../app/demo/people.ts';
import { command, eventually, signIn, type Visitor } from '../app/visitor.ts';
import { besideVendure } from './orders-beside-vendure.ts';
import { type Subject, startSubject } from './process.ts';
import { atLeast, atMost, machine, percentile, type Report, type Row } from './report.ts';

const ORDERS = '/api/internal/v1/orders';
const PRICING = '/api/internal/v1/pricing';
/** Throughput is measured with several clients, latency with one: four on two cores would measure each other's wait. */
const CLIENTS = 4;
const WARM_UP = 100;
const MEASURED = 800;
const ALONE = 300;

/** Placing an order with a ready quote (the quote is fetched from pricing by orders), and changing its status. */
export async function orders(): Promise<Report> {
  const subject = await startSubject();
  try {
    const customer = await signIn(subject.origin, DEMO_PEOPLE.customer.email, DEMO_PASSWORD);
    const seller = await signIn(subject.origin, DEMO_PEOPLE.seller.email, DEMO_PASSWORD);
    const quoteId = await readyQuote(customer);
    const place = () => customer.call<CommandAnswer>(ORDERS, { method: 'POST', body: placement(quoteId) });
    await load(WARM_UP, CLIENTS, place);

    const placed: CommandAnswer[] = [];
    const placeAndKeep = async () => void placed.push(await place());
    const together = await measure(subject, MEASURED, CLIENTS, placeAndKeep);
    const placing = await measure(subject, ALONE, 1, placeAndKeep);
    const paid: CommandAnswer[] = [];
    const recording = await measure(subject, ALONE, 1, async () => {
      paid.push(await change(seller, placed.pop()!, 'record-payment', { state: 'on_account', reference: 'bench' }));
    });
    const approving = await measure(subject, ALONE, 1, async () => {
      await change(seller, paid.pop()!, 'approve', {});
    });
    const ours = {
      placingPerSecond: together.perSecond,
      placingCpuMs: together.programCpuMs,
      changeP50Ms: percentile(approving.took, 0.5),
    };
    return {
      suite: 'orders',
      machine: machine(subject.postgresVersion()),
      rows: [
        atLeast(`placing, ${CLIENTS} clients`, together.perSecond, 'orders/s', 80),
        ...figures(`placing, ${CLIENTS} clients`, together, { cpu: 8 }),
        ...figures('placing', placing, { cpu: 8 }),
        ...figures('recording a payment', recording, { p50: 5 }),
        ...figures('approving', approving, { p50: 5 }),
        ...(await besideVendure(subject.adminUrl, ours, CLIENTS)),
      ],
    };
  } finally {
    await subject.stop();
  }
}

export async function readyQuote(customer: Visitor): Promise<string> {
  const body = makeRing({ diameter: 17, width: 4, thickness: 1.6 }).stl;
  const model = await customer.call<Model>(`${PRICING}/models?fileName=ring.stl`, { method: 'POST', body });
  const items = [{ modelId: model.id, unit: 'mm', material: 'silver-925', quantity: 1 }];
  const request = { items, currency: 'RUB', leadTier: 'standard' };
  const asked = await customer.call<Quote>(`${PRICING}/quotes`, { method: 'POST', body: request });
  return eventually('the quote is ready', async () => {
    const quote = await customer.call<Quote>(`${PRICING}/quotes/${asked.id}`);
    return quote.state === 'ready' ? quote.id : null;
  });
}

export function placement(quoteId: string): PlaceOrder {
  return {
    commandId: newId(),
    quoteId,
    accept: true,
    currency: 'RUB',
    leadTier: 'standard',
    deliveryAddress: { recipient: 'B', line1: 'B 1', line2: '', city: 'B', postcode: '1', country: 'RU' },
    contact: { name: 'Bench', email: 'bench@demo.example' },
  };
}

function change(who: Visitor, order: CommandAnswer, verb: string, body: object): Promise<CommandAnswer> {
  const path = `${ORDERS}/${order.orderId}/${verb}`;
  return who.call<CommandAnswer>(path, { method: 'POST', body: { ...command(order.version), ...body } });
}

/** Runs `act` `count` times from so many clients, each waiting for its answer. Milliseconds each took. */
async function load(count: number, clients: number, act: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const from = performance.now();
      await act();
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return took;
}

async function isQuiet(origin: string): Promise<true | null> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  const lags = [...metrics.matchAll(/^forgeline_bus_consumer_lag_rows\{.*\} (\d+)$/gm)].map(([, rows]) => Number(rows));
  return lags.length > 0 && lags.every((rows) => rows === 0) ? true : null;
}

interface Measured {
  took: number[];
  perSecond: number;
  programCpuMs: number;
  postgresCpuMs: number;
}

/** Begins when every read model has caught up: work left by the phase before would be counted as this one's. */
async function measure(
  subject: Subject,
  count: number,
  clients: number,
  act: () => Promise<unknown>,
): Promise<Measured> {
  await eventually('the read models have caught up', () => isQuiet(subject.origin));
  const before = subject.cpuSeconds();
  const from = performance.now();
  const took = await load(count, clients, act);
  const seconds = (performance.now() - from) / 1000;
  const after = subject.cpuSeconds();
  return {
    took,
    perSecond: count / seconds,
    programCpuMs: ((after.program - before.program) * 1000) / count,
    postgresCpuMs: ((after.postgres - before.postgres) * 1000) / count,
  };
}

function figures(name: string, measured: Measured, gates: { p50?: number; cpu?: number }): Row[] {
  return [
    atMost(`${name}, p50`, percentile(measured.took, 0.5), 'ms', gates.p50),
    atMost(`${name}, p99`, percentile(measured.took, 0.99), 'ms'),
    atMost(`${name}, CPU of the program`, measured.programCpuMs, 'ms/request', gates.cpu),
    atMost(`${name}, CPU of PostgreSQL`, measured.postgresCpuMs, 'ms/request'),
  ];
}
