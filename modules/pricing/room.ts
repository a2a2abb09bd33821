import { CURRENCIES } from '#contracts/basics';
import type { Blobs } from '#platform/blobs';
import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import { janitor, type Sql } from '#platform/database';
import type { Room } from '#platform/http';
import type { Log, Metrics } from '#platform/telemetry';
import type { Desk } from './desk.ts';
import { pricingRoutes } from './http.ts';
import { listenForOrders } from './listen.ts';
import { oldUploads, unwantedFiles } from './old-files.ts';
import { quoteWatch } from './quote-watch.ts';
import { DEFAULT_RULES, LANES, type PricingRules } from './rules.ts';
import { samplePriceList } from './sample-price-list.ts';
import { addPriceList } from './store-price-lists.ts';
import { type QueueLevel, queueLevels } from './store-queue.ts';

export interface PricingNeeds {
  sql: Sql;
  bus: Bus;
  blobs: Blobs;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  rules?: PricingRules;
}

/** The room that owns models, their geometry, price lists, quotes and the queue of calculations. */
export function pricing({ rules = DEFAULT_RULES, ...needs }: PricingNeeds): Room {
  const desk: Desk = { ...needs, rules };
  const watch = quoteWatch(desk);
  listenForOrders(desk);
  showQueue(desk);
  showStore(desk);
  const leftovers = [oldUploads(rules.keepDays.files), unwantedFiles(desk.blobs)];
  const tidier = janitor({ ...needs, room: 'pricing', leftovers });
  return {
    name: 'pricing',
    routes: (http) => pricingRoutes(http, desk, watch),
    async start() {
      for (const currency of CURRENCIES) await addPriceList(desk.sql, samplePriceList(currency));
      await watch.start!();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await watch.stop!();
    },
  };
}

/** The alarm before uploads are refused. */
function showStore({ metrics, blobs }: Desk): void {
  metrics.gauge({
    name: 'blobs_free_bytes',
    help: 'What the store of files can still take; absent where it has no end that is known',
    async collect(gauge) {
      const free = await blobs.freeBytes();
      if (free !== null) gauge.set(free);
    },
  });
}

function showQueue({ metrics, sql }: Desk): void {
  const oldest = metrics.gauge({
    name: 'pricing_queue_oldest_seconds',
    help: 'How long the first job has waited, by lane',
    labelNames: ['lane'],
  });
  metrics.gauge({
    name: 'pricing_queue_jobs',
    help: 'Jobs in the queue, by state and lane; what workers are scaled by',
    labelNames: ['state', 'lane'],
    async collect(gauge) {
      const levels = await queueLevels(sql);
      for (const lane of LANES) {
        const of = (state: QueueLevel['state']) => levels.find((level) => level.lane === lane && level.state === state);
        gauge.set({ state: 'queued', lane }, of('queued')?.jobs ?? 0);
        gauge.set({ state: 'running', lane }, of('running')?.jobs ?? 0);
        oldest.set({ lane }, of('queued')?.oldestSeconds ?? 0);
      }
    },
  });
}
