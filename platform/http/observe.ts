import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSISTENCY_HEADER } from '#contracts/consistency';
import type { Log, Metrics, OpenSpan } from '#platform/telemetry';
import { openSpan } from '#platform/telemetry';
import type { Http } from './http.ts';
import { withinRequest } from './request-scope.ts';

/** Asked every few seconds by machines: not worth a line each. */
const QUIET = new Set(['/health/live', '/health/ready', '/metrics']);

/** A span, RED metrics and one log line for every request, whatever becomes of it. */
export function observeRequests(http: Http, log: Log, metrics: Metrics): void {
  const requests = metrics.counter({
    name: 'http_requests_total',
    help: 'Requests answered or broken off',
    labelNames: ['method', 'route', 'status_class'],
  });
  const durations = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer; streams are left out',
    labelNames: ['method', 'route', 'status_class'],
  });
  let underWay = 0;
  metrics.gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that are being answered',
    collect: (gauge) => gauge.set(underWay),
  });

  http.decorateRequest('openSpan', null);
  http.decorateRequest('isStream', false);
  http.decorateRequest('isQuiet', false);
  http.decorateRequest('faultCode', '');

  http.addHook('onRequest', (request, reply, done) => {
    const started = performance.now();
    const route = routeOf(request);
    request.openSpan = openSpan(`${request.method} ${route}`, {
      kind: 'server',
      parent: firstValue(request.headers['traceparent']),
      attributes: { 'http.request.method': request.method, 'http.route': route },
    });
    reply.header('x-request-id', request.id);
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      const seconds = (performance.now() - started) / 1000;
      const labels = { method: request.method, route, status_class: statusClass(reply) };
      requests.inc(labels);
      if (!request.isStream) durations.observe(labels, seconds);
      request.openSpan?.within(() => writeLine(log, request, reply, route, seconds));
      endSpan(request.openSpan, request, reply);
    });
    const opened = request.openSpan;
    const consistency = firstValue(request.headers[CONSISTENCY_HEADER]) ?? '';
    withinRequest({ id: request.id, consistency }, () => opened.within(done));
  });
}

function writeLine(log: Log, request: FastifyRequest, reply: FastifyReply, route: string, seconds: number): void {
  const status = statusOf(reply);
  const isQuiet = status < 500 && (request.isQuiet || QUIET.has(route));
  const level = isQuiet ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const params = request.params as Record<string, string> | null;
  const line = {
    event: 'http.request',
    requestId: request.id,
    method: request.method,
    route,
    status,
    durationMs: Math.round(seconds * 1e5) / 100,
    ...(request.faultCode ? { code: request.faultCode } : {}),
    ...(request.actor ? { actorId: request.actor.id } : {}),
    ...(params?.['orderId'] ? { orderId: params['orderId'] } : {}),
    ...(params?.['quoteId'] ? { quoteId: params['quoteId'] } : {}),
  };
  log[level](line, `${request.method} ${route} ${status}`);
}

function endSpan(opened: OpenSpan | null, request: FastifyRequest, reply: FastifyReply): void {
  if (!opened) return;
  const status = statusOf(reply);
  opened.span.setAttribute('http.response.status_code', status);
  const orderId = (request.params as Record<string, string> | null)?.['orderId'];
  if (orderId) opened.span.setAttribute('order.id', orderId);
  if (request.actor) opened.span.setAttribute('actor.id', request.actor.id);
  opened.end(status >= 500 ? new Error(request.faultCode || `Status ${status}`) : undefined);
}

/** 499, as proxies call it: the caller went away before the answer was whole. */
function statusOf(reply: FastifyReply): number {
  return reply.raw.writableFinished || reply.request.isStream ? reply.raw.statusCode : 499;
}

function statusClass(reply: FastifyReply): string {
  return `${Math.floor(statusOf(reply) / 100)}xx`;
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}

function firstValue(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
