import path from 'node:path';
import type { JWK } from 'jose';
import type { PersonRevoked } from '#contracts/identity';
import { crm } from '#crm';
import { type IdentityRoom, identity } from '#identity';
import { mes } from '#mes';
import { DEFAULT_RULES, orders, type Rules } from '#orders';
import { partners } from '#partners';
import { type ActorVerifier, actorVerifier } from '#platform/actor';
import type { Blobs } from '#platform/blobs';
import { type Bus, deadLetterRoutes, openBus, postgresTransport, rabbitTransport, type Transport } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { consistencyTokens, openDatabase, openReads, primaryReads, type Reads, type Sql } from '#platform/database';
import { type Flags, flags } from '#platform/flags';
import {
  currentConsistency,
  type HttpServer,
  httpServer,
  type Room,
  type RoomClient,
  roomClient,
  serveUi,
} from '#platform/http';
import type { Part, Row, Table } from '#platform/lifecycle';
import { httpTruth } from '#platform/read-model';
import {
  createLog,
  createMetrics,
  type Log,
  logFile,
  type Metrics,
  startTracing,
  writtenTogether,
} from '#platform/telemetry';
import { DEFAULT_RULES as PRICING_RULES, pricing, pricingWorker, withLease } from '#pricing';
import { shop } from '#shop';
import { blobStore } from './blob-store.ts';
import type { Config } from './config.ts';
import { copyStates } from './copy-states.ts';
import { roomTokens } from './room-tokens.ts';
import { type ProcessRole, ROOM_NAMES, ROOMS, type RoomName } from './rooms.ts';
import { installationSecret, proofOf } from './secret.ts';
import { type Servers, servers } from './servers.ts';

/** What the parts of a process hand to each other. */
export interface Products extends Record<Exclude<RoomName, 'identity'>, HousedRoom> {
  identity: HousedRoom<IdentityRoom>;
  log: Log;
  metrics: Metrics;
  tracing: Part;
  servers: Servers;
  /** The databases of this process's rooms are reachable and up to date. */
  schema: Part;
  blobs: Blobs;
  switches: Flags;
  transport: Transport;
  rooms: Record<RoomName, RoomClient>;
  verifier: ActorVerifier;
  http: HttpServer;
  'pricing-worker': Part;
  faces: true;
  listening: HttpServer;
}

/** A room with the pool and the bus that are its own. */
export interface HousedRoom<Door extends Room = Room> extends Part {
  room: Door;
  sql: Sql;
}

/** What every room is given. */
interface Housing {
  sql: Sql;
  /** For what the room only shows: a replica's where there is one. */
  reads: Reads;
  bus: Bus;
  clock: typeof systemClock;
  log: Log;
  metrics: Metrics;
}

/** The server ends a transaction after 30 s: who has not heard of its end by then will never hear. */
const TRANSACTION_MS = 45_000;
export const VERSION = '0.1.0';
const HEARING: ReadonlySet<RoomName> = new Set(ROOM_NAMES.filter((name) => ROOMS[name].hears.length > 0));
/** Their lists have many forms, for each of which a dozen indexes are weighed: that costs more than the page. */
const PLANNED_ONCE: ReadonlySet<RoomName> = new Set(['crm']);
const FACES = path.resolve(import.meta.dirname, '../ui/dist');

/** The parts that a process of this role is there for; what they need comes with them. */
export function targets(role: ProcessRole): (keyof Products & string)[] {
  if (role === 'all') return [...ROOM_NAMES, 'pricing-worker', 'faces', 'listening'];
  if (role === 'pricing-worker') return ['pricing-worker', 'listening'];
  const hasFace = role === 'shop' || role === 'crm' || role === 'mes';
  return [role, ...(hasFace ? (['faces'] as const) : []), 'listening'];
}

/** The wiring table: every part of the program, what it needs, and how it is made from that. */
export function wiring(config: Config): Table<Products> {
  const { role, keepDays } = config;
  const pricingRules = { ...PRICING_RULES, keepDays: { ...keepDays, jobs: keepDays.quotes } };
  const service = `forgeline-${role}`;
  const clock = systemClock;
  const secret = installationSecret(config.secret, config.dataDir);
  const exchangeProof = proofOf(secret, 'key exchange');
  const tokens = consistencyTokens({ key: proofOf(secret, 'consistency'), clock });
  const roomProof = proofOf(secret, 'room token');
  const mine = targets(role);
  const myRooms = ROOM_NAMES.filter((room) => mine.includes(room));

  /** Each answers null, or what is missing, for a person. */
  const probes: (() => Promise<string | null>)[] = [];
  const HOUSING = ['log', 'metrics', 'servers', 'schema', 'transport', 'http'] as const;

  /** A room's row: its own pool, its own bus, its routes; the bus starts after the room has subscribed. */
  function house<Name extends RoomName>(
    name: Name,
    needs: readonly (keyof Products & string)[],
    make: (housing: Housing, products: Products) => Room,
  ): Row<Products, Name> {
    return {
      needs: [...HOUSING, 'verifier', ...needs],
      make(products) {
        const log = products.log;
        const plansOnce = PLANNED_ONCE.has(name);
        const database = openDatabase({
          url: products.servers.url(name),
          room: name,
          role,
          transactionMs: TRANSACTION_MS,
          plansOnce,
          log,
        });
        const { metrics, transport, verifier } = products;
        const watch = products.servers.watch(name);
        const reads = watch
          ? openReads({
              sql: database.sql,
              watch,
              replicas: products.servers.replicaUrls(name),
              room: name,
              role,
              plansOnce,
              known: () => tokens.open(currentConsistency()),
              log,
              metrics,
            })
          : primaryReads(database.sql, { isShared: config.databaseUrl !== null });
        const bus = openBus({ room: name, sql: database.sql, transport, log, metrics });
        const room = make({ sql: database.sql, reads, bus, clock, log, metrics }, products);
        products.http.house(room, async () => {
          const position = await reads.position();
          return position && tokens.sign(position);
        });
        if (HEARING.has(name)) deadLetterRoutes(products.http.http, { room: name, sql: database.sql });
        probes.push(() => answers(name, database.sql));
        if (name === myRooms[0]) {
          bus.broadcast({
            events: ['person.revoked'],
            handle: (event) => verifier.revoke(event.data as PersonRevoked),
          });
        }
        const housed: HousedRoom = {
          name,
          room,
          sql: database.sql,
          async start() {
            await watch?.start?.();
            await room.start?.();
            await bus.start?.();
          },
          async stop() {
            await bus.stop?.();
            await room.stop?.();
            await Promise.all([database.end(), reads.end()]);
          },
        };
        return housed as Products[Name];
      },
      part: (housed) => housed,
    };
  }

  function ownToken(room: RoomName, { identity: client }: Products['rooms']): () => Promise<string> {
    return roomTokens({ identity: client, clock, proof: roomProof })(room);
  }

  /** What a room needs that keeps a copy of orders. */
  function keeping(room: RoomName, rooms: Products['rooms']) {
    const truth = httpTruth({ orders: rooms.orders, token: ownToken(room, rooms) });
    return { truth, everySeconds: config.readModelCheckSeconds };
  }

  return {
    log: {
      needs: [],
      make() {
        const destination = config.logFile ? { destination: writtenTogether(logFile(config.logFile)) } : {};
        return createLog({ service, role, version: VERSION, level: config.logLevel, ...destination });
      },
    },
    metrics: { needs: [], make: () => createMetrics({ service, role, version: VERSION }) },
    tracing: {
      needs: [],
      make: () =>
        startTracing({ service, role, version: VERSION, ...(config.otlpUrl ? { otlpUrl: config.otlpUrl } : {}) }),
      part: (tracing) => tracing,
    },
    servers: { needs: ['log', 'tracing'], make: ({ log }) => servers(config, log), part: (all) => all },
    schema: {
      needs: ['servers'],
      // With a server of one's own the migration is a step of the release (`--migrate-only`), not of every process.
      make: ({ servers: databases }) => ({
        name: 'schema',
        start: async () => (config.databaseUrl ? undefined : databases.prepare(ROOM_NAMES)),
      }),
      part: (schema) => schema,
    },
    blobs: {
      needs: [],
      make: () => blobStore(config),
    },
    switches: { needs: [], make: () => flags({ overrides: config.flags }) },
    transport: {
      needs: [],
      make: () =>
        config.amqpUrl
          ? rabbitTransport({ url: config.amqpUrl, tuning: { queueLength: config.amqpQueueLength } })
          : postgresTransport(),
    },
    rooms: {
      needs: ['log'],
      make({ log }) {
        const here = `http://${config.host}:${config.port}`;
        const client = (room: RoomName) => roomClient({ origin: config.origins[room] ?? here, log });
        return Object.fromEntries(ROOM_NAMES.map((room) => [room, client(room)])) as Record<RoomName, RoomClient>;
      },
    },
    verifier: {
      needs: ['rooms'],
      make: ({ rooms }) =>
        actorVerifier({
          clock,
          keys: () => publishedKeys(rooms.identity),
          revocations: () => recentRevocations(rooms.identity),
        }),
    },
    http: {
      needs: ['log', 'metrics', 'verifier', 'servers', 'schema'],
      make: ({ log, metrics, verifier }) =>
        httpServer({
          service,
          host: config.host,
          port: config.port,
          trustedProxies: config.trustedProxies,
          drainMs: config.drainMs,
          verifier,
          log,
          metrics,
          async ready() {
            const missing = await Promise.all(probes.map((probe) => probe()));
            const reasons = missing.filter((reason) => reason !== null);
            return { ready: reasons.length === 0, reasons };
          },
        }),
    },
    identity: house('identity', [], (housing) =>
      identity({
        ...housing,
        publicOrigin: config.publicOrigin,
        dataDir: config.dataDir,
        oidc: config.oidc,
        exchangeProof,
        roomProof,
        keepDays,
      }),
    ),
    orders: house('orders', ['rooms'], (housing, { rooms }) =>
      orders({ ...housing, rooms, keepDays, rules: shopFloorRules(config.timeZone) }),
    ),
    pricing: house('pricing', ['blobs'], (housing, { blobs }) => pricing({ ...housing, blobs, rules: pricingRules })),
    shop: house('shop', ['rooms', 'switches'], (housing, { rooms, switches }) =>
      shop({ ...housing, rooms, switches, keeping: keeping('shop', rooms) }),
    ),
    crm: house('crm', ['rooms'], (housing, { rooms }) =>
      crm({
        ...housing,
        rooms,
        timeZone: config.timeZone,
        keeping: keeping('crm', rooms),
        copies: copyStates({ rooms, token: ownToken('crm', rooms), clock }),
      }),
    ),
    mes: house('mes', ['rooms'], (housing, { rooms }) =>
      mes({ ...housing, rooms, timeZone: config.timeZone, keepDays, keeping: keeping('mes', rooms) }),
    ),
    partners: house('partners', ['rooms', 'switches'], (housing, { rooms, switches }) =>
      partners({
        ...housing,
        rooms,
        switches,
        exchangeProof,
        leaseMs: config.leaseMs,
        allowLoopbackWebhooks: config.allowLoopbackWebhooks,
        keepDays,
        keeping: keeping('partners', rooms),
      }),
    ),
    'pricing-worker': {
      needs: ['log', 'metrics', 'servers', 'schema', 'blobs', 'switches'],
      make({ log, metrics, servers: databases, blobs, switches }) {
        const database = openDatabase({
          url: databases.url('pricing'),
          room: 'pricing',
          role,
          transactionMs: TRANSACTION_MS,
          log,
        });
        const worker = pricingWorker({
          sql: database.sql,
          clock,
          log,
          metrics,
          blobs,
          switches,
          threads: config.workers,
          rules: withLease(pricingRules, config.leaseMs),
        });
        return {
          name: 'pricing-worker',
          start: async () => worker.start?.(),
          async stop() {
            await worker.stop?.();
            await database.end();
          },
        };
      },
      part: (worker) => worker,
    },
    faces: {
      needs: ['http'],
      make({ http }) {
        const settings = { 'time-zone': config.timeZone };
        serveUi(http.http, { dir: FACES, settings, ...(role === 'all' ? {} : { faces: [role] }) });
        return true as const;
      },
    },
    listening: {
      needs: ['http', 'log', ...mine.filter((name) => name !== 'listening')],
      make: ({ http }) => http,
      part: (server) => server,
    },
  };
}

function shopFloorRules(timeZone: string): Rules {
  return { ...DEFAULT_RULES, calendar: { ...DEFAULT_RULES.calendar, timeZone } };
}

async function answers(room: RoomName, sql: Sql): Promise<string | null> {
  try {
    await sql`select 1`;
    return null;
  } catch {
    return `The database of ${room} does not answer`;
  }
}

async function publishedKeys(client: RoomClient): Promise<JWK[]> {
  const { body } = await client.call<{ keys: JWK[] }>({ method: 'GET', path: '/api/internal/v1/identity/jwks' });
  return body.keys;
}

async function recentRevocations(client: RoomClient): Promise<PersonRevoked[]> {
  const path = '/api/internal/v1/identity/revocations';
  return (await client.call<{ items: PersonRevoked[] }>({ method: 'GET', path })).body.items;
}
