import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Part } from '#platform/lifecycle';
import { AsyncContext } from './async-context.ts';

export type { Span } from '@opentelemetry/api';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

export interface SpanOptions {
  /** `internal` if left out. */
  kind?: keyof typeof KINDS;
  attributes?: Attributes;
  /** W3C traceparent to continue, instead of the active span. Null or unreadable: the active span, if any. */
  parent?: string | null;
  /** Traceparents of other traces that led here, e.g. of a batch's events. Unreadable ones are left out. */
  links?: readonly (string | null)[];
}

export interface TracingOptions {
  service: string;
  role: string;
  version: string;
  /** Root of an OTLP/HTTP collector, e.g. `http://tempo:4318`. Left out, spans only make ids for logs and headers. */
  otlpUrl?: string | undefined;
}

/** Spans go nowhere: they are made of ids alone, without the SDK. */
let idsOnly = false;

/** Tracing of this process; there is one at a time. Stopping sends what is left, within 3 s. */
export function startTracing({ service, role, version, otlpUrl }: TracingOptions): Part {
  let provider: BasicTracerProvider | undefined;
  return {
    name: 'tracing',
    async start() {
      provider = new BasicTracerProvider({
        resource: resourceFromAttributes({
          'service.name': service,
          'service.version': version,
          'forgeline.role': role,
          'process.pid': process.pid,
        }),
        sampler: otlpUrl ? new AlwaysOnSampler() : new AlwaysOffSampler(),
        spanProcessors: otlpUrl ? [await otlpProcessor(otlpUrl)] : [],
        forceFlushTimeoutMillis: 3000,
      });
      if (!trace.setGlobalTracerProvider(provider)) throw new Error('Tracing is already started in this process');
      context.setGlobalContextManager(new AsyncContext());
      idsOnly = !otlpUrl;
    },
    async stop() {
      idsOnly = false;
      trace.disable();
      context.disable();
      // A collector that is away costs its spans, never the orderly stop.
      await provider?.shutdown().catch(() => undefined);
    },
  };
}

async function otlpProcessor(otlpUrl: string): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const url = new URL(otlpUrl);
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url: url.href, timeoutMillis: 3000 });
  return new BatchSpanProcessor(exporter, { scheduledDelayMillis: 500, exportTimeoutMillis: 3000, maxQueueSize: 8192 });
}

/** A span whose end is not the end of a function, e.g. of an HTTP request. Whoever opens it must end it. */
export interface OpenSpan {
  readonly span: Span;
  /** Runs `work` with this span as the active one. */
  within<T>(work: () => T): T;
  /** With an error, the span is marked as failed. */
  end(error?: unknown): void;
}

export function openSpan(name: string, options: SpanOptions): OpenSpan {
  const parent = parentContext(options.parent);
  const opened = idsOnly ? spanOfIds(parent) : startSpan(name, options, parent);
  const inside = trace.setSpan(parent, opened);
  return {
    span: opened,
    within: (work) => context.with(inside, work),
    end: (error) => {
      if (error !== undefined) markFailed(opened, error);
      opened.end();
    },
  };
}

function startSpan(name: string, options: SpanOptions, parent: Context): Span {
  return trace.getTracer('forgeline').startSpan(
    name,
    {
      kind: KINDS[options.kind ?? 'internal'],
      ...(options.attributes ? { attributes: options.attributes } : {}),
      links: spanContexts(options.links ?? []).map((linked) => ({ context: linked })),
    },
    parent,
  );
}

function spanOfIds(parent: Context): Span {
  const within = trace.getSpanContext(parent);
  return trace.wrapSpanContext({
    traceId: within && isSpanContextValid(within) ? within.traceId : randomHex(32),
    spanId: randomHex(16),
    traceFlags: TraceFlags.NONE,
  });
}

/** `digits`: a multiple of 8. Tells spans apart; it need not be hard to guess. */
function randomHex(digits: number): string {
  let text = '';
  while (text.length < digits) {
    // Never zero as a whole, which would make the id void.
    text += (1 + Math.floor(Math.random() * 0xffff_ffff)).toString(16).padStart(8, '0');
  }
  return text;
}

/** Runs `run` inside a span that ends with it; an error marks the span and goes on to the caller. */
export async function span<T>(name: string, options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> {
  const opened = openSpan(name, options);
  try {
    const result = await opened.within(() => run(opened.span));
    opened.end();
    return result;
  } catch (error) {
    opened.end(error ?? new Error('Rejected without a reason'));
    throw error;
  }
}

/** The W3C traceparent of the active span, to travel in a header or an outbox row; null outside of every span. */
export function currentTraceparent(): string | null {
  const active = trace.getActiveSpan()?.spanContext();
  if (!active || !isSpanContextValid(active)) return null;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, '0')}`;
}

function parentContext(traceparent: string | null | undefined): Context {
  const remote = traceparent ? parseTraceParent(traceparent) : null;
  return remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : context.active();
}

function spanContexts(traceparents: readonly (string | null)[]): SpanContext[] {
  return traceparents.flatMap((text) => (text && parseTraceParent(text)) || []);
}

function markFailed(failed: Span, error: unknown): void {
  const reason = error instanceof Error ? error : new Error(String(error));
  failed.recordException(reason);
  failed.setStatus({ code: SpanStatusCode.ERROR, message: reason.message });
}
