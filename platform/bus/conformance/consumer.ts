/** A consumer in a process of its own, to be killed: `consumer.ts '{"url":…,"name":…,"amqp":…,"namespace":…}'`. */
import { openDatabase } from '#platform/database';
import { createMetrics } from '#platform/telemetry';
import { openBus, postgresTransport, rabbitTransport } from '../index.ts';
import { recordOnce, silentLog } from './world.ts';

const { url, name, amqp, namespace } = JSON.parse(process.argv[2]!) as Record<string, string>;
const { sql } = openDatabase({ url: url!, room: 'crm' });
const bus = openBus({
  room: 'crm',
  sql,
  transport: amqp ? rabbitTransport({ url: amqp, namespace: namespace! }) : postgresTransport(),
  log: silentLog,
  metrics: createMetrics({ service: 'forgeline', role: 'test', version: '0' }),
});
bus.subscribe({
  consumer: 'crm.orders',
  events: ['order.*'],
  batchSize: 20,
  async handle(batch) {
    // The parent kills at the one line or the other: in the middle of the effect, or between it and its acknowledgement.
    process.stdout.write('begin\n');
    await recordOnce(sql, name!, batch);
    process.stdout.write('end\n');
  },
});
await bus.start?.();
process.stdout.write('ready\n');
