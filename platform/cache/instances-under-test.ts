import { Type } from 'typebox';
import { openDatabase, primaryReads, type Sql } from '#platform/database';
import { type HttpServer, httpServer } from '#platform/http';
import { type LiveChanges, liveChanges } from '#platform/live';
import { createLog, createMetrics } from '#platform/telemetry';
import type { TestActors } from '#platform/testing';
import { type AnswerCache, answerCache, type View } from './index.ts';

/** A tenth of what production trusts, so that a test sees the bound struck often. */
export const TRUST_MS = 200;
export const ROOM = { name: 'crm', hears: [], migrations: new URL('./fixtures/migrations/', import.meta.url) };

const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });
const closed = { additionalProperties: false } as const;
const Things = Type.Object(
  { values: Type.Record(Type.String(), Type.Integer()), asOf: Type.Optional(Type.String()) },
  { $id: 'Things', ...closed },
);

export interface Answer {
  status: number;
  tag: string;
  values: Record<string, number>;
  headers: Record<string, unknown>;
}

/** One process of several: its own pools, its own listener, its own cache. */
export interface Instance {
  live: LiveChanges;
  cache: AnswerCache;
  http: HttpServer['http'];
  /** Statements that it sent to the database for routes, its own checks left out. */
  queries(): number;
  /** True: what the database notifies it of is lost on the way. */
  deaf: boolean;
  /** Notifications that were lost. */
  lost: number;
  /** Added to its clock, as after a pause of the process. */
  pausedMs: number;
  /** `tag`: If-None-Match. */
  ask(token: string, tag?: string, path?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  url: string;
  actors: TestActors;
  /** Where content is read first, when not where it is written. */
  readsUrl?: string;
  /** Routes beside `/things`. */
  views?: Record<string, View>;
  trustMs?: number;
}

export function scopeOf(owner: string): string {
  return `owner:${owner}`;
}

export function thingsView(owner: string): View {
  return {
    name: 'things',
    key: owner,
    scopes: [scopeOf(owner)],
    async read(tx) {
      const rows = await tx<{ id: number; value: number }[]>`select id, value from thing where owner = ${owner}`;
      return { members: { values: Object.fromEntries(rows.map(({ id, value }) => [id, value])) }, hidden: undefined };
    },
  };
}

/** A process that changes things and serves nobody. */
export function writer(sql: Sql): LiveChanges {
  return liveChanges({ sql, room: 'crm', log });
}

/** As a projection does: changes a row and announces it, in one transaction. */
export async function write(sql: Sql, live: LiveChanges, owner: string, value: number, id = 1): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`
      insert into thing (owner, id, value) values (${owner}, ${id}, ${value})
      on conflict (owner, id) do update set value = excluded.value`;
    await live.announceAll(tx, [{ scope: scopeOf(owner) }]);
  });
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { url, actors, readsUrl, views = {}, trustMs = TRUST_MS } = options;
  const state = { deaf: false, lost: 0, pausedMs: 0 };
  const now = () => performance.now() + state.pausedMs;
  const databases = [openDatabase({ url, room: 'crm' })];
  const [{ sql }] = databases as [ReturnType<typeof openDatabase>];
  if (readsUrl) databases.push(openDatabase({ url: readsUrl, room: 'crm' }));
  const lossy: Sql = Object.assign(((...query: Parameters<Sql>) => sql(...query)) as Sql, sql, {
    listen: (channel: string, onNotify: (payload: string) => void, onListen?: () => void) =>
      sql.listen(
        channel,
        (payload) => {
          if (state.deaf) state.lost += 1;
          else onNotify(payload);
        },
        onListen,
      ),
  });
  const counted = countedSql(sql);
  const live = liveChanges({ sql: lossy, room: 'crm', log, trustMs, checkMs: trustMs / 2, now });
  const cache = answerCache({
    room: 'crm',
    live: {
      ...live,
      async lookUp(scopes) {
        counted.count();
        return live.lookUp(scopes);
      },
    },
    sql: counted.sql,
    ...(databases[1] ? { reads: primaryReads(databases[1].sql) } : {}),
    metrics: createMetrics({ service: 'test', role: 'test', version: '0' }),
    boundMs: trustMs,
    now,
  });
  const server = httpServer({
    service: 'test',
    host: '127.0.0.1',
    port: 0,
    verifier: actors.verifier,
    log,
    metrics: createMetrics({ service: 'test', role: 'test', version: '0' }),
    ready: async () => ({ ready: true, reasons: [] }),
  });
  const config = { access: 'signed_in' } as const;
  server.http.get('/things', { config, schema: { response: { 200: Things } } }, (request, reply) =>
    cache.answer(request, reply, [thingsView(request.actor.id)]),
  );
  for (const [path, view] of Object.entries(views)) {
    server.http.get(path, { config, schema: { response: { 200: Things } } }, (request, reply) =>
      cache.answer(request, reply, [view]),
    );
  }
  await live.start?.();
  return Object.assign(state, {
    live,
    cache,
    http: server.http,
    queries: counted.queries,
    async ask(token: string, tag?: string, path = '/things') {
      const headers = { authorization: `Bearer ${token}`, ...(tag ? { 'if-none-match': tag } : {}) };
      const answer = await server.http.inject({ url: path, headers });
      const values = answer.statusCode === 200 ? answer.json<{ values: Record<string, number> }>().values : {};
      return {
        status: answer.statusCode,
        tag: String(answer.headers['etag'] ?? ''),
        values,
        headers: answer.headers,
      };
    },
    async stop() {
      await live.stop?.();
      await Promise.all(databases.map(({ end }) => end()));
    },
  });
}

/** Counts transactions: what the cache reads, it reads in one. */
function countedSql(sql: Sql): { sql: Sql; queries(): number; count(): void } {
  let queries = 0;
  const count = () => {
    queries += 1;
  };
  const begin = ((...given: Parameters<Sql['begin']>) => {
    count();
    return sql.begin(...given);
  }) as Sql['begin'];
  const wrapped = Object.assign(
    ((...query: Parameters<Sql>) => {
      count();
      return sql(...query);
    }) as Sql,
    sql,
    { begin },
  );
  return { sql: wrapped, queries: () => queries, count };
}
