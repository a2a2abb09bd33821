import { Type } from 'typebox';
import { type Currency, Id } from '#contracts/basics';
import {
  AddComment,
  Assign,
  Assignment,
  CardQuery,
  Comment,
  CountsQuery,
  CRM_ERRORS,
  CRM_ROLES,
  Customers,
  CustomersQuery,
  ExportQuery,
  OrderCard,
  OrderCounts,
  OrdersPage,
  OrdersQuery,
  type Person,
  PlaceOnBehalf,
  Problems,
  PutView,
  SavedViews,
} from '#contracts/crm';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import { CommandAnswer, type Order } from '#contracts/orders';
import type { Catalogue } from '#contracts/pricing';
import type { ReadModelState } from '#contracts/read-models';
import type { Bus } from '#platform/bus';
import type { AnswerCache } from '#platform/cache';
import type { Clock } from '#platform/clock';
import type { Reads, Sql } from '#platform/database';
import { exportLimit, Fault, type Http, type RoomClient, sse } from '#platform/http';
import type { LiveChanges } from '#platform/live';
import { assign } from './assign.ts';
import { comment } from './comment.ts';
import { csvPages } from './csv.ts';
import { cardView, countsViews, ordersView, quoteView } from './held-views.ts';
import { orderCard } from './order-card.ts';
import { everyOrder } from './order-page.ts';
import { searchText } from './order-row.ts';
import { placeOnBehalf } from './place-on-behalf.ts';
import { proForma, proFormaPdf } from './pro-forma.ts';
import { copiesView, problemsView } from './problems.ts';
import { LIVE_SCOPE } from './scopes.ts';
import { findCustomers, listViews } from './store-desk.ts';
import { findOrder, readQuote } from './store-orders.ts';
import { removeView, saveView } from './views.ts';

export interface CrmDesk {
  sql: Sql;
  reads: Reads;
  bus: Bus;
  live: LiveChanges;
  cache: AnswerCache;
  clock: Clock;
  rooms: { orders: RoomClient; identity: RoomClient; pricing: RoomClient };
  timeZone: string;
  /** How the copies of orders stand, in every room that has one. Never rejects. */
  copies(): Promise<ReadModelState[]>;
}

const ROOT = '/api/internal/v1/crm';
const sellers = { access: { roles: CRM_ROLES } } as const;
const OrderPath = Type.Object({ orderId: Id }, { additionalProperties: false });
const ViewPath = Type.Object({ viewId: Id }, { additionalProperties: false });
const ProFormaQuery = Type.Object(
  { language: Type.Optional(Type.Enum(['en', 'ru'])) },
  { additionalProperties: false },
);

export function routes(http: Http, desk: CrmDesk): void {
  readingRoutes(http, desk);
  orderRoutes(http, desk);
  deskRoutes(http, desk);
}

function readingRoutes(http: Http, { reads, live, cache, copies }: CrmDesk): void {
  const exports = exportLimit();
  http.get(
    `${ROOT}/orders`,
    { config: sellers, schema: { querystring: OrdersQuery, response: { 200: OrdersPage } } },
    (request, reply) => cache.answer(request, reply, [ordersView(request.query, request.actor.id)]),
  );
  http.get(
    `${ROOT}/orders/counts`,
    { config: sellers, schema: { querystring: CountsQuery, response: { 200: OrderCounts } } },
    (request, reply) => cache.answer(request, reply, countsViews(request.query, request.actor.id)),
  );
  http.get(`${ROOT}/orders.csv`, { config: sellers, schema: { querystring: ExportQuery } }, async (request, reply) => {
    const { language = 'en', ...query } = request.query;
    const pages = csvPages(everyOrder(reads, query, request.actor.id), language);
    const stream = await exports.open(request.actor, pages);
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="orders.csv"')
      .send(stream);
  });
  http.get(`${ROOT}/live`, { config: sellers }, (request, reply) => {
    sse(request, reply, live.source(LIVE_SCOPE));
  });
  http.get(`${ROOT}/problems`, { config: sellers, schema: { response: { 200: Problems } } }, async (request, reply) => {
    const inRepair = (await copies()).filter(({ state, drift }) => state !== 'equal' || drift > 0);
    return cache.answer(request, reply, [problemsView(), copiesView(inRepair)]);
  });
}

function orderRoutes(http: Http, desk: CrmDesk): void {
  const { sql, bus, live, rooms, cache } = desk;
  http.get(
    `${ROOT}/orders/:orderId`,
    { config: sellers, schema: { params: OrderPath, querystring: CardQuery, response: { 200: OrderCard } } },
    async (request, reply) => {
      const { params, query, actorToken } = request;
      const card = cardView(params.orderId);
      const { version, quoteId } = await cache.hidden(card);
      if (version >= (query.version ?? 1)) return cache.answer(request, reply, [card, quoteView(quoteId)]);
      return orderCard({ sql, orders: rooms.orders }, { ...params, ...query, actorToken });
    },
  );
  http.post(
    `${ROOT}/orders/:orderId/comments`,
    { config: sellers, schema: { params: OrderPath, body: AddComment, response: { 201: Comment } } },
    async ({ params, body, actor }, reply) => {
      const added = await comment({ sql, bus, live }, { ...params, body, author: personOf(actor) });
      return reply.code(201).send(added);
    },
  );
  http.put(
    `${ROOT}/orders/:orderId/assignee`,
    { config: sellers, schema: { params: OrderPath, body: Assign, response: { 200: Assignment } } },
    ({ params, body, actor, actorToken }) =>
      assign({ sql, live, identity: rooms.identity }, { ...params, body, by: actor, actorToken }),
  );
  http.get(
    `${ROOT}/orders/:orderId/pro-forma`,
    { config: sellers, schema: { params: OrderPath, querystring: ProFormaQuery } },
    async ({ params, query }, reply) => {
      const { order, pdf } = await billOf(desk, params.orderId, query.language ?? 'en');
      return reply
        .type('application/pdf')
        .header('content-disposition', `inline; filename="${order.number}.pdf"`)
        .send(pdf);
    },
  );
  http.post(
    `${ROOT}/orders`,
    { config: sellers, schema: { body: PlaceOnBehalf, response: { 201: CommandAnswer } } },
    async ({ body, actorToken }, reply) => {
      const answer = await placeOnBehalf({ sql, ...rooms }, body, actorToken);
      return reply.code(201).send(answer);
    },
  );
}

function deskRoutes(http: Http, { sql, reads }: CrmDesk): void {
  http.get(
    `${ROOT}/customers`,
    { config: sellers, schema: { querystring: CustomersQuery, response: { 200: Customers } } },
    async ({ query }) => ({ items: await reads.read((from) => findCustomers(from, searchText([query.q]))) }),
  );
  http.get(`${ROOT}/views`, { config: sellers, schema: { response: { 200: SavedViews } } }, async ({ actor }) => ({
    items: await reads.read((from) => listViews(from, actor.id)),
  }));
  http.put(
    `${ROOT}/views/:viewId`,
    { config: sellers, schema: { params: ViewPath, body: PutView, response: { 204: Type.Null() } } },
    async ({ params, body, actor }, reply) => {
      await saveView(sql, params.viewId, personOf(actor), body);
      return reply.code(204).send(null);
    },
  );
  http.delete(
    `${ROOT}/views/:viewId`,
    { config: sellers, schema: { params: ViewPath, response: { 204: Type.Null() } } },
    async ({ params, actor }, reply) => {
      await removeView(sql, params.viewId, actor.id);
      return reply.code(204).send(null);
    },
  );
}

function personOf({ id, name }: Actor): Person {
  return { id, name };
}

async function billOf({ sql, rooms, clock, timeZone }: CrmDesk, orderId: string, language: 'en' | 'ru') {
  const stored = await findOrder(sql, orderId);
  if (!stored) throw new Fault(COMMON_ERRORS['resource.not_found']);
  const { order } = stored;
  if (!isPriced(order)) throw new Fault(CRM_ERRORS['crm.nothing_to_bill']);
  const [quote, catalogue] = await Promise.all([
    order.quoteId === null ? null : readQuote(sql, order.quoteId),
    readCatalogue(rooms.pricing, order.currency),
  ]);
  const content = proForma({ order, quote, catalogue, language, timeZone, today: new Date(clock.now()) });
  return { order, pdf: proFormaPdf(content) };
}

function isPriced(order: Order): order is Order & { total: NonNullable<Order['total']> } {
  return order.total !== null;
}

/** Names are a kindness: without pricing the bill shows ids. */
async function readCatalogue(pricing: RoomClient, currency: Currency): Promise<Catalogue | null> {
  try {
    const path = `/api/internal/v1/pricing/catalogue?currency=${currency}`;
    const { status, body } = await pricing.call<Catalogue>({ method: 'GET', path });
    return status === 200 ? body : null;
  } catch {
    return null;
  }
}
