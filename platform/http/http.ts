import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifySchema, RawServerDefault } from 'fastify';
import type { Actor } from '#contracts/identity';
import type { PartnerScope } from '#contracts/partners';
import type { Part } from '#platform/lifecycle';
import type { OpenSpan } from '#platform/telemetry';
import type { Access } from './access.ts';

/** Where a room registers its routes; schemas are TypeBox and give the types of params, query, body and answer. */
export type Http = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A bounded context as the composition root sees it. */
export interface Room extends Part {
  /** Registers the room's routes under their full paths. */
  routes(http: Http): void;
}

export interface RouteRow {
  method: string;
  url: string;
  access: Access;
  schema: FastifySchema;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** What an API key with scopes needs for this route; without it such a key may only read. */
    scope?: PartnerScope;
  }
  interface FastifyRequest {
    /** Proven; only on routes whose access is not `public`. */
    actor: Actor;
    /** To pass on when another room is asked on the actor's behalf. */
    actorToken: string;
    openSpan: OpenSpan | null;
    /** True once the answer has become a stream of events. */
    isStream: boolean;
    /** No line in the log above debug: one of very many alike. */
    isQuiet: boolean;
    /** Code of the refusal that was answered. */
    faultCode: string;
  }
  interface FastifyInstance {
    /** Every route with who may call it, in order of registration. */
    routeTable(): readonly RouteRow[];
    streams: OpenStreams;
    /** False once a token that was proven here has expired or was revoked. */
    tokenStands(token: string): boolean;
  }
}

/** Streams of events that are open on a server. */
export interface OpenStreams {
  add(stream: OpenStream): void;
  delete(stream: OpenStream): void;
}

export interface OpenStream {
  /** False when the token that opened it has expired or was revoked. */
  stands(): boolean;
  end(): void;
}
