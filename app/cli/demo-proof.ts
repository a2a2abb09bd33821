import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import type { HistoryEntry, Order, OrderStatus } from '#contracts/orders';
import { logLineSchema } from '#platform/telemetry';
import type { OtlpReceiver, ReceivedSpan } from '#platform/testing';
import type { Topology, TopologyKind } from './topology.ts';

const LIFE: readonly OrderStatus[] = ['confirmed', 'approved', 'in_production', 'produced', 'packed', 'shipped'];

/** Throws unless the history is whole: versions 1, 2, 3 … up to the order's, and every stage in its order. */
export function proveHistory(order: Order, history: readonly HistoryEntry[]): void {
  assert.equal(order.status, 'shipped');
  const versions = history.map(({ version }) => version);
  assert.deepEqual(
    versions,
    Array.from({ length: order.version }, (_, i) => i + 1),
    'the versions have a gap',
  );
  const stages = history.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]);
  assert.deepEqual(stages.slice(-LIFE.length), LIFE, 'a stage is missing');
  assert.ok(order.total && order.total.minor > 0, 'the order has no price');
}

interface Way {
  traceId: string;
  orderId: string;
  kind: TopologyKind;
}

/** Hops of the way by what their span is called and, as many processes, by whose it is. */
const HOPS: readonly { role: string; name: RegExp }[] = [
  { role: 'partners', name: /^POST \/api\/external\/v1\/models$/ },
  { role: 'pricing', name: /^POST \/api\/internal\/v1\/pricing\/models$/ },
  { role: 'partners', name: /^POST \/api\/external\/v1\/orders$/ },
  { role: 'orders', name: /^POST \/api\/internal\/v1\/orders$/ },
  { role: 'crm', name: /^handle crm\./ },
  { role: 'mes', name: /^handle mes\./ },
  { role: 'partners', name: /^handle partners\./ },
  { role: 'orders', name: /^handle orders\./ },
  { role: 'mes', name: /^POST \/api\/internal\/v1\/mes\/orders\/:orderId\/ship$/ },
];

/**
 * Waits until every hop of the order's way has arrived in the one trace, and throws when something of this order is in
 * another one. Answers how many spans the trace has.
 */
export async function proveOneTrace(collector: OtlpReceiver, { traceId, orderId, kind }: Way): Promise<number> {
  const isHop = (span: ReceivedSpan, hop: (typeof HOPS)[number]) =>
    span.traceId === traceId && hop.name.test(span.name) && span.role === (kind === 'all' ? 'all' : hop.role);
  const missing = (spans: readonly ReceivedSpan[]) => HOPS.filter((hop) => !spans.some((span) => isHop(span, hop)));
  let spans: readonly ReceivedSpan[];
  try {
    spans = await collector.waitFor((all) => missing(all).length === 0, 10_000);
  } catch {
    const names = missing(collector.spans).map(({ role, name }) => `${role} ${name.source}`);
    throw new Error(`The trace ${traceId} lacks: ${names.join(', ')}`);
  }
  const strayed = spans.filter(
    (span) => span.traceId !== traceId && (span.attributes['order.id'] === orderId || span.name.startsWith('handle ')),
  );
  assert.deepEqual(
    strayed.map(({ role, name }) => `${role}: ${name}`),
    [],
    'spans of this order are in another trace',
  );
  return spans.filter((span) => span.traceId === traceId).length;
}

/** Throws unless every log line of every process is what operations.md asks, and some tell of this order in its trace. */
export function proveLogs(topology: Topology, { traceId, orderId }: Pick<Way, 'traceId' | 'orderId'>): void {
  const ofThisOrder = Object.keys(topology.origins).flatMap((role) => {
    const lines = readFileSync(topology.logFile(role), 'utf8').split('\n').slice(0, -1);
    return lines.map((text) => readLine(role, text)).filter((line) => line.orderId === orderId);
  });
  assert.ok(
    ofThisOrder.some((line) => line.traceId === traceId),
    'no log line tells of the order in its trace',
  );
}

function readLine(role: string, text: string): { orderId?: string; traceId?: string } {
  try {
    return Value.Parse(logLineSchema, JSON.parse(text));
  } catch (cause) {
    throw new Error(`${role} wrote a log line that is not one: ${text.slice(0, 500)}`, { cause });
  }
}
