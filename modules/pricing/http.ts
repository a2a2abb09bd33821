import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Currency, Id, type Role, Sha256 } from '#contracts/basics';
import { COMMON_ERRORS } from '#contracts/errors';
import { Catalogue, Model, Quote, RequestQuote } from '#contracts/pricing';
import { Fault, type Http, sse } from '#platform/http';
import { cancelQuote } from './cancel-quote.ts';
import { catalogueOf } from './catalogue.ts';
import { createQuote } from './create-quote.ts';
import type { Desk } from './desk.ts';
import { MAX_FILE_BYTES } from './geometry/index.ts';
import { priceListRoutes } from './http-price-lists.ts';
import { similarRoutes } from './http-similar.ts';
import { viewRoutes } from './http-views.ts';
import { isPending } from './quote.ts';
import { modelPage, quotePage } from './quote-page.ts';
import type { QuoteWatch } from './quote-watch.ts';
import { sendFile } from './send-file.ts';
import { livePriceList } from './store-price-lists.ts';
import { uploadModel } from './upload-model.ts';

const ROOT = '/api/internal/v1/pricing';
const closed = { additionalProperties: false } as const;
const ById = Type.Object({ id: Id }, closed);
const tags = ['pricing'];

const BUYERS: readonly Role[] = ['customer', 'partner', 'seller', 'lead_seller'];
/** Those who make, check or sell a part open its file by its hash, as the order names it. */
const MAKERS: readonly Role[] = ['seller', 'lead_seller', 'operator', 'quality', 'packer', 'foreman', 'admin'];

/** 512 MB over a slow line. */
const UPLOAD_TIMEOUT_MS = 15 * 60_000;

export function pricingRoutes(http: Http, desk: Desk, watch: QuoteWatch): void {
  modelRoutes(http, desk);
  viewRoutes(http, desk, { root: ROOT, makers: MAKERS });
  similarRoutes(http, desk, ROOT);
  quoteRoutes(http, desk, watch);
  priceListRoutes(http, desk, { root: ROOT });
  http.get(
    `${ROOT}/catalogue`,
    {
      config: { access: 'public' },
      schema: { tags, querystring: Type.Object({ currency: Currency }, closed), response: { 200: Catalogue } },
    },
    async ({ query }) => catalogueOf(await livePriceList(desk.sql, query.currency)),
  );
}

function modelRoutes(http: Http, desk: Desk): void {
  http.post(
    `${ROOT}/models`,
    {
      config: { access: { roles: BUYERS }, scope: 'models:write' },
      bodyLimit: MAX_FILE_BYTES,
      handlerTimeout: UPLOAD_TIMEOUT_MS,
      schema: {
        tags,
        consumes: ['application/octet-stream'],
        querystring: Type.Object({ fileName: Type.String({ minLength: 1, maxLength: 1000 }) }, closed),
        response: { 201: Model },
      },
    },
    async (request, reply) => {
      const body = request.body ?? Readable.from([]);
      if (!(body instanceof Readable)) throw new Fault(COMMON_ERRORS['request.unsupported_type']);
      return reply.code(201).send(await uploadModel(desk, request.actor, request.query.fileName, body));
    },
  );
  http.get(
    `${ROOT}/models/:id`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById, response: { 200: Model } } },
    async ({ actor, params }) => modelPage(desk, actor, params.id),
  );
  http.get(
    `${ROOT}/models/:id/file`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById } },
    async ({ actor, params }, reply) => {
      const { sha256, fileName, bytes } = await modelPage(desk, actor, params.id);
      reply.header('content-length', bytes);
      reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`);
      return sendFile(desk, reply, sha256);
    },
  );
  http.get(
    `${ROOT}/files/:sha256`,
    { config: { access: { roles: MAKERS } }, schema: { tags, params: Type.Object({ sha256: Sha256 }, closed) } },
    async ({ params }, reply) => sendFile(desk, reply, params.sha256),
  );
}

function quoteRoutes(http: Http, desk: Desk, watch: QuoteWatch): void {
  http.post(
    `${ROOT}/quotes`,
    {
      config: { access: { roles: BUYERS }, scope: 'quotes:write' },
      schema: { tags, body: RequestQuote, response: { 201: Quote, 202: Quote } },
    },
    async ({ actor, body }, reply) => {
      const quote = await createQuote(desk, actor, body);
      return reply.code(isPending(quote) ? 202 : 201).send(quote);
    },
  );
  http.get(
    `${ROOT}/quotes/:id`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById, response: { 200: Quote } } },
    async ({ actor, params }) => quotePage(desk, actor, params.id),
  );
  http.get(
    `${ROOT}/quotes/:id/events`,
    { config: { access: 'signed_in' }, schema: { tags, params: ById } },
    async (request, reply) => {
      const { actor, params } = request;
      await quotePage(desk, actor, params.id);
      sse(request, reply, watch.source(actor, params.id));
    },
  );
  http.delete(
    `${ROOT}/quotes/:id`,
    {
      config: { access: 'signed_in', scope: 'quotes:write' },
      schema: { tags, params: ById, response: { 200: Quote } },
    },
    async ({ actor, params }) => cancelQuote(desk, actor, params.id),
  );
}
