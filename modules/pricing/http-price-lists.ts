import { Type } from 'typebox';
import { Id, type Role } from '#contracts/basics';
import {
  AskRecheck,
  AskWhatIf,
  ChangePriceDraft,
  FixMetal,
  MakePriceDraft,
  PriceAudit,
  PriceDraft,
  PriceDraftRows,
  PriceListPage,
  PriceListRows,
  PublishPriceDraft,
  Recheck,
  WhatIf,
} from '#contracts/price-lists';
import type { Http } from '#platform/http';
import type { Desk } from './desk.ts';
import { changeDraft, draftPage, makeDraft, priceListPage, removeDraft } from './draft-price-list.ts';
import { fixMetal, publishDraft } from './publish-price-list.ts';
import { recheckQuotes } from './recheck-quotes.ts';
import { listAudit, listDrafts, listPriceLists } from './store-price-lists.ts';
import { tryDraft } from './try-price-list.ts';

const closed = { additionalProperties: false } as const;
const tags = ['price lists'];
const ByVersion = Type.Object({ version: Type.String({ minLength: 1, maxLength: 64 }) }, closed);
const ByDraft = Type.Object({ draftId: Id }, closed);
const READERS: readonly Role[] = ['seller', 'lead_seller', 'admin'];
const readers = { access: { roles: READERS } };
const admins = { access: { roles: ['admin'] as readonly Role[] } };
const leads = { access: { roles: ['lead_seller', 'admin'] as readonly Role[] } };
const MOST_BYTES = 2_000_000;
const AUDIT_SHOWN = 200;
/** Thousands of past quotes take a while on a busy machine. */
const REPLAY_TIMEOUT_MS = 60_000;

/** Price lists are read by those who sell, and edited by admins. */
export function priceListRoutes(http: Http, desk: Desk, { root }: { root: string }): void {
  listRoutes(http, desk, root);
  draftRoutes(http, desk, root);
  http.post(
    `${root}/price-drafts/:draftId/what-if`,
    {
      config: leads,
      handlerTimeout: REPLAY_TIMEOUT_MS,
      schema: { tags, params: ByDraft, body: AskWhatIf, response: { 200: WhatIf } },
    },
    async ({ params, body }) => tryDraft(desk, params.draftId, body.quotes),
  );
  http.post(
    `${root}/price-rechecks`,
    {
      config: admins,
      handlerTimeout: REPLAY_TIMEOUT_MS,
      schema: { tags, body: AskRecheck, response: { 200: Recheck } },
    },
    async ({ body }) => recheckQuotes(desk.sql, body),
  );
}

function listRoutes(http: Http, desk: Desk, root: string): void {
  http.get(
    `${root}/price-lists`,
    { config: readers, schema: { tags, response: { 200: PriceListRows } } },
    async () => ({ items: await listPriceLists(desk.sql) }),
  );
  http.get(
    `${root}/price-lists/:version`,
    { config: readers, schema: { tags, params: ByVersion, response: { 200: PriceListPage } } },
    async ({ params }) => priceListPage(desk, params.version),
  );
  http.post(
    `${root}/price-lists/metal-fix`,
    { config: admins, schema: { tags, body: FixMetal, response: { 201: PriceListPage } } },
    async ({ actor, body }, reply) => reply.code(201).send(await fixMetal(desk, actor, body)),
  );
  http.get(`${root}/price-audit`, { config: leads, schema: { tags, response: { 200: PriceAudit } } }, async () => ({
    items: await listAudit(desk.sql, AUDIT_SHOWN),
  }));
}

function draftRoutes(http: Http, desk: Desk, root: string): void {
  http.get(
    `${root}/price-drafts`,
    { config: readers, schema: { tags, response: { 200: PriceDraftRows } } },
    async () => ({ items: await listDrafts(desk.sql) }),
  );
  http.post(
    `${root}/price-drafts`,
    { config: admins, schema: { tags, body: MakePriceDraft, response: { 201: PriceDraft } } },
    async ({ actor, body }, reply) => reply.code(201).send(await makeDraft(desk, actor, body)),
  );
  http.get(
    `${root}/price-drafts/:draftId`,
    { config: readers, schema: { tags, params: ByDraft, response: { 200: PriceDraft } } },
    async ({ params }) => draftPage(desk, params.draftId),
  );
  http.put(
    `${root}/price-drafts/:draftId`,
    {
      config: admins,
      bodyLimit: MOST_BYTES,
      schema: { tags, params: ByDraft, body: ChangePriceDraft, response: { 200: PriceDraft } },
    },
    async ({ actor, params, body }) => changeDraft(desk, actor, params.draftId, body),
  );
  http.delete(
    `${root}/price-drafts/:draftId`,
    {
      config: admins,
      schema: { tags, params: ByDraft, querystring: Type.Object({ version: Type.Integer({ minimum: 1 }) }, closed) },
    },
    async ({ actor, params, query }, reply) => {
      await removeDraft(desk, actor, params.draftId, query.version);
      return reply.code(204).send();
    },
  );
  http.post(
    `${root}/price-drafts/:draftId/publish`,
    { config: admins, schema: { tags, params: ByDraft, body: PublishPriceDraft, response: { 201: PriceListPage } } },
    async ({ actor, params, body }, reply) =>
      reply.code(201).send(await publishDraft(desk, actor, params.draftId, body)),
  );
}
