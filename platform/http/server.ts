import { type AddressInfo, isIPv6 } from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify';
import { CONSISTENCY_HEADER, mergeTokens } from '#contracts/consistency';
import { COMMON_ERRORS } from '#contracts/errors';
import type { ActorVerifier } from '#platform/actor';
import { randomId } from '#platform/clock';
import type { Part } from '#platform/lifecycle';
import type { Log, Metrics } from '#platform/telemetry';
import { type Access, authenticate, requireAccess } from './access.ts';
import { compileSerializer } from './answer.ts';
import { toFault } from './classify.ts';
import { Fault, problemOf } from './fault.ts';
import type { Http, Room, RouteRow } from './http.ts';
import { observeRequests } from './observe.ts';
import { type Audience, documentUrl, type OpenApiDocument, openApi } from './openapi.ts';
import { learnedConsistency } from './request-scope.ts';
import { API_HEADERS } from './security-headers.ts';
import { openStreams } from './streams.ts';
import { compileValidator, openObject } from './validation.ts';

export interface Readiness {
  ready: boolean;
  /** What is missing, for a person; empty when ready. */
  reasons: string[];
}

export interface HttpServerOptions {
  service: string;
  host: string;
  /** 0 takes any free port; `origin` says which. */
  port: number;
  verifier: ActorVerifier;
  log: Log;
  metrics: Metrics;
  ready: () => Promise<Readiness>;
  /** Addresses of balancers whose X-Forwarded-For is believed; none if left out. */
  trustedProxies?: string[];
  /** How long new requests are still taken after readiness went false, so that balancers notice. */
  drainMs?: number;
}

/** Where a room's database is now, as a consistency token; null where nobody needs one. */
export type Place = () => Promise<string | null>;

export interface HttpServer extends Part {
  http: Http;
  /** Registers a room's routes. The answers to its commands say where its database is then. */
  house(room: Room, place: Place): void;
  /** `http://host:port`, once started. */
  readonly origin: string;
  /** Readiness goes false at once; the server still answers. */
  drain(): void;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const SHORT_BODY_BYTES = 64 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** A whole request, uploads included. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;
/** A connection on which nothing moves. Streams beat every 10 s. */
const IDLE_TIMEOUT_MS = 65_000;
/** Requests under way at the stop get this long before their connections are cut. */
const CLOSE_WITHIN_MS = 10_000;
const REQUEST_ID = /^[\w-]{8,64}$/;

/** The HTTP server of a process: every rule that holds for all rooms' routes is here. */
export function httpServer(options: HttpServerOptions): HttpServer {
  const { service, host, port, verifier, log, metrics, drainMs = 0 } = options;
  const streams = openStreams();
  const http = makeHttp(options);
  const table: RouteRow[] = [];
  const state = { started: false, draining: false };
  let housing: Place | null = null;

  http.decorate('routeTable', () => table);
  http.decorate('streams', streams);
  http.decorate('tokenStands', (token: string) => verifier.stands(token));
  // First, so that a refusal of any later hook or validator is already a problem document.
  installErrorHandlers(http, log);
  recordRoutes(http, table);
  http.addHook('onRoute', (route) => {
    if (housing) tellPlace(route, housing);
  });
  observeRequests(http, log, metrics);
  http.addHook('onRequest', (request, reply, done) => {
    reply.headers(API_HEADERS);
    if (state.draining) reply.header('connection', 'close');
    promptly(done, () => {
      refuseTooLarge(request);
      return authenticate(request, request.routeOptions.config.access ?? 'public', verifier);
    });
  });
  http.addHook('preValidation', (request, _reply, done) => promptly(done, () => refuseUnexpected(request)));
  healthRoutes(http, state, options);
  documentRoutes(http);

  return {
    name: `http ${service}`,
    http,
    house(room, place) {
      housing = place;
      room.routes(http);
      housing = null;
    },
    get origin() {
      const address = http.server.address() as AddressInfo | null;
      if (!address) throw new Error('The HTTP server is not started');
      const shown = isIPv6(address.address) ? `[${address.address}]` : address.address;
      return `http://${shown === '0.0.0.0' ? '127.0.0.1' : shown}:${address.port}`;
    },
    async start() {
      await http.listen({ host, port });
      streams.start();
      state.started = true;
    },
    drain() {
      state.draining = true;
    },
    async stop() {
      state.draining = true;
      if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
      streams.endAll();
      const cut = setTimeout(() => http.server.closeAllConnections(), CLOSE_WITHIN_MS);
      await http.close();
      clearTimeout(cut);
    },
  };
}

function makeHttp({ log, trustedProxies }: HttpServerOptions): Http {
  const http: Http = fastify({
    loggerInstance: log as FastifyBaseLogger,
    // Every line of ours names its request itself: a logger for each request would be made for nothing.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomId();
    },
    bodyLimit: BODY_LIMIT_BYTES,
    handlerTimeout: ANSWER_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    trustProxy: trustedProxies ?? false,
    frameworkErrors: (error, request, reply) => sendFault(toFault(error, true), request, reply),
  });
  http.setValidatorCompiler(compileValidator);
  http.setSerializerCompiler(compileSerializer);
  http.removeContentTypeParser('text/plain');
  // A file is handed to the route as a stream; whoever stores it counts the bytes.
  http.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  return http;
}

/** A hook that goes on at once when there is nothing to wait for: a promise costs every request a turn. */
function promptly(done: (error?: FastifyError) => void, act: () => void | Promise<void>): void {
  let waiting: void | Promise<void>;
  try {
    waiting = act();
  } catch (error) {
    done(error as FastifyError);
    return;
  }
  if (waiting) waiting.then(() => done(), done);
  else done();
}

function installErrorHandlers(http: Http, log: Log): void {
  http.setErrorHandler((error: FastifyError | Fault, request, reply) => {
    const fault = toFault(error, request.raw.complete);
    if (fault.kind.status >= 500) {
      const orderId = (request.params as { orderId?: string } | null)?.orderId;
      log.error(
        {
          event: 'http.fault',
          requestId: request.id,
          code: fault.code,
          err: fault.cause ?? fault,
          ...(orderId ? { orderId } : {}),
        },
        fault.message,
      );
    }
    return sendFault(fault, request, reply);
  });
  http.setNotFoundHandler((request, reply) => {
    return sendFault(new Fault(COMMON_ERRORS['resource.not_found']), request, reply);
  });
}

function sendFault(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.faultCode = fault.code;
  if (fault.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(fault.retryAfterSeconds))));
  }
  if (fault.kind.status === 401) reply.header('www-authenticate', 'Bearer');
  if (!isSoonRead(request)) reply.header('connection', 'close');
  return reply
    .code(fault.kind.status)
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(fault, request.id));
}

/** What is left of a refused body is read to its end, to keep the connection: a new one costs more than a short rest does. */
function isSoonRead({ raw }: FastifyRequest): boolean {
  return raw.complete || Number(raw.headers['content-length'] ?? Number.NaN) <= SHORT_BODY_BYTES;
}

function recordRoutes(http: Http, table: RouteRow[]): void {
  http.addHook('onRoute', (route) => {
    const access: Access = requireAccess(route);
    const schema = route.schema ?? {};
    for (const part of ['body', 'querystring', 'params'] as const) {
      const open = openObject(schema[part]);
      if (open) {
        throw new Error(
          `Route ${route.method} ${route.url}: ${part} ${open} would let unknown fields pass: add additionalProperties: false`,
        );
      }
    }
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD') table.push({ method, url: route.url, access, schema });
    }
  });
}

/**
 * After what was done, and after a conflict, whose answer speaks of what somebody else did. Not after other refusals, which must
 * cost the database nothing, nor after a failure: the caller repeats the command, and is told by that answer.
 */
function tellPlace(route: RouteOptions, place: Place): void {
  if (route.method === 'GET' || route.method === 'HEAD') return;
  const tell = async (_request: FastifyRequest, reply: FastifyReply) => {
    if (reply.statusCode >= 400 && reply.statusCode !== 409) return;
    const tokens = mergeTokens(learnedConsistency(), (await place()) ?? '');
    if (tokens) reply.header(CONSISTENCY_HEADER, tokens);
  };
  route.onSend = [route.onSend ?? [], tell].flat() as typeof route.onSend & object;
}

function refuseTooLarge(request: FastifyRequest): void {
  const announced = Number(request.headers['content-length'] ?? 0);
  const limit = request.routeOptions.bodyLimit;
  if (announced > limit) {
    throw new Fault(COMMON_ERRORS['request.too_large'], {
      detail: `At most ${limit} bytes are taken here`,
      members: { limit },
    });
  }
}

/** What a route has no schema for, it does not take: neither a query nor a JSON body. */
function refuseUnexpected(request: FastifyRequest): void {
  const { schema, url } = request.routeOptions;
  if (url === undefined) return;
  const query = Object.keys(request.query as object)[0];
  // A face's own router may keep its state in the query.
  if (!schema?.querystring && query !== undefined && !url.endsWith('*')) {
    throw new Fault(COMMON_ERRORS['request.invalid'], { detail: `${query} in the query is not known here` });
  }
  const body = request.body;
  if (schema?.body || typeof body !== 'object' || body === null) return;
  const plain = Object.getPrototypeOf(body) === Object.prototype || Array.isArray(body);
  const field = plain ? Object.keys(body)[0] : undefined;
  if (field !== undefined) {
    throw new Fault(COMMON_ERRORS['request.invalid'], { detail: `${field} in the body is not known here` });
  }
}

function healthRoutes(http: Http, state: { started: boolean; draining: boolean }, options: HttpServerOptions): void {
  const config = { access: 'public' } as const;
  http.get('/health/live', { config }, async () => ({ status: 'alive' }));
  http.get('/health/ready', { config }, async (_request, reply) => {
    const { ready, reasons } = await readiness(state, options);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', reasons });
  });
  http.get('/metrics', { config }, async (_request, reply) => {
    return reply.header('content-type', options.metrics.contentType).send(await options.metrics.text());
  });
}

function documentRoutes(http: Http): void {
  const made = new Map<Audience, Promise<OpenApiDocument>>();
  for (const audience of ['internal', 'external'] as const) {
    http.get(documentUrl(audience), { config: { access: 'public' } }, async () => {
      const document = made.get(audience) ?? openApi(http, audience);
      made.set(audience, document);
      return document;
    });
  }
}

async function readiness(
  state: { started: boolean; draining: boolean },
  options: HttpServerOptions,
): Promise<Readiness> {
  if (state.draining) return { ready: false, reasons: ['The process is stopping'] };
  if (!state.started) return { ready: false, reasons: ['The process is starting'] };
  try {
    return await options.ready();
  } catch (error) {
    options.log.warn({ event: 'http.readiness', err: error }, 'Readiness could not be determined');
    return { ready: false, reasons: ['Readiness could not be determined'] };
  }
}
