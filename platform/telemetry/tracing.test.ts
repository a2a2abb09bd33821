import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type OtlpReceiver, otlpReceiver } from '#platform/testing';
import { currentTraceparent, openSpan, span, startTracing } from './tracing.ts';

async function traced(work: (receiver: OtlpReceiver) => Promise<void>): Promise<void> {
  const receiver = await otlpReceiver();
  const tracing = startTracing({ service: 'forgeline', role: 'orders', version: '1', otlpUrl: receiver.url });
  await tracing.start?.();
  try {
    await work(receiver);
  } finally {
    await tracing.stop?.();
    await receiver.close();
  }
}

test('a trace goes on through a traceparent and reaches the collector', () =>
  traced(async (receiver) => {
    const written = await span('place order', { kind: 'server', attributes: { 'order.id': 'o-1' } }, async () => {
      await setImmediate();
      return currentTraceparent();
    });
    assert.match(written!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    await span('project order', { kind: 'consumer', parent: written }, () => span('upsert', {}, async () => {}));

    const spans = await receiver.waitFor((all) => all.length === 3);
    const named = (name: string) => spans.find((one) => one.name === name)!;
    const place = named('place order');
    const project = named('project order');
    const upsert = named('upsert');
    assert.deepEqual(new Set(spans.map((one) => one.traceId)).size, 1);
    assert.deepEqual(
      [place.parentSpanId, project.parentSpanId, upsert.parentSpanId],
      [null, place.spanId, project.spanId],
    );
    assert.deepEqual([place.kind, place.attributes['order.id'], place.role], [2, 'o-1', 'orders']);
  }));

test('parallel work keeps its own span', () =>
  traced(async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        span(name, {}, async (active) => {
          await setImmediate();
          return currentTraceparent()?.includes(active.spanContext().spanId);
        }),
      ),
    );
    assert.deepEqual(seen, [true, true, true]);
    assert.equal(currentTraceparent(), null);
  }));

test('a batch links the traces it came from, and rubbish is no link', () =>
  traced(async (receiver) => {
    const first = await span('first', {}, async () => currentTraceparent());
    await span('batch', { kind: 'consumer', links: [first, null, 'rubbish'] }, async () => {});
    const spans = await receiver.waitFor((all) => all.length === 2);
    const batch = spans.find((one) => one.name === 'batch')!;
    assert.deepEqual(batch.links, [{ traceId: first!.slice(3, 35), spanId: first!.slice(36, 52) }]);
    assert.equal(batch.parentSpanId, null);
  }));

test('an error marks the span and goes on to the caller', () =>
  traced(async (receiver) => {
    await assert.rejects(
      span('fails', {}, () => Promise.reject(new Error('boom'))),
      /boom/,
    );
    openSpan('request', { kind: 'server' }).end();
    const spans = await receiver.waitFor((all) => all.length === 2);
    assert.deepEqual(spans.map((one) => [one.name, one.failed]).sort(), [
      ['fails', true],
      ['request', false],
    ]);
  }));

test('without a collector there are ids, and stopping leaves nothing', async () => {
  const tracing = startTracing({ service: 'forgeline', role: 'orders', version: '1' });
  await tracing.start?.();
  const inside = await span('work', {}, async () => currentTraceparent());
  assert.match(inside!, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
  const child = await span('child', { parent: inside }, async () => currentTraceparent());
  assert.equal(child!.slice(3, 35), inside!.slice(3, 35));
  await tracing.stop?.();
  assert.equal(await span('after', {}, async () => currentTraceparent()), null);
});

test('stopping does not wait for a collector that is away', async () => {
  const receiver = await otlpReceiver();
  await receiver.close();
  const tracing = startTracing({ service: 'forgeline', role: 'orders', version: '1', otlpUrl: receiver.url });
  await tracing.start?.();
  await span('lost', {}, async () => {});
  await tracing.stop?.();
});
