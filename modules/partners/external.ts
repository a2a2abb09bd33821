import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Currency, Id } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { OrderStatus } from '#contracts/orders';
import {
  PARTNER_COMMANDS,
  PARTNER_ERRORS,
  type PartnerCommandName,
  PartnerEvents,
  PartnerModel,
  PartnerOrderAnswer,
  PartnerOrderCard,
  PartnerOrderPage,
  PartnerQuote,
  PlacePartnerOrder,
  Usage,
} from '#contracts/partners';
import { Catalogue, type Model, type Quote, RequestQuote } from '#contracts/pricing';
import { Fault, type Http } from '#platform/http';
import type { Desk } from './desk.ts';
import type { Gate } from './gate.ts';
import { eventsPage, orderCard, orderPage } from './order-page.ts';
import { passOn } from './pass-on.ts';
import { type Asking, commandPartnerOrder, placePartnerOrder } from './place-order.ts';
import { spend } from './quota.ts';
import { partnerModel, partnerQuote } from './shapes.ts';
import { readUsage } from './store-clients.ts';

const ROOT = '/api/external/v1';
const PRICING = '/api/internal/v1/pricing';
const closed = { additionalProperties: false } as const;
/** The gate proves the API key; the platform's own check is for actor tokens. */
const config = { access: 'public' } as const;
const security = [{ bearer: [] }];

const MOST_UPLOAD_BYTES = 512 * 1024 * 1024;
const UPLOAD_TIMEOUT_MS = 10 * 60_000;
const QUOTE_TIMEOUT_MS = 10_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

const byId = Type.Object({ id: Id }, closed);
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '50 if left out' }));

/** What partners' programs call, with an API key. */
export function externalRoutes(http: Http, desk: Desk, gate: Gate): void {
  modelRoutes(http, desk, gate);
  quoteRoutes(http, desk, gate);
  orderRoutes(http, desk, gate);
  for (const name of Object.keys(PARTNER_COMMANDS) as PartnerCommandName[]) commandRoute(http, desk, gate, name);

  http.get(
    `${ROOT}/events`,
    {
      config,
      onRequest: gate('read'),
      schema: {
        security,
        querystring: Type.Object(
          { after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })), limit: Limit },
          closed,
        ),
        response: { 200: PartnerEvents },
      },
    },
    async ({ actor, query }) => eventsPage(desk, actor.id, query.after ?? 0, query.limit ?? 50),
  );
  http.get(
    `${ROOT}/catalogue`,
    {
      config,
      onRequest: gate('read'),
      schema: { security, querystring: Type.Object({ currency: Currency }, closed), response: { 200: Catalogue } },
    },
    async ({ actorToken, query }) => {
      const path = `${PRICING}/catalogue?currency=${query.currency}`;
      return (await passOn<Catalogue>(desk.rooms.pricing, { method: 'GET', path, actorToken })).body;
    },
  );
  http.get(
    `${ROOT}/usage`,
    { config, onRequest: gate('read'), schema: { security, response: { 200: Usage } } },
    async ({ actor }) => (await readUsage(desk.sql, actor.id))!,
  );
}

function modelRoutes(http: Http, desk: Desk, gate: Gate): void {
  http.post(
    `${ROOT}/models`,
    {
      config,
      onRequest: gate('models:write'),
      bodyLimit: MOST_UPLOAD_BYTES,
      handlerTimeout: UPLOAD_TIMEOUT_MS,
      schema: {
        security,
        consumes: ['application/octet-stream'],
        querystring: Type.Object({ fileName: Type.String({ minLength: 1, maxLength: 255 }) }, closed),
        response: { 201: PartnerModel },
      },
    },
    async (request, reply) => {
      const { actor, actorToken, query } = request;
      if (request.headers['content-type'] !== 'application/octet-stream')
        throw new Fault(COMMON_ERRORS['request.unsupported_type']);
      await spend(desk, actor.id, 'models');
      const model = await passOn<Model>(desk.rooms.pricing, {
        method: 'POST',
        path: `${PRICING}/models?fileName=${encodeURIComponent(query.fileName)}`,
        stream: request.body as Readable,
        actorToken,
        timeoutMs: UPLOAD_TIMEOUT_MS,
      });
      return reply.code(201).send(partnerModel(model.body));
    },
  );
  http.get(
    `${ROOT}/models/:id`,
    { config, onRequest: gate('read'), schema: { security, params: byId, response: { 200: PartnerModel } } },
    async ({ actorToken, params }) => {
      const path = `${PRICING}/models/${params.id}`;
      return partnerModel((await passOn<Model>(desk.rooms.pricing, { method: 'GET', path, actorToken })).body);
    },
  );
}

/** For the API's description: that it is missing is told by a refusal of its own. */
const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: 'Required. Your own name for this order, e.g. a UUID.' }),
  ),
});

function quoteRoutes(http: Http, desk: Desk, gate: Gate): void {
  http.post(
    `${ROOT}/quotes`,
    {
      config,
      onRequest: gate('quotes:write'),
      schema: { security, body: RequestQuote, response: { 201: PartnerQuote, 202: PartnerQuote } },
    },
    async ({ actor, actorToken, body }, reply) => {
      await spend(desk, actor.id, 'quotes');
      const path = `${PRICING}/quotes`;
      const call = { method: 'POST', path, body, actorToken, timeoutMs: QUOTE_TIMEOUT_MS } as const;
      const { status, body: quote } = await passOn<Quote>(desk.rooms.pricing, call);
      return reply.code(status === 202 ? 202 : 201).send(partnerQuote(quote));
    },
  );
  http.get(
    `${ROOT}/quotes/:id`,
    { config, onRequest: gate('read'), schema: { security, params: byId, response: { 200: PartnerQuote } } },
    async ({ actorToken, params }) => {
      const path = `${PRICING}/quotes/${params.id}`;
      return partnerQuote((await passOn<Quote>(desk.rooms.pricing, { method: 'GET', path, actorToken })).body);
    },
  );
}

function orderRoutes(http: Http, desk: Desk, gate: Gate): void {
  http.post(
    `${ROOT}/orders`,
    {
      config,
      onRequest: gate('orders:write'),
      schema: {
        security,
        description: 'Needs the header Idempotency-Key: the same key gets the same answer.',
        headers: IdempotencyHeader,
        body: PlacePartnerOrder,
        response: { 200: PartnerOrderAnswer, 201: PartnerOrderAnswer },
      },
    },
    async (request, reply) => {
      const key = idempotencyKey(request);
      if (key === null) throw new Fault(PARTNER_ERRORS['idempotency.key_required']);
      const { answer, repeated } = await placePartnerOrder(desk, askingOf(request), key, request.body);
      if (repeated) reply.header('idempotency-replayed', 'true');
      return reply.code(repeated ? 200 : 201).send(answer);
    },
  );
  http.get(
    `${ROOT}/orders`,
    {
      config,
      onRequest: gate('read'),
      schema: {
        security,
        querystring: Type.Object(
          { status: Type.Optional(OrderStatus), after: Type.Optional(Type.String({ maxLength: 1000 })), limit: Limit },
          closed,
        ),
        response: { 200: PartnerOrderPage },
      },
    },
    async ({ actor, query }) =>
      orderPage(desk, actor.id, {
        status: query.status ?? null,
        after: query.after ?? null,
        limit: query.limit ?? 50,
      }),
  );
  http.get(
    `${ROOT}/orders/:id`,
    {
      config,
      onRequest: gate('read'),
      schema: {
        security,
        params: byId,
        querystring: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1 })) }, closed),
        response: { 200: PartnerOrderCard },
      },
    },
    async (request) => orderCard(desk, askingOf(request), request.params.id, request.query.version ?? 1),
  );
}

function commandRoute(http: Http, desk: Desk, gate: Gate, name: PartnerCommandName): void {
  http.post(
    `${ROOT}/orders/:id/${name.replaceAll('_', '-')}`,
    {
      config,
      onRequest: gate('orders:write'),
      schema: { security, params: byId, body: PARTNER_COMMANDS[name], response: { 200: PartnerOrderAnswer } },
    },
    async (request) => {
      const { id } = request.params as { id: string };
      return commandPartnerOrder(desk, askingOf(request), id, name, request.body as object, idempotencyKey(request));
    },
  );
}

function askingOf({ actor, actorToken }: Pick<FastifyRequest, 'actor' | 'actorToken'>): Asking {
  return { actor, token: actorToken };
}

function idempotencyKey({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key))
    throw new Fault(PARTNER_ERRORS['idempotency.key_required']);
  return key;
}
