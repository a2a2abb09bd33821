import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fragment, Reads, Sql } from '#platform/database';
import { checkAnswer, currentConsistency } from '#platform/http';
import { type LiveChanges, readGenerations, readWithGenerations, type Stamp } from '#platform/live';
import type { Metrics } from '#platform/telemetry';
import { Bodies } from './bodies.ts';
import { digest, entityTag, isNamed, partTag } from './entity-tag.ts';

/** Something that can be held: the members of an answer's JSON object, or some of them. */
export type View<Hidden = undefined> = ViewOf & (ReadView<Hidden> | ValueView<Hidden>);

interface ViewOf {
  /** Of the view, e.g. `crm.orders`; a label in metrics. */
  name: string;
  /** Everything beside the scopes that decides the content: the question, and who asks where that matters. */
  key: string;
  /** What its content is made of: it is good until one of them changes. */
  scopes: readonly string[];
  /** May be given for so long although a scope has changed since, milliseconds. The bound of two seconds has room for one. */
  mayLagMs?: number;
  /** True: the content also changes by itself as time passes; what is filled says when. */
  isTimed?: boolean;
}

/** Read by several statements. */
interface ReadView<Hidden> {
  /** Everything within the one snapshot that `tx` is. */
  read(tx: Sql): Promise<Filled<Hidden>>;
}

/** Read by one json value, in one statement with its generations: no transaction is opened for it. */
interface ValueView<Hidden> {
  value(sql: Sql): Fragment;
  /** Of that value, parsed; members of plain data only. */
  filled(value: unknown): Filled<Hidden>;
}

export interface Filled<Hidden = undefined> {
  members: object;
  /** Kept beside the content, never sent. */
  hidden: Hidden;
  /** How long the content is right if nothing is announced, milliseconds. Left out: for ever. */
  rightForMs?: number;
  /** Differs between contents that time alone has made different. */
  moment?: string;
}

export interface AnswerCache {
  /** The view's hidden part, from memory when nothing has changed. */
  hidden<Hidden>(view: View<Hidden>): Promise<Hidden>;
  /**
   * Answers with the members of these views in one object, and `asOf` if the room has one: 304 when the caller has it,
   * both without a query when nothing has changed. Whoever calls has seen to it that the actor may read them. Resolves to
   * the reply, for the route to return; its body is checked here against the route's schema.
   */
  answer(request: FastifyRequest, reply: FastifyReply, views: readonly View<unknown>[]): Promise<never>;
}

export interface AnswerCacheOptions {
  room: string;
  live: Pick<LiveChanges, 'known' | 'lookUp'>;
  /** The room's own database: what a replica has not got yet is read there. */
  sql: Sql;
  /** Where content is read first; `sql` if left out. */
  reads?: Pick<Reads, 'read'>;
  metrics: Metrics;
  /** What the answers carry as `asOf`. Left out: they carry none. */
  asOf?: () => string | Promise<string>;
  /** Bytes of held answers. */
  mostBytes?: number;
  /** How old an answer may be, milliseconds. */
  boundMs?: number;
  /** Milliseconds of a clock that is never set. */
  now?: () => number;
}

interface Held extends Stamp {
  readonly body: Buffer;
  /** What the body says, where that is at hand, until it was checked. */
  plain: object | null;
  readonly hidden: unknown;
  readonly tag: string;
  readonly readAt: number;
  readonly rightUntil: number;
  /** Routes whose schema has found it right. */
  readonly checked: Set<string>;
}

type How = 'unchanged' | 'held' | 'joined' | 'filled';

const DEFAULT_BYTES = 32 * 1024 * 1024;
const ONE_SNAPSHOT = 'isolation level repeatable read read only';

/** Answers held in memory and 304s, both decided by the generations that platform/live keeps: see its README. */
export function answerCache(options: AnswerCacheOptions): AnswerCache {
  const {
    room,
    live,
    sql,
    reads,
    metrics,
    asOf,
    mostBytes = DEFAULT_BYTES,
    boundMs = 2_000,
    now = () => performance.now(),
  } = options;
  const bodies = new Bodies<Held>(mostBytes);
  const filling = new Map<string, Promise<Held>>();
  const answers = metrics.counter({
    name: 'cache_answers_total',
    help: 'Answers of views that can be held: unchanged (304), held, joined to a read under way, filled by a read',
    labelNames: ['room', 'view', 'how'],
  });
  const lookUps = metrics.counter({
    name: 'cache_generation_lookups_total',
    help: 'Times that generations had to be asked of the database',
    labelNames: ['room'],
  });
  metrics.gauge({
    name: 'cache_bytes',
    help: 'Memory of held answers',
    labelNames: ['room'],
    collect: (gauge) => gauge.set({ room }, bodies.bytes),
  });

  /** Of all views without a query; null when one has to be asked for. */
  function knownOf(views: readonly View<unknown>[]): Stamp[] | null {
    // Who has just acted, maybe on another process, must not meet a map that has not heard of it.
    if (currentConsistency() !== '') return null;
    const stamps: Stamp[] = [];
    for (const { scopes } of views) {
      const known = live.known(scopes);
      if (!known) return null;
      stamps.push(known);
    }
    return stamps;
  }

  async function stampOf({ scopes }: View<unknown>): Promise<Stamp> {
    const known = currentConsistency() === '' ? live.known(scopes) : null;
    if (known) return known;
    lookUps.inc({ room });
    return live.lookUp(scopes);
  }

  function heldOf(view: View<unknown>, stamp: Stamp): Held | null {
    const held = bodies.get(keyOf(view));
    if (!held || held.epoch !== stamp.epoch) return null;
    const at = now();
    if (at >= held.rightUntil) return null;
    const age = at - held.readAt;
    // What was read just now may be ahead of what was heard. Later that would be of a time that a restored database has lost.
    const isCurrent = equals(held, stamp) || (covers(held, stamp) && age < boundMs);
    return isCurrent || age < (view.mayLagMs ?? 0) ? held : null;
  }

  /** The tag that the caller's must be for a 304; null when only the content can tell. */
  function tagOf(view: View<unknown>, stamp: Stamp): string | null {
    const held = heldOf(view, stamp);
    if (held) return held.tag;
    return view.isTimed || view.mayLagMs ? null : partTag(stamp, keyOf(view));
  }

  function tagNow(shape: string, views: readonly View<unknown>[], stamps: readonly Stamp[]): string | null {
    const tags: string[] = [];
    for (const [at, view] of views.entries()) {
      const tag = tagOf(view, stamps[at]!);
      if (tag === null) return null;
      tags.push(tag);
    }
    return entityTag(shape, tags);
  }

  async function contentOf(view: View<unknown>, stamp: Stamp): Promise<{ held: Held; how: How }> {
    const held = heldOf(view, stamp);
    if (held) return { held, how: 'held' };
    const flight = `${keyOf(view)} ${stamp.epoch} ${stamp.gens.join()}`;
    const underWay = filling.get(flight);
    if (underWay) return { held: await underWay, how: 'joined' };
    const mine = fill(view, stamp).finally(() => filling.delete(flight));
    filling.set(flight, mine);
    return { held: await mine, how: 'filled' };
  }

  async function fill(view: View<unknown>, stamp: Stamp): Promise<Held> {
    const first = reads ? await reads.read((from) => readFrom(from, view)) : null;
    // Not from a replica that is behind what is known here.
    const held = first && covers(first, stamp) ? first : await readFrom(sql, view);
    bodies.set(keyOf(view), held);
    return held;
  }

  async function readFrom(from: Sql, view: View<unknown>): Promise<Held> {
    const readAt = now();
    const { stamp, filled } = await ('value' in view ? readValue(from, view) : readInTransaction(from, view));
    const { members, hidden, rightForMs = Number.POSITIVE_INFINITY, moment = '' } = filled;
    return {
      ...stamp,
      body: Buffer.from(JSON.stringify(members)),
      plain: 'value' in view ? members : null,
      hidden,
      tag: partTag(stamp, moment === '' ? keyOf(view) : `${keyOf(view)} ${moment}`),
      readAt,
      rightUntil: readAt + rightForMs,
      checked: new Set(),
    };
  }

  return {
    async hidden<Hidden>(view: View<Hidden>) {
      const { held } = await contentOf(view, await stampOf(view));
      return held.hidden as Hidden;
    },
    async answer(request, reply, views) {
      const shape = shapeOf(request);
      const wanted = request.headers['if-none-match'];
      const count = (how: How) => answers.inc({ room, view: views[0]!.name, how });
      // Most requests are answered here, without a query and without a wait.
      let age = asOf?.();
      if (typeof age === 'object') age = await age;
      let stamps = knownOf(views);
      if (!stamps) stamps = await Promise.all(views.map(stampOf));
      if (wanted !== undefined) {
        const tag = tagNow(shape, views, stamps);
        if (tag !== null && isNamed(tag, wanted)) {
          count('unchanged');
          return unchanged(reply, tag, age);
        }
      }
      const contents = await Promise.all(views.map((view, at) => contentOf(view, stamps[at]!)));
      const parts = contents.map(({ held }) => held);
      const tag = entityTag(
        shape,
        parts.map((held) => held.tag),
      );
      count((['filled', 'joined'] as const).find((how) => contents.some((one) => one.how === how)) ?? 'held');
      if (isNamed(tag, wanted)) return unchanged(reply, tag, age);
      const body = joined(parts, age);
      const route = request.routeOptions.url!;
      if (!parts.every(({ checked }) => checked.has(route))) {
        checkAnswer(reply, plainOf(parts, age) ?? JSON.parse(Buffer.concat(body).toString()));
        for (const part of parts) {
          part.checked.add(route);
          part.plain = null;
        }
      }
      return whole(reply, { tag, age, body });
    },
  };
}

interface ReadAt {
  stamp: Stamp;
  filled: Filled<unknown>;
}

async function readInTransaction(from: Sql, view: ViewOf & ReadView<unknown>): Promise<ReadAt> {
  const [stamp, filled] = await from.begin(ONE_SNAPSHOT, (tx) =>
    Promise.all([readGenerations(tx, view.scopes), view.read(tx)]),
  );
  return { stamp, filled };
}

async function readValue(from: Sql, view: ViewOf & ValueView<unknown>): Promise<ReadAt> {
  const { stamp, value } = await readWithGenerations(from, view.scopes, view.value(from));
  return { stamp, filled: view.filled(value) };
}

const KEPT = { 'cache-control': 'private, no-cache', vary: 'authorization' } as const;

/** Only what a 304 must say: the caller has kept the rest, and each header costs. */
function unchanged(reply: FastifyReply, tag: string, asOf: string | undefined): never {
  const connection = reply.getHeader('connection');
  const headers = [
    'etag',
    tag,
    'cache-control',
    KEPT['cache-control'],
    'vary',
    KEPT.vary,
    'x-request-id',
    reply.request.id,
  ];
  if (asOf !== undefined) headers.push('as-of', asOf);
  if (connection !== undefined) headers.push('connection', String(connection));
  reply.hijack();
  reply.raw.writeHead(304, headers).end();
  return reply as never;
}

interface Whole {
  tag: string;
  age: string | undefined;
  /** Pieces that follow each other. */
  body: readonly Buffer[];
}

/** Past the framework, which takes one piece: to join them would copy a held page for every reader. */
function whole(reply: FastifyReply, { tag, age, body }: Whole): never {
  const headers: Record<string, OutgoingHttpHeader | undefined> = {
    ...reply.getHeaders(),
    etag: tag,
    ...KEPT,
    ...(age === undefined ? {} : { 'as-of': age }),
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.reduce((sum, piece) => sum + piece.length, 0),
  };
  reply.hijack();
  reply.raw.writeHead(200, headers as OutgoingHttpHeaders);
  for (const piece of body) reply.raw.write(piece);
  reply.raw.end();
  return reply as never;
}

function keyOf({ name, key }: View<unknown>): string {
  return `${name} ${key}`;
}

function equals({ epoch, gens }: Stamp, wanted: Stamp): boolean {
  return epoch === wanted.epoch && gens.every((gen, at) => gen === wanted.gens[at]!);
}

function covers({ epoch, gens }: Stamp, wanted: Stamp): boolean {
  return epoch === wanted.epoch && gens.every((gen, at) => gen >= wanted.gens[at]!);
}

const shapes = new WeakMap<object, string>();

/** Of the route's agreed answer: a release that says it differently has other tags. */
function shapeOf({ routeOptions }: FastifyRequest): string {
  const schema = (routeOptions.schema?.response as Record<string, object> | undefined)?.['200'];
  if (!schema) throw new Error(`Route ${routeOptions.url} needs a schema of its answer 200 to be held`);
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = digest(JSON.stringify(schema)).slice(0, 6);
  shapes.set(schema, shape);
  return shape;
}

/** The joined answer as plain data; null where its text must be parsed for it. */
function plainOf(parts: readonly Held[], asOf: string | undefined): object | null {
  if (parts.some(({ plain }) => plain === null)) return null;
  return Object.assign({}, ...parts.map(({ plain }) => plain), asOf === undefined ? {} : { asOf });
}

const COMMA = Buffer.from(',');

/** `{"a":1}`, `{"b":2}` and an age as the pieces of `{"a":1,"b":2,"asOf":"…"}`. */
function joined(parts: readonly Held[], asOf: string | undefined): Buffer[] {
  const bodies = parts.map(({ body }) => body);
  if (bodies.length === 1 && asOf === undefined) return bodies;
  const members = bodies.filter((body) => body.length > '{}'.length);
  const pieces = members.flatMap((body, at) => (at === 0 ? body.subarray(0, -1) : [COMMA, body.subarray(1, -1)]));
  const age = asOf === undefined ? '' : `"asOf":${JSON.stringify(asOf)}`;
  const before = members.length === 0 ? '{' : age && ',';
  return [...pieces, Buffer.from(`${before}${age}}`)];
}
