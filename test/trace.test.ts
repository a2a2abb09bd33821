import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Value } from 'typebox/value';
import type { CommandAnswer, OrderView } from '#contracts/orders';
import type { Model } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { logLineSchema } from '#platform/telemetry';
import { howToGet, type OtlpReceiver, otlpReceiver, type ReceivedSpan, requireServer } from '#platform/testing';
import { makePendant } from '#pricing/geometry';
import { hireEverybody } from '../app/cli/demo-people.ts';
import { startTopology, type Topology, type TopologyKind } from '../app/cli/topology.ts';
import { asGuest, command, eventually, type Visitor } from '../app/visitor.ts';

const I = '/api/internal/v1';

/** Whose span it is, and what it is called: the way of an order that is priced after it was placed. */
const HOPS: readonly (readonly [role: string, name: RegExp])[] = [
  ['shop', /^POST \/api\/internal\/v1\/shop\/orders$/],
  ['orders', /^POST \/api\/internal\/v1\/orders$/],
  ['pricing', /^handle pricing\./],
  ['orders', /^handle orders\./],
  ['shop', /^handle shop\./],
  ['crm', /^handle crm\./],
  ['partners', /^handle partners\./],
];

/** The floor hears of an order when a seller approves it. */
const APPROVAL: typeof HOPS = [
  ['orders', /^POST \/api\/internal\/v1\/orders\/:orderId\/approve$/],
  ['mes', /^handle mes\./],
  ['crm', /^handle crm\./],
  ['shop', /^handle shop\./],
];
const SELLERS_TRACE = 'ab'.repeat(16);

async function orderWithoutPrice(buyer: Visitor): Promise<string> {
  const { stl } = makePendant({ diameter: 21, thickness: 1.8, hole: 3, petals: 5 });
  const model = await buyer.call<Model>(`${I}/pricing/models?fileName=pendant.stl`, { method: 'POST', body: stl });
  const cartId = newId();
  const item = { modelId: model.id, fileName: 'pendant.stl', unit: 'mm', material: 'silver-925', quantity: 1 };
  const terms = { currency: 'EUR', leadTier: 'standard', rush: false };
  await buyer.call(`${I}/shop/carts/${cartId}`, {
    method: 'PUT',
    body: { version: 0, items: [item], ...terms, quoteId: null },
  });
  const address = { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' };
  const contact = { name: 'Secret Buyer', email: 'secret.buyer@trace.example' };
  const body = { cartId, acceptUpTo: { minor: 10_000_000, currency: 'EUR' }, delivery: { address }, contact };
  const answer = await buyer.call<CommandAnswer>(`${I}/shop/orders`, { method: 'POST', body });
  return answer.orderId;
}

for (const kind of ['all', 'split'] satisfies TopologyKind[]) {
  const skip = kind === 'split' && requireServer('rabbitmq') === null && howToGet(['rabbitmq']);
  describe(`as ${kind}`, { skip }, () => {
    let collector: OtlpReceiver;
    let topology: Topology;
    let orderId: string;
    before(async () => {
      collector = await otlpReceiver();
      topology = await startTopology({ kind, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
      const buyer = await asGuest(topology.gatewayOrigin);
      orderId = await orderWithoutPrice(buyer);
      await eventually('the order is confirmed', async () => {
        const { order } = await buyer.call<OrderView>(`${I}/orders/${orderId}`);
        return order.status === 'confirmed' ? true : null;
      });
    });
    after(async () => {
      await topology?.stop();
      await collector?.close();
    });

    test('one trace holds the whole way, from the shop’s request to every read model', async () => {
      const roleOf = (role: string) => (kind === 'all' ? 'all' : role);
      const first = ([role, name]: (typeof HOPS)[number], spans: readonly ReceivedSpan[]) =>
        spans.filter((span) => span.role === roleOf(role) && name.test(span.name));
      const traceOf = (spans: readonly ReceivedSpan[]) => first(HOPS[0]!, spans)[0]?.traceId;
      const missing = (spans: readonly ReceivedSpan[]) =>
        HOPS.filter((hop) => !first(hop, spans).some(({ traceId }) => traceId === traceOf(spans)));
      await collector
        .waitFor((spans) => traceOf(spans) !== undefined && missing(spans).length === 0, 20_000)
        .catch(() =>
          assert.fail(`the trace lacks ${missing(collector.spans).map(([role, name]) => `${role} ${name}`)}`),
        );
      const trace = collector.spans.filter(({ traceId }) => traceId === traceOf(collector.spans));
      assert.ok(
        trace.some(({ attributes }) => attributes['order.id'] === orderId),
        'no span names the order',
      );
    });

    test('another holds the way of an approval, from the seller’s request to the floor', async () => {
      const { seller } = await hireEverybody(topology, `00-${SELLERS_TRACE}-${'cd'.repeat(8)}-01`);
      const { order } = await seller.call<OrderView>(`${I}/orders/${orderId}`);
      const change = (verb: string, version: number, body: object) =>
        seller.call<CommandAnswer>(`${I}/orders/${orderId}/${verb}`, {
          method: 'POST',
          body: { ...command(version), ...body },
        });
      const payment = { state: 'on_account', reference: 'trace' };
      const { version } = await change('record-payment', order.version, payment);
      await change('approve', version, {});
      const lacking = (spans: readonly ReceivedSpan[]) =>
        APPROVAL.filter(([role, name]) => {
          const isHop = (span: ReceivedSpan) => span.role === (kind === 'all' ? 'all' : role) && name.test(span.name);
          return !spans.some((span) => span.traceId === SELLERS_TRACE && isHop(span));
        });
      await collector
        .waitFor((spans) => lacking(spans).length === 0, 20_000)
        .catch(() => assert.fail(`the trace lacks ${lacking(collector.spans).map((hop) => hop.join(' '))}`));
    });

    test('every log line parses and carries what it should, and nothing personal', () => {
      const folder = path.join(topology.dataDir, 'logs');
      const lines = readdirSync(folder)
        .filter((name) => name.endsWith('.log'))
        .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').trim().split('\n'));
      assert.ok(lines.length > 20, 'hardly any lines were written');
      for (const line of lines) {
        const fields: unknown = JSON.parse(line);
        assert.ok(
          Value.Check(logLineSchema, fields),
          `${line}: ${JSON.stringify([...Value.Errors(logLineSchema, fields)])}`,
        );
        assert.doesNotMatch(line, /secret\.buyer|Secret Buyer|"password"|whsec_|Bearer [\w-]/);
      }
      const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const ofOrder = records.filter((record) => record['orderId'] === orderId);
      assert.ok(
        ofOrder.some(({ event }) => event === 'order.submitted'),
        'no line says that the order was submitted',
      );
      assert.ok(
        ofOrder.every(({ traceId }) => typeof traceId === 'string'),
        'a line of the order is outside of a trace',
      );
      const levels = new Set(records.map(({ level }) => level));
      assert.ok(!levels.has('error') && !levels.has('fatal'), 'something failed');
    });
  });
}
