import { Type } from 'typebox';
import { Id, type Role } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import type { Actor } from '#contracts/identity';
import {
  Board,
  LIVE_SCOPES,
  MES_ERRORS,
  MyWork,
  OPERATION_COMMANDS,
  OperationAnswer,
  OperationCard,
  type OperationCommandBody,
  type OperationCommandName,
  OperationPage,
  Operator,
  Operators,
  PackAnswer,
  PackingOrder,
  PackingPage,
  PackOrder,
  PayEntry,
  PayPage,
  Rate,
  Rates,
  ReversePay,
  SetOperator,
  SetRate,
  ShipOrder,
  WorkCentres,
} from '#contracts/mes';
import { exportLimit, Fault, type Http, sse } from '#platform/http';
import type { LiveChanges } from '#platform/live';
import { claimOperation } from './claim-operation.ts';
import { isForeman } from './command.ts';
import { reworkPieces, splitOperation } from './divide-operation.ts';
import { jobTraveller, shippingLabel } from './documents.ts';
import { finishOperation, scrapPieces } from './finish-operation.ts';
import type { Floor } from './floor.ts';
import { boardView, personView, workView } from './held-views.ts';
import { packOrder, shipOrder } from './pack-order.ts';
import { lookUpOrder, packingOrder, packingPage } from './packing-page.ts';
import { payCsv, payPage } from './pay-page.ts';
import { operationCard, operationViews, workCentreList } from './queue-page.ts';
import { reversePay } from './reverse-pay.ts';
import { placeOf } from './routes.ts';
import { listOperators, listRates, saveOperator, saveRate } from './store-operators.ts';
import { readParcel } from './store-packing.ts';
import { pauseOperation, reassignOperation, releaseOperation, startOperation } from './work-operation.ts';

const ROOT = '/api/internal/v1/mes';
const closed = { additionalProperties: false } as const;

const access = (...roles: Role[]) => ({ access: { roles } });
const FLOOR = access('operator', 'quality', 'packer', 'foreman', 'admin');
const MAKERS = access('operator', 'quality', 'foreman', 'admin');
const PACKERS = access('packer', 'foreman', 'admin');
const FOREMEN = access('foreman', 'admin');

const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }));
const Cursor = Type.Optional(Type.String({ maxLength: 1000 }));
const Period = Type.String({ pattern: '^20\\d\\d-(0[1-9]|1[0-2])$' });
const Language = Type.Optional(Type.Enum(['en', 'ru']));
const DEFAULT_LIMIT = 50;
const tags = ['mes'];

const OperationParams = Type.Object({ operationId: Id }, closed);
const OrderParams = Type.Object({ orderId: Id }, closed);
const ListQuery = Type.Object(
  { workCentre: Type.Optional(Type.String({ maxLength: 64 })), cursor: Cursor, limit: Limit },
  closed,
);

type Verb<Name extends OperationCommandName> = (
  floor: Floor,
  actor: Actor,
  operationId: string,
  body: OperationCommandBody<Name>,
) => Promise<OperationAnswer>;

const VERBS: { [Name in OperationCommandName]: Verb<Name> } = {
  claim: claimOperation,
  release: releaseOperation,
  start: startOperation,
  pause: pauseOperation,
  finish: finishOperation,
  scrap: scrapPieces,
  rework: reworkPieces,
  split: splitOperation,
  reassign: reassignOperation,
};

export function mesRoutes(http: Http, floor: Floor, live: LiveChanges): void {
  operationRoutes(http, floor);
  listRoutes(http, floor);
  liveRoute(http, live);
  packingRoutes(http, floor);
  payRoutes(http, floor);
  foremanRoutes(http, floor);
}

function operationRoutes(http: Http, floor: Floor): void {
  for (const name of Object.keys(VERBS) as OperationCommandName[]) operationVerb(http, floor, name);
  http.get(
    `${ROOT}/operations/:operationId`,
    { config: FLOOR, schema: { tags, params: OperationParams, response: { 200: OperationCard } } },
    ({ params }) => operationCard(floor, params.operationId),
  );
  http.get(
    `${ROOT}/operations/:operationId/traveller.pdf`,
    {
      config: FLOOR,
      schema: { tags, params: OperationParams, querystring: Type.Object({ language: Language }, closed) },
    },
    async ({ params, query }, reply) => {
      const card = await operationCard(floor, params.operationId);
      const pdf = await jobTraveller(card, query.language ?? 'ru', floor.settings.timeZone);
      return reply.header('content-type', 'application/pdf').send(pdf);
    },
  );
}

function operationVerb<Name extends OperationCommandName>(http: Http, floor: Floor, name: Name): void {
  const carryOut = VERBS[name];
  http.post(
    `${ROOT}/operations/:operationId/${name}`,
    {
      config: name === 'reassign' ? FOREMEN : MAKERS,
      schema: { tags, params: OperationParams, body: OPERATION_COMMANDS[name], response: { 200: OperationAnswer } },
    },
    ({ actor, params, body }) =>
      carryOut(floor, actor, (params as { operationId: string }).operationId, body as OperationCommandBody<Name>),
  );
}

function listRoutes(http: Http, floor: Floor): void {
  for (const list of ['queue', 'waiting'] as const) {
    http.get(
      `${ROOT}/${list}`,
      { config: MAKERS, schema: { tags, querystring: ListQuery, response: { 200: OperationPage } } },
      async (request, reply) => {
        const { actor, query } = request;
        const wish = { ...query, limit: query.limit ?? DEFAULT_LIMIT };
        return floor.cache.answer(request, reply, await operationViews(floor, actor, list, wish));
      },
    );
  }
  http.get(`${ROOT}/my-work`, { config: MAKERS, schema: { tags, response: { 200: MyWork } } }, (request, reply) => {
    const { actor } = request;
    return floor.cache.answer(request, reply, [workView(actor, floor.settings), personView(actor, floor.settings)]);
  });
  http.get(`${ROOT}/work-centres`, { config: FLOOR, schema: { tags, response: { 200: WorkCentres } } }, ({ actor }) =>
    workCentreList(floor, actor),
  );
  http.get(`${ROOT}/board`, { config: MAKERS, schema: { tags, response: { 200: Board } } }, (request, reply) =>
    floor.cache.answer(request, reply, [boardView]),
  );
}

function liveRoute(http: Http, live: LiveChanges): void {
  http.get(
    `${ROOT}/live`,
    {
      config: FLOOR,
      schema: { tags, querystring: Type.Object({ scope: Type.Enum([...LIVE_SCOPES]) }, closed) },
    },
    (request, reply) => sse(request, reply, live.source(request.query.scope)),
  );
}

function packingRoutes(http: Http, floor: Floor): void {
  http.get(
    `${ROOT}/packing`,
    {
      config: PACKERS,
      schema: {
        tags,
        querystring: Type.Object({ cursor: Cursor, limit: Limit }, closed),
        response: { 200: PackingPage },
      },
    },
    ({ query }) => packingPage(floor, { ...query, limit: query.limit ?? DEFAULT_LIMIT }),
  );
  http.get(
    `${ROOT}/orders/lookup`,
    {
      config: PACKERS,
      schema: {
        tags,
        querystring: Type.Object({ code: Type.String({ minLength: 1, maxLength: 64 }) }, closed),
        response: { 200: PackingOrder },
      },
    },
    ({ query }) => lookUpOrder(floor, query.code),
  );
  http.get(
    `${ROOT}/orders/:orderId`,
    { config: PACKERS, schema: { tags, params: OrderParams, response: { 200: PackingOrder } } },
    ({ params }) => packingOrder(floor, params.orderId),
  );
  http.post(
    `${ROOT}/orders/:orderId/pack`,
    { config: PACKERS, schema: { tags, params: OrderParams, body: PackOrder, response: { 200: PackAnswer } } },
    ({ actor, actorToken, params, body }) => packOrder(floor, { actor, actorToken }, params.orderId, body),
  );
  http.post(
    `${ROOT}/orders/:orderId/ship`,
    { config: PACKERS, schema: { tags, params: OrderParams, body: ShipOrder, response: { 200: PackAnswer } } },
    ({ actor, actorToken, params, body }) => shipOrder(floor, { actor, actorToken }, params.orderId, body),
  );
  http.get(
    `${ROOT}/parcels/:parcelId/label.pdf`,
    {
      config: PACKERS,
      schema: {
        tags,
        params: Type.Object({ parcelId: Id }, closed),
        querystring: Type.Object({ language: Language }, closed),
      },
    },
    async ({ params, query }, reply) => {
      const found = await readParcel(floor.sql, params.parcelId);
      if (!found) throw new Fault(COMMON_ERRORS['resource.not_found']);
      const order = await packingOrder(floor, found.orderId);
      const pdf = await shippingLabel(order, found.parcel, query.language ?? 'ru');
      return reply.header('content-type', 'application/pdf').send(pdf);
    },
  );
}

function payRoutes(http: Http, floor: Floor): void {
  const exports = exportLimit();
  http.get(
    `${ROOT}/pay`,
    {
      config: MAKERS,
      schema: {
        tags,
        querystring: Type.Object({ period: Period, personId: Type.Optional(Id), cursor: Cursor, limit: Limit }, closed),
        response: { 200: PayPage },
      },
    },
    ({ actor, query: { personId = actor.id, limit = DEFAULT_LIMIT, ...wish } }) => {
      if (personId !== actor.id && !isForeman(actor)) throw new Fault(COMMON_ERRORS['auth.forbidden']);
      return payPage(floor, personId, { ...wish, limit });
    },
  );
  http.get(
    `${ROOT}/pay/export.csv`,
    { config: FOREMEN, schema: { tags, querystring: Type.Object({ period: Period }, closed) } },
    async ({ actor, query }, reply) => {
      const stream = await exports.open(actor, payCsv(floor, query.period));
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="pay-${query.period}.csv"`)
        .send(stream);
    },
  );
  http.post(
    `${ROOT}/pay/:entryId/reverse`,
    {
      config: FOREMEN,
      schema: { tags, params: Type.Object({ entryId: Id }, closed), body: ReversePay, response: { 200: PayEntry } },
    },
    ({ actor, params, body }) => reversePay(floor, actor, params.entryId, body),
  );
}

function foremanRoutes(http: Http, floor: Floor): void {
  http.get(`${ROOT}/operators`, { config: FOREMEN, schema: { tags, response: { 200: Operators } } }, async () => ({
    items: await floor.reads.read(listOperators),
  }));
  http.put(
    `${ROOT}/operators/:personId`,
    {
      config: FOREMEN,
      schema: { tags, params: Type.Object({ personId: Id }, closed), body: SetOperator, response: { 200: Operator } },
    },
    ({ params, body }) => {
      const unknown = body.workCentres?.find((id) => !placeOf(id));
      if (unknown !== undefined) throw new Fault(MES_ERRORS['work_centre.unknown'], { detail: unknown });
      return saveOperator(floor, params.personId, body);
    },
  );
  http.get(`${ROOT}/rates`, { config: FOREMEN, schema: { tags, response: { 200: Rates } } }, async () => ({
    items: await floor.reads.read(listRates),
  }));
  http.put(
    `${ROOT}/rates/:operation`,
    {
      config: FOREMEN,
      schema: {
        tags,
        params: Type.Object({ operation: Type.String({ maxLength: 64 }) }, closed),
        body: SetRate,
        response: { 200: Rate },
      },
    },
    async ({ actor, params, body }) => {
      const rate = await saveRate(floor, params.operation, body.minor, actor.name);
      if (!rate) throw new Fault(MES_ERRORS['rate.unknown']);
      return rate;
    },
  );
}
