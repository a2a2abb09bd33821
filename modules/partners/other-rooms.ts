import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Currency } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { type Actor, IDENTITY_ERRORS, KeyTokenRequest, TokenAnswer } from '#contracts/identity';
import { CommandAnswer, type HistoryEntry, type Order, OrderHistory, OrderView, PlaceOrder } from '#contracts/orders';
import { Catalogue, Model, PRICING_ERRORS, Quote, RequestQuote } from '#contracts/pricing';
import type { ActorSigner } from '#platform/actor';
import { newId } from '#platform/clock';
import { Fault, type HttpServer } from '#platform/http';

const config = { access: 'signed_in' } as const;
const byId = Type.Object({ id: Type.String() }, { additionalProperties: false });

/** What partners needs of identity, pricing and orders, for its tests: small, real servers that speak their contracts. */
export function otherRooms(server: HttpServer, signer: ActorSigner) {
  const keys = new Map<string, Actor>();
  const models = new Map<string, { tenant: string; model: Model }>();
  const quotes = new Map<string, Quote>();
  const orders = new Map<string, Order>();
  const commands = new Map<string, CommandAnswer>();
  const state = { keyQuestions: 0, placings: 0, ordersAway: false, pricingIsFullFor: 0 };
  const { http } = server;

  http.post(
    '/api/internal/v1/identity/key-token',
    { config: { access: 'public' }, schema: { body: KeyTokenRequest, response: { 200: TokenAnswer } } },
    async ({ body }) => {
      state.keyQuestions += 1;
      const actor = body.proof === 'proof of partners' ? keys.get(body.key) : undefined;
      if (!actor) throw new Fault(IDENTITY_ERRORS['identity.key_invalid']);
      return { ...(await signer.sign(actor)), actor };
    },
  );

  http.get(
    '/api/internal/v1/pricing/catalogue',
    {
      config: { access: 'public' },
      schema: {
        querystring: Type.Object({ currency: Currency }, { additionalProperties: false }),
        response: { 200: Catalogue },
      },
    },
    async ({ query: { currency } }) => ({
      priceListVersion: 'sample-1',
      sample: true,
      currency,
      materials: [],
      leadTiers: [{ id: 'standard' as const, workingDays: 10 }],
    }),
  );
  http.post(
    '/api/internal/v1/pricing/models',
    {
      config,
      bodyLimit: 1024 * 1024 * 1024,
      schema: {
        querystring: Type.Object({ fileName: Type.String() }, { additionalProperties: false }),
        response: { 201: Model },
      },
    },
    async ({ actor, query, body }, reply) => {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of body as Readable) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      const model: Model = {
        id: newId(),
        sha256: hash.digest('hex'),
        fileName: query.fileName,
        bytes,
        uploadedAt: new Date().toISOString(),
        state: 'queued',
        report: null,
        failure: null,
      };
      models.set(model.id, { tenant: actor.id, model });
      return reply.code(201).send(model);
    },
  );
  http.get(
    '/api/internal/v1/pricing/models/:id',
    { config, schema: { params: byId, response: { 200: Model } } },
    async ({ actor, params }) => {
      const entry = models.get(params.id);
      if (entry?.tenant !== actor.id) throw new Fault(COMMON_ERRORS['resource.not_found']);
      return entry.model;
    },
  );
  http.post(
    '/api/internal/v1/pricing/quotes',
    { config, schema: { body: RequestQuote, response: { 202: Quote } } },
    async ({ actor, body }, reply) => {
      if (state.pricingIsFullFor > 0) {
        throw new Fault(PRICING_ERRORS['pricing.backlog_full'], { retryAfterSeconds: state.pricingIsFullFor });
      }
      const quote = exampleQuote(actor.id, body);
      quotes.set(quote.id, quote);
      return reply.code(202).send(quote);
    },
  );
  http.get(
    '/api/internal/v1/pricing/quotes/:id',
    { config, schema: { params: byId, response: { 200: Quote } } },
    async ({ actor, params }) => {
      const quote = quotes.get(params.id);
      if (quote?.tenant !== actor.id) throw new Fault(COMMON_ERRORS['resource.not_found']);
      return quote;
    },
  );

  http.post(
    '/api/internal/v1/orders',
    { config, schema: { body: PlaceOrder, response: { 200: CommandAnswer, 201: CommandAnswer } } },
    async ({ actor, body }, reply) => {
      if (state.ordersAway) throw new Error('Orders is away');
      const known = commands.get(body.commandId);
      if (known) return { ...known, repeated: true };
      if (body.reference === 'refuse me') {
        throw new Fault(REFUSAL, { detail: 'As asked.', members: { current: { version: 7 }, possible: ['cancel'] } });
      }
      state.placings += 1;
      const order = exampleOrder(actor.id, body.reference ?? '');
      orders.set(order.id, order);
      const answer = {
        orderId: order.id,
        number: order.number,
        version: 1,
        status: order.status,
        possible: [],
        repeated: false,
      };
      commands.set(body.commandId, answer);
      return reply.code(201).send(answer);
    },
  );
  http.get(
    '/api/internal/v1/orders/:id',
    { config, schema: { params: byId, response: { 200: OrderView } } },
    async ({ actor, params }) => ({ order: own(orders, params.id, actor), possible: ['cancel'] }),
  );
  http.get(
    '/api/internal/v1/orders/:id/history',
    { config, schema: { params: byId, response: { 200: OrderHistory } } },
    async ({ actor, params }) => ({ orderId: params.id, entries: [exampleChange(own(orders, params.id, actor))] }),
  );

  return {
    server,
    state,
    /** A key of this actor; the key is what the partner's program sends. */
    addKey(actor: Actor): string {
      const key = `fk_${newId().replaceAll('-', '').slice(0, 8)}_${newId()}`;
      keys.set(key, actor);
      return key;
    },
    removeKey: (key: string) => keys.delete(key),
  };
}

const REFUSAL = {
  code: 'order.quote_expired',
  status: 409,
  title: 'The quote has expired',
  hint: 'Ask for a new one.',
};

function own(orders: Map<string, Order>, id: string, actor: Actor): Order {
  const order = orders.get(id);
  if (order?.buyer.id !== actor.id) throw new Fault(COMMON_ERRORS['resource.not_found']);
  return order;
}

let numbers = 100_000;

export function exampleOrder(clientId: string, reference = '', version = 1): Order {
  const now = new Date().toISOString();
  numbers += 1;
  return {
    id: newId(),
    number: `FL-${numbers}`,
    version,
    status: 'submitted',
    hold: null,
    source: 'partner',
    buyer: { kind: 'partner', id: clientId, name: 'Client', email: 'buyer@example.com', phone: '+49 1' },
    deliveryAddress: { recipient: 'Anna', line1: 'Street 1', line2: '', city: 'Berlin', postcode: '1', country: 'DE' },
    currency: 'EUR',
    leadTier: 'standard',
    rush: false,
    reference,
    placedAt: now,
    confirmedAt: null,
    dueAt: null,
    updatedAt: now,
    quoteId: null,
    quoteExpiresAt: null,
    acceptUpTo: null,
    total: null,
    payment: { state: 'none', reference: '', at: null },
    items: [
      {
        id: newId(),
        line: 1,
        specification: exampleSpecification(),
        state: 'pricing',
        hold: null,
        unitPrice: null,
        total: null,
        reviewReason: null,
        made: 0,
        scrapped: 0,
        packed: 0,
        shipped: 0,
        productionVersion: 0,
      },
    ],
    shipments: [],
    conflicts: [],
    linkedTo: null,
  };
}

export function exampleChange(order: Order, parts: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    version: order.version,
    at: order.updatedAt,
    name: 'place',
    from: null,
    status: order.status,
    actor: { id: order.buyer.id, name: 'Client', role: 'partner' },
    cause: { kind: 'command', id: newId() },
    reason: '',
    ...parts,
  };
}

function exampleSpecification() {
  return {
    modelId: newId(),
    sha256: 'c'.repeat(64),
    fileName: 'ring.stl',
    unit: 'mm' as const,
    material: 'brass',
    process: 'lost-wax',
    finish: 'polished',
    quantity: 2,
    note: '',
  };
}

export function exampleQuote(tenant: string, asked: Pick<Quote, 'currency' | 'leadTier'>): Quote {
  return {
    id: newId(),
    version: 1,
    tenant,
    orderId: null,
    state: 'queued',
    items: [
      {
        id: newId(),
        specification: exampleSpecification(),
        state: 'queued',
        problem: null,
        report: null,
        unitPrice: null,
        total: null,
        breakdown: [],
      },
    ],
    currency: asked.currency,
    leadTier: asked.leadTier,
    rush: false,
    shipping: null,
    tax: null,
    total: null,
    priceListVersion: 'sample-1',
    kernelVersion: 'test',
    createdAt: new Date().toISOString(),
    readyAt: null,
    expiresAt: null,
    queue: { position: 3, etaSeconds: 4 },
  };
}
