import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { Id, type Role } from '#contracts/basics';
import { type Actor, tenantOf } from '#contracts/identity';
import {
  ChangeClient,
  ChangeEndpoint,
  Client,
  ClientPage,
  CreateClient,
  CreateEndpoint,
  DELIVERY_STATES,
  Delivery,
  DeliveryCard,
  DeliveryPage,
  NewEndpoint,
  PARTNER_ERRORS,
  type PartnerErrorCode,
  Usage,
  WebhookEndpoint,
  WebhookEndpoints,
} from '#contracts/partners';
import { newId } from '#platform/clock';
import { Fault, type Http } from '#platform/http';
import type { Desk } from './desk.ts';
import { changeClient, ensureClient, findClient, listClients, readUsage } from './store-clients.ts';
import {
  deleteEndpoint,
  findDelivery,
  insertEndpoint,
  insertTestDelivery,
  listDeliveries,
  listEndpoints,
  resend,
  setEndpointActive,
} from './store-webhooks.ts';

const ROOT = '/api/internal/v1/partners';
const closed = { additionalProperties: false } as const;
const admins = { access: { roles: ['admin'] } } as const;
/** A partner sees the own client only; the house's people see every one. */
const people = { access: { roles: ['partner', 'admin'] } } as const;
const OBSERVING_STAFF: readonly Role[] = ['admin', 'ops', 'seller', 'lead_seller'];
const observers = { access: { roles: ['partner', ...OBSERVING_STAFF] } } as const;
const tags = ['partners'];

const ofClient = Type.Object({ clientId: Id }, closed);
const ofEndpoint = Type.Object({ clientId: Id, endpointId: Id }, closed);
const ofDelivery = Type.Object({ clientId: Id, deliveryId: Id }, closed);
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: '50 if left out' }));
const PageQuery = Type.Object({ after: Type.Optional(Id), limit: Limit }, closed);
const DeliveryQuery = Type.Object(
  { state: Type.Optional(Type.Enum([...DELIVERY_STATES])), after: Type.Optional(Id), limit: Limit },
  closed,
);

/** What people see and set: clients, limits, endpoints, the delivery log. */
export function internalRoutes(http: Http, desk: Desk): void {
  clientRoutes(http, desk);
  endpointRoutes(http, desk);
  deliveryRoutes(http, desk);
}

function clientRoutes(http: Http, desk: Desk): void {
  const { sql, reads } = desk;
  http.post(
    `${ROOT}/clients`,
    { config: admins, schema: { tags, body: CreateClient, response: { 201: Client } } },
    async ({ body }, reply) => {
      const { id = newId(desk.clock), name, limits = {} } = body;
      return reply.code(201).send(await ensureClient(sql, { id, name, limits }));
    },
  );
  http.get(
    `${ROOT}/clients`,
    { config: admins, schema: { tags, querystring: PageQuery, response: { 200: ClientPage } } },
    async ({ query: { after = null, limit = 50 } }) => {
      const items = await reads.read((from) => listClients(from, after, limit));
      return { items, next: nextOf(items, limit) };
    },
  );
  http.get(
    `${ROOT}/clients/:clientId`,
    { config: observers, schema: { tags, params: ofClient, response: { 200: Client } } },
    async ({ actor, params }) => {
      const clientId = observed(actor, params.clientId);
      return found(await reads.read((from) => findClient(from, clientId)), 'partner.not_found');
    },
  );
  http.patch(
    `${ROOT}/clients/:clientId`,
    { config: admins, schema: { tags, params: ofClient, body: ChangeClient, response: { 200: Client } } },
    async ({ params, body }) => found(await changeClient(sql, params.clientId, body), 'partner.not_found'),
  );
  http.get(
    `${ROOT}/clients/:clientId/usage`,
    { config: observers, schema: { tags, params: ofClient, response: { 200: Usage } } },
    async ({ actor, params }) => found(await readUsage(sql, observed(actor, params.clientId)), 'partner.not_found'),
  );
}

function endpointRoutes(http: Http, desk: Desk): void {
  const { sql, reads } = desk;
  http.get(
    `${ROOT}/clients/:clientId/endpoints`,
    { config: people, schema: { tags, params: ofClient, response: { 200: WebhookEndpoints } } },
    async ({ actor, params }) => {
      const clientId = own(actor, params.clientId);
      return { items: await reads.read((from) => listEndpoints(from, clientId)) };
    },
  );
  http.post(
    `${ROOT}/clients/:clientId/endpoints`,
    { config: people, schema: { tags, params: ofClient, body: CreateEndpoint, response: { 201: NewEndpoint } } },
    async ({ actor, params, body }, reply) => {
      const client = found(await findClient(sql, own(actor, params.clientId)), 'partner.not_found');
      const checked = desk.addresses.check(body.url);
      if ('refused' in checked) {
        throw new Fault(PARTNER_ERRORS['webhook.address_refused'], { detail: checked.refused });
      }
      const secret = `whsec_${randomBytes(24).toString('base64')}`;
      const wanted = { id: newId(desk.clock), url: checked.url.href, secret, events: body.events };
      const endpoint = found(await insertEndpoint(sql, client.id, wanted), 'webhook.too_many_endpoints');
      return reply.code(201).send({ endpoint, secret });
    },
  );
  http.patch(
    `${ROOT}/clients/:clientId/endpoints/:endpointId`,
    { config: people, schema: { tags, params: ofEndpoint, body: ChangeEndpoint, response: { 200: WebhookEndpoint } } },
    async ({ actor, params, body }) => {
      const clientId = own(actor, params.clientId);
      const endpoint = await setEndpointActive(sql, clientId, params.endpointId, body.active);
      if (body.active) desk.wakeSender();
      return found(endpoint, 'webhook.not_found');
    },
  );
  http.delete(
    `${ROOT}/clients/:clientId/endpoints/:endpointId`,
    { config: people, schema: { tags, params: ofEndpoint } },
    async ({ actor, params }, reply) => {
      const isGone = await deleteEndpoint(sql, own(actor, params.clientId), params.endpointId);
      if (!isGone) throw new Fault(PARTNER_ERRORS['webhook.not_found']);
      return reply.code(204).send();
    },
  );
  http.post(
    `${ROOT}/clients/:clientId/endpoints/:endpointId/test`,
    { config: people, schema: { tags, params: ofEndpoint, response: { 202: Delivery } } },
    async ({ actor, params }, reply) => {
      const event = { id: newId(desk.clock), type: 'webhook.test' };
      const delivery = await insertTestDelivery(sql, own(actor, params.clientId), params.endpointId, event);
      desk.wakeSender();
      return reply.code(202).send(found(delivery, 'webhook.not_found'));
    },
  );
}

function deliveryRoutes(http: Http, desk: Desk): void {
  const { sql, reads } = desk;
  http.get(
    `${ROOT}/clients/:clientId/deliveries`,
    {
      config: observers,
      schema: { tags, params: ofClient, querystring: DeliveryQuery, response: { 200: DeliveryPage } },
    },
    async ({ actor, params, query: { state = null, after = null, limit = 50 } }) => {
      const clientId = observed(actor, params.clientId);
      const items = await reads.read((from) => listDeliveries(from, clientId, { state, after, limit }));
      return { items, next: nextOf(items, limit) };
    },
  );
  http.get(
    `${ROOT}/clients/:clientId/deliveries/:deliveryId`,
    { config: observers, schema: { tags, params: ofDelivery, response: { 200: DeliveryCard } } },
    async ({ actor, params }) => {
      const clientId = observed(actor, params.clientId);
      const delivery = await reads.read((from) => findDelivery(from, clientId, params.deliveryId));
      return found(delivery, 'webhook.not_found');
    },
  );
  http.post(
    `${ROOT}/clients/:clientId/deliveries/:deliveryId/resend`,
    { config: people, schema: { tags, params: ofDelivery, response: { 202: Delivery } } },
    async ({ actor, params }, reply) => {
      const delivery = found(await resend(sql, own(actor, params.clientId), params.deliveryId), 'webhook.not_found');
      desk.bus.hint();
      desk.wakeSender();
      return reply.code(202).send(delivery);
    },
  );
}

/** The client's id for an admin and for the client's own people; for others it is not there. */
function own(actor: Actor, clientId: string): string {
  return ownOr(['admin'], actor, clientId);
}

function observed(actor: Actor, clientId: string): string {
  return ownOr(OBSERVING_STAFF, actor, clientId);
}

/** Somebody may have other roles besides `partner`: only these see every client. */
function ownOr(staff: readonly Role[], actor: Actor, clientId: string): string {
  const isStaff = actor.roles.some((role) => staff.includes(role));
  if (!isStaff && tenantOf(actor) !== clientId) throw new Fault(PARTNER_ERRORS['partner.not_found']);
  return clientId;
}

function found<T>(value: T | null, code: PartnerErrorCode): T {
  if (value === null) throw new Fault(PARTNER_ERRORS[code]);
  return value;
}

function nextOf(items: readonly { id: string }[], limit: number): string | null {
  return items.length === limit ? items.at(-1)!.id : null;
}
