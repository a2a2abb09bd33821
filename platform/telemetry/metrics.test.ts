import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

const make = () => createMetrics({ service: 'forgeline', role: 'orders', version: '1.2.3' });

test('the page has what was counted, the process, the event loop and the build', async () => {
  const metrics = make();
  metrics
    .counter({ name: 'orders_placed_total', help: 'Orders placed', labelNames: ['source'] })
    .inc({ source: 'shop' });
  metrics.histogram({ name: 'http_request_seconds', help: 'Time to answer' }).observe(0.02);
  const page = await metrics.text();
  assert.match(page, /^forgeline_orders_placed_total\{source="shop"\} 1$/m);
  assert.match(page, /^forgeline_http_request_seconds_bucket\{le="0.025"\} 1$/m);
  assert.match(page, /^forgeline_build_info\{service="forgeline",role="orders",version="1.2.3",node="v\d+/m);
  assert.match(page, /^process_resident_memory_bytes \d/m);
  assert.match(page, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.doesNotMatch(page, /^# TYPE \S+_total gauge$/m);
});

test('every room that asks for a name gets the same metric', async () => {
  const metrics = make();
  const options = { name: 'bus_events_total', help: 'Events handled', labelNames: ['consumer'] as const };
  metrics.counter(options).inc({ consumer: 'crm.orders' });
  metrics.counter(options).inc({ consumer: 'crm.orders' });
  assert.match(await metrics.text(), /^forgeline_bus_events_total\{consumer="crm.orders"\} 2$/m);
  assert.throws(() => metrics.counter({ ...options, labelNames: ['type'] }), /declared twice/);
  assert.throws(() => metrics.gauge({ ...options }), /declared twice/);
});

test('names and labels that break the conventions are refused', () => {
  const metrics = make();
  const refused: [() => unknown, RegExp][] = [
    [() => metrics.counter({ name: 'orders_placed', help: '' }), /_total/],
    [() => metrics.gauge({ name: 'orders_total', help: '' }), /_total/],
    [() => metrics.histogram({ name: 'request_ms', help: '' }), /base units/],
    [() => metrics.gauge({ name: 'queue_count', help: '' }), /reserved/],
    [() => metrics.gauge({ name: 'queueLength', help: '' }), /lower case/],
    [() => metrics.gauge({ name: 'forgeline_queue', help: '' }), /prefix/],
    [() => metrics.gauge({ name: 'queue', help: '', labelNames: ['order_id'] }), /no bound/],
    [() => metrics.gauge({ name: 'queue', help: '', labelNames: ['orderId'] }), /lower case/],
  ];
  for (const [declare, reason] of refused) assert.throws(declare, reason);
});

test('gauges are read at the scrape, every declarer by itself, and a broken one spoils nothing', async () => {
  const metrics = make();
  const declare = (room: string, value: number) =>
    metrics.gauge({
      name: 'pool_connections',
      help: 'Open connections',
      labelNames: ['room'],
      collect: (gauge) => gauge.set({ room }, value),
    });
  declare('crm', 3);
  declare('mes', 4);
  metrics.gauge({ name: 'disk_free_bytes', help: 'Free', collect: () => Promise.reject(new Error('no disk')) });
  const page = await metrics.text();
  assert.match(page, /^forgeline_pool_connections\{room="crm"\} 3$/m);
  assert.match(page, /^forgeline_pool_connections\{room="mes"\} 4$/m);
  assert.match(
    await metrics.text(),
    /^forgeline_metric_collect_failures_total\{metric="forgeline_disk_free_bytes"\} 2$/m,
  );
});
