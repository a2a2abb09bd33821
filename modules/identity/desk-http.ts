import { Type } from 'typebox';
import { Id, Role } from '#contracts/basics';
import {
  ApiKeys,
  AuditPage,
  ChangeRoles,
  CreateKey,
  Deactivate,
  Invite,
  NewKey,
  People,
  PersonRecord,
  RegisterCustomer,
  RotateKey,
  Staff,
} from '#contracts/identity';
import { decodeCursor, encodeCursor, type Http } from '#platform/http';
import { activate, changeRoles, deactivate, invite, registerCustomer } from './administer.ts';
import { createKey, keyClient, listKeys, revokeKey, rotateKey } from './api-keys.ts';
import { listAudit } from './audit.ts';
import type { Desk } from './desk.ts';
import { listPeople, listStaff } from './people-store.ts';
import { personRecord } from './person.ts';

const BASE = '/api/internal/v1/identity';
const closed = { additionalProperties: false } as const;
const admin = { access: { roles: ['admin'] } } as const;
const seller = { access: { roles: ['seller', 'lead_seller', 'admin'] } } as const;
const staff = { access: { roles: ['seller', 'lead_seller', 'foreman', 'admin'] } } as const;
const keyKeeper = { access: { roles: ['partner', 'admin'] } } as const;
const PersonPath = Type.Object({ personId: Id }, closed);
const KeyPath = Type.Object({ keyId: Id }, closed);
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }));
const Cursor = Type.Optional(Type.String({ maxLength: 1000 }));

/** Routes for people at work: they carry a Bearer, as everywhere else. */
export function deskRoutes(http: Http, desk: Desk): void {
  const { sql } = desk;
  const search = Type.Optional(Type.String({ minLength: 2, maxLength: 100 }));
  const peopleQuery = Type.Object({ search, role: Type.Optional(Role), limit: Limit, cursor: Cursor }, closed);
  http.get(
    `${BASE}/people`,
    { config: admin, schema: { querystring: peopleQuery, response: { 200: People } } },
    async ({ query: { cursor, limit = 50, ...filter } }) => {
      const rows = await listPeople(sql, {
        ...filter,
        limit: limit + 1,
        ...(cursor ? { after: placeOf(cursor) } : {}),
      });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const next = rows.length > limit && last ? encodeCursor([last.createdAt, last.id]) : null;
      return { items: items.map(personRecord), next };
    },
  );
  const auditQuery = Type.Object({ personId: Type.Optional(Id), limit: Limit, cursor: Type.Optional(Id) }, closed);
  http.get(
    `${BASE}/audit`,
    { config: admin, schema: { querystring: auditQuery, response: { 200: AuditPage } } },
    async ({ query: { personId, cursor, limit = 50 } }) => {
      const filter = { ...(personId ? { personId } : {}), ...(cursor ? { before: cursor } : {}) };
      const rows = await listAudit(sql, { ...filter, limit: limit + 1 });
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? items.at(-1)!.id : null };
    },
  );
  const staffQuery = Type.Object({ role: Type.Optional(Role) }, closed);
  http.get(
    `${BASE}/staff`,
    { config: staff, schema: { querystring: staffQuery, response: { 200: Staff } } },
    async ({ query }) => ({ items: await listStaff(sql, query.role ? [query.role] : STAFF_ROLES) }),
  );

  const record = { response: { 200: PersonRecord } };
  http.post(`${BASE}/invitations`, { config: admin, schema: { body: Invite, ...record } }, async ({ body, actor }) =>
    personRecord(await invite(desk, body, actor)),
  );
  http.put(
    `${BASE}/people/:personId/roles`,
    { config: admin, schema: { params: PersonPath, body: ChangeRoles, ...record } },
    async ({ params, body, actor }) => personRecord(await changeRoles(desk, params.personId, body, actor)),
  );
  http.post(
    `${BASE}/people/:personId/deactivate`,
    { config: admin, schema: { params: PersonPath, body: Deactivate, ...record } },
    async ({ params, body, actor }) => personRecord(await deactivate(desk, params.personId, body.reason, actor)),
  );
  http.post(
    `${BASE}/people/:personId/activate`,
    { config: admin, schema: { params: PersonPath, ...record } },
    async ({ params, actor }) => personRecord(await activate(desk, params.personId, actor)),
  );
  http.post(
    `${BASE}/customers`,
    { config: seller, schema: { body: RegisterCustomer, ...record } },
    async ({ body, actor }) => personRecord(await registerCustomer(desk, body, actor)),
  );
  http.post(`${BASE}/signing-keys/rotate`, { config: admin }, async () => ({ keyId: await desk.keys.rotate() }));

  keyRoutes(http, desk);
}

const STAFF_ROLES = ['seller', 'lead_seller', 'operator', 'quality', 'packer', 'foreman', 'admin', 'ops'] as const;

function keyRoutes(http: Http, desk: Desk): void {
  const keysQuery = Type.Object({ clientId: Type.Optional(Id) }, closed);
  http.get(
    `${BASE}/keys`,
    { config: keyKeeper, schema: { querystring: keysQuery, response: { 200: ApiKeys } } },
    async ({ query, actor }) => ({ items: await listKeys(desk.sql, keyClient(actor, query.clientId)) }),
  );
  http.post(
    `${BASE}/keys`,
    { config: keyKeeper, schema: { body: CreateKey, response: { 201: NewKey } } },
    async ({ body: { clientId, ...key }, actor }, reply) => {
      const made = await createKey(desk, { ...key, clientId: keyClient(actor, clientId) }, actor);
      return reply.code(201).send(made);
    },
  );
  http.post(
    `${BASE}/keys/:keyId/rotate`,
    { config: keyKeeper, schema: { params: KeyPath, body: RotateKey, response: { 201: NewKey } } },
    async ({ params, body, actor }, reply) => {
      return reply.code(201).send(await rotateKey(desk, params.keyId, body.overlapSeconds, actor));
    },
  );
  http.delete(
    `${BASE}/keys/:keyId`,
    { config: keyKeeper, schema: { params: KeyPath } },
    async ({ params, actor }, reply) => {
      await revokeKey(desk, params.keyId, actor);
      return reply.code(204).send();
    },
  );
}

function placeOf(cursor: string): { createdAt: string; id: string } {
  const [createdAt, id] = decodeCursor(cursor);
  return { createdAt: String(createdAt), id: String(id) };
}
