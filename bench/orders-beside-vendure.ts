import { timesAsMany, timesLess } from './geometry/gate-row.ts';
import { percentile, type Row } from './report.ts';
import { CHANGE_STATE, placeOrder, startVendure } from './vendure-peer.ts';

const EARLIER_ORDERS = 1_000;
const WARM_UP = 20;
const PLACED = 60;
const CHANGED = 200;
const INSTALL = 'npm ci in bench/vendure';

export interface Ours {
  placingPerSecond: number;
  /** Of the program for one order. */
  placingCpuMs: number;
  changeP50Ms: number;
}

/**
 * The same with Vendure on the same PostgreSQL: a visitor's order from the empty cart to the authorised payment, from as many
 * clients, and the cheapest change of state that it has.
 */
export async function besideVendure(adminUrl: string, ours: Ours, clients: number): Promise<Row[]> {
  const theirs = await measureVendure(adminUrl, clients);
  const peer = { peer: 'Vendure', install: INSTALL };
  return [
    timesAsMany({
      ...peer,
      name: `placing, ${clients} clients`,
      value: ours.placingPerSecond,
      unit: 'orders/s',
      peerValue: theirs?.placingPerSecond,
    }),
    timesLess({
      ...peer,
      name: 'placing, CPU of the program',
      value: ours.placingCpuMs,
      unit: 'ms/order',
      peerValue: theirs?.placingCpuMs,
    }),
    timesLess({
      ...peer,
      name: 'one status change, p50',
      value: ours.changeP50Ms,
      unit: 'ms',
      peerValue: theirs?.changeP50Ms,
    }),
  ];
}

async function measureVendure(adminUrl: string, clients: number): Promise<Ours | null> {
  const vendure = await startVendure({ adminUrl, orders: EARLIER_ORDERS });
  if (!vendure) return null;
  try {
    const place = async (count: number) => {
      let left = count;
      const client = async () => {
        while (left-- > 0) await placeOrder(vendure.visit());
      };
      await Promise.all(Array.from({ length: clients }, client));
    };
    await place(WARM_UP);
    const cpu = vendure.cpuSeconds();
    const from = performance.now();
    await place(PLACED);
    const placingPerSecond = (PLACED * 1000) / (performance.now() - from);
    const placingCpuMs = ((vendure.cpuSeconds() - cpu) * 1000) / PLACED;
    const took: number[] = [];
    for (let id = 2; id < 2 + CHANGED; id++) {
      const asked = performance.now();
      await vendure.admin(CHANGE_STATE, { id: String(id) });
      took.push(performance.now() - asked);
    }
    return { placingPerSecond, placingCpuMs, changeP50Ms: percentile(took, 0.5) };
  } finally {
    await vendure.stop();
  }
}
