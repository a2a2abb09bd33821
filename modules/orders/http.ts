import { Type } from 'typebox';
import { Id, type Role } from '#contracts/basics';
import {
  CommandAnswer,
  ORDER_COMMANDS,
  type OrderCommandName,
  OrderDigestPage,
  OrderHistory,
  OrderView,
  PlaceOrder,
} from '#contracts/orders';
import type { Http } from '#platform/http';
import { changeOrder } from './change-order.ts';
import type { Desk } from './desk.ts';
import { type Command, READING_STAFF } from './order.ts';
import { orderDigests, orderHistory, orderPage } from './order-page.ts';
import { placeOrder } from './place-order.ts';
import { orderTruth } from './truth.ts';
import { truthRoutes } from './truth-http.ts';

const ROOT = '/api/internal/v1/orders';
const closed = { additionalProperties: false } as const;
const OrderParams = Type.Object({ orderId: Id }, closed);
const DigestQuery = Type.Object(
  { after: Type.Optional(Id), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  closed,
);

const PLACERS: readonly Role[] = ['customer', 'partner', 'seller', 'lead_seller'];
const READERS: readonly Role[] = ['customer', 'partner', ...READING_STAFF];

export function orderRoutes(http: Http, desk: Desk): void {
  http.post(
    ROOT,
    {
      config: { access: { roles: PLACERS }, scope: 'orders:write' },
      schema: { tags: ['orders'], body: PlaceOrder, response: { 200: CommandAnswer, 201: CommandAnswer } },
    },
    async (request, reply) => {
      const answer = await placeOrder(desk, { actor: request.actor, token: request.actorToken }, request.body);
      return reply.code(answer.repeated ? 200 : 201).send(answer);
    },
  );
  http.get(
    ROOT,
    {
      config: { access: { roles: ['ops', 'admin'] } },
      schema: { tags: ['orders'], querystring: DigestQuery, response: { 200: OrderDigestPage } },
    },
    async ({ query }) => orderDigests(desk, query.after ?? null, query.limit ?? 500),
  );
  http.get(
    `${ROOT}/:orderId`,
    {
      config: { access: { roles: READERS } },
      schema: { tags: ['orders'], params: OrderParams, response: { 200: OrderView } },
    },
    async (request) => orderPage(desk, request.actor, request.params.orderId),
  );
  http.get(
    `${ROOT}/:orderId/history`,
    {
      config: { access: { roles: READERS } },
      schema: { tags: ['orders'], params: OrderParams, response: { 200: OrderHistory } },
    },
    async (request) => orderHistory(desk, request.actor, request.params.orderId),
  );
  truthRoutes(http, orderTruth(desk.sql));
  for (const name of Object.keys(ORDER_COMMANDS) as OrderCommandName[]) commandRoute(http, desk, name);
}

/** Open to everybody who is signed in: who may do it depends on the order, and a stranger's order is not there (404). */
function commandRoute(http: Http, desk: Desk, name: OrderCommandName): void {
  http.post(
    `${ROOT}/:orderId/${name.replaceAll('_', '-')}`,
    {
      config: { access: 'signed_in', scope: 'orders:write' },
      schema: { tags: ['orders'], params: OrderParams, body: ORDER_COMMANDS[name], response: { 200: CommandAnswer } },
    },
    async (request) => {
      const command = { name, body: request.body } as Command;
      return changeOrder(desk, request.actor, (request.params as { orderId: string }).orderId, command);
    },
  );
}
