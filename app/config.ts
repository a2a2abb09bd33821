import { isIP } from 'node:net';
import path from 'node:path';
import { FLAGS, type FlagKey } from '#contracts/flags';
import { KEPT, KEPT_NAMES, type KeepDays, parseKeepDays } from './keep-days.ts';
import { PROCESS_ROLES, type ProcessRole, ROOM_NAMES, type RoomName } from './rooms.ts';

/** Everything that can be set, from flags and environment; the flag wins. */
export interface Config {
  role: ProcessRole;
  host: string;
  port: number;
  dataDir: string;
  demo: boolean;
  migrateOnly: boolean;
  logLevel: LogLevel;
  /** null: standard output. */
  logFile: string | null;
  /** Where people's browsers reach this installation: links in mails and the first sign-in. */
  publicOrigin: string;
  /** null: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | null;
  databaseUrls: Partial<Record<RoomName, string>>;
  /** Read replicas of `databaseUrl`. */
  replicaUrls: readonly string[];
  /** Of rooms whose replicas are others. */
  roomReplicaUrls: Partial<Record<RoomName, readonly string[]>>;
  /** How many replicas of the embedded PostgreSQL run beside it. */
  embeddedReplicas: number;
  /** Room passwords and signatures derive from it. null: made at the first start and kept in `dataDir`. */
  secret: string | null;
  /** null: events travel through PostgreSQL. */
  amqpUrl: string | null;
  /** Events that a consumer's queue at the broker takes. */
  amqpQueueLength: number;
  origins: Partial<Record<RoomName, string>>;
  s3: { endpoint: string; bucket: string; region: string; accessKeyId: string; secretAccessKey: string } | null;
  otlpUrl: string | null;
  oidc: { issuer: string; clientId: string; clientSecret: string } | null;
  /** How long a process that is to stop still takes requests, so that balancers notice first. */
  drainMs: number;
  /** Addresses and networks of balancers: what they say of who calls is believed. */
  trustedProxies: string[];
  timeZone: string;
  /** Feature flags that differ from contracts/flags.ts. */
  flags: Partial<Record<FlagKey, boolean>>;
  /** What is kept for a while only. */
  keepDays: KeepDays;
  workers: number;
  /** Between two comparisons of a read model with the truth; 0: only when asked for. */
  readModelCheckSeconds: number;
  /** Milliseconds after which the work of a silent process is somebody else's. */
  leaseMs: number;
  /** How far this process stands behind others where cores are short: 0, as everybody, to 19. */
  nice: number;
  /** For instances that live in a test: webhooks may go to this machine. */
  allowLoopbackWebhooks: boolean;
}

const POSTGRES = ['postgres:', 'postgresql:'] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting that cannot be used: says which, why, and what would do. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

interface Setting {
  env: string;
  /** Left out: set by the environment only, so that it never shows in a process list. */
  flag?: string;
  text: string;
  fallback?: string;
  isSwitch?: true;
  /** What the flag alone means, without `=value`. */
  bare?: string;
  secret?: true;
}

/** Operators, sellers and customers go before programs and calculations. */
const NICE: Partial<Record<ProcessRole, number>> = { partners: 5, 'pricing-worker': 10 };
const NICE_TEXT = Object.entries(NICE)
  .map((pair) => pair.join(' '))
  .join(', ');

const roomSettings = ROOM_NAMES.flatMap((room): Setting[] => [
  {
    env: `DATABASE_URL_${room.toUpperCase()}`,
    text: `PostgreSQL server of the room ${room}, when it has one of its own (needs AMQP_URL)`,
    secret: true,
  },
  {
    env: `DATABASE_REPLICA_URLS_${room.toUpperCase()}`,
    text: `Read replicas of the room ${room}, with commas, when they are not those of DATABASE_REPLICA_URLS`,
    secret: true,
  },
  { env: `ORIGIN_${room.toUpperCase()}`, text: `Where the room ${room} answers, when it is another process` },
]);

/** The list behind `--help` and `--print-config`. */
export const SETTINGS: readonly Setting[] = [
  { env: 'FORGELINE_ROLE', flag: 'role', text: `What this process is: ${PROCESS_ROLES.join(', ')}`, fallback: 'all' },
  { env: 'FORGELINE_HOST', flag: 'host', text: 'Address to listen on', fallback: '127.0.0.1' },
  { env: 'FORGELINE_PORT', flag: 'port', text: 'Port to listen on', fallback: '8080' },
  {
    env: 'FORGELINE_DATA_DIR',
    flag: 'data-dir',
    text: 'Embedded database, uploaded models, mails',
    fallback: './data',
  },
  {
    env: 'FORGELINE_DEMO',
    flag: 'demo',
    text: 'Seed people with a known password, and orders; default: only where nobody else can reach it',
    isSwitch: true,
  },
  {
    env: 'FORGELINE_MIGRATE_ONLY',
    flag: 'migrate-only',
    text: 'Bring the databases up to date and end',
    fallback: 'false',
  },
  { env: 'FORGELINE_LOG_LEVEL', flag: 'log-level', text: LOG_LEVELS.join(', '), fallback: 'info' },
  {
    env: 'FORGELINE_LOG',
    flag: 'log',
    text: 'Where log lines go, stdout or a file; default: stdout, with the role all forgeline.log in the data directory',
  },
  { env: 'FORGELINE_PUBLIC_ORIGIN', flag: 'public-origin', text: 'Origin that browsers use; default: host and port' },
  {
    env: 'FORGELINE_DRAIN_MS',
    text: 'Milliseconds between readiness going false and the last request taken; more than a balancer needs to notice. Default: 3000, with the role all 0',
  },
  {
    env: 'FORGELINE_TRUSTED_PROXIES',
    flag: 'trusted-proxies',
    text: 'Addresses or networks of balancers, with commas, whose X-Forwarded-For is believed; behind one without this all callers share its limits',
  },
  { env: 'FORGELINE_TIME_ZONE', flag: 'time-zone', text: "The shop floor's time zone", fallback: 'Europe/Moscow' },
  {
    env: 'FORGELINE_FLAGS',
    flag: 'flags',
    text: `Switches, e.g. shop.accept_orders=off: ${Object.keys(FLAGS).join(', ')}`,
  },
  {
    env: 'FORGELINE_KEEP_DAYS',
    flag: 'keep-days',
    text: `Days after which is removed what nobody asks for any more, e.g. answers=60,files=100: ${KEPT_NAMES.map((name) => `${name} (${KEPT[name].what}) [${KEPT[name].days}]`).join('; ')}. Orders and their history stay for ever`,
  },
  {
    env: 'FORGELINE_WORKERS',
    flag: 'workers',
    text: 'Threads that price models; 0: one per core, less one',
    fallback: '0',
  },
  {
    env: 'FORGELINE_READ_MODEL_CHECK_SECONDS',
    flag: 'read-model-check-seconds',
    text: 'Seconds between two comparisons of a read model with the orders; 0: only when asked for',
    fallback: '300',
  },
  {
    env: 'FORGELINE_LEASE_MS',
    text: 'Milliseconds for which a silent worker keeps its job and a sender its webhook; an attempt of a webhook has a third of it',
    fallback: '30000',
  },
  {
    env: 'FORGELINE_NICE',
    flag: 'nice',
    text: `How far this process stands behind others of its machine where cores are short, 0 to 19. Default: ${NICE_TEXT}, others 0`,
  },
  {
    env: 'FORGELINE_SECRET',
    text: 'Root of room passwords; made and kept in the data directory when left out',
    secret: true,
  },
  { env: 'DATABASE_URL', text: 'PostgreSQL 18 of the installation; left out: the embedded one', secret: true },
  {
    env: 'DATABASE_REPLICA_URLS',
    text: 'Read replicas of DATABASE_URL, with commas; each one server, not a balancer',
    secret: true,
  },
  {
    env: 'FORGELINE_REPLICAS',
    flag: 'replica',
    text: 'Read replicas of the embedded database; the flag alone: 1',
    fallback: '0',
    bare: '1',
  },
  { env: 'AMQP_URL', text: 'RabbitMQ; left out: events travel through PostgreSQL', secret: true },
  {
    env: 'AMQP_QUEUE_LENGTH',
    text: "Events that a consumer's queue takes; at 80 % a read model's is emptied and rebuilt. For queues not yet declared",
    fallback: '2000000',
  },
  { env: 'S3_ENDPOINT', text: 'Object store for models; left out: the data directory' },
  { env: 'S3_BUCKET', text: 'Its bucket', fallback: 'forgeline' },
  { env: 'S3_REGION', text: 'Its region', fallback: 'us-east-1' },
  { env: 'S3_ACCESS_KEY_ID', text: 'Its key id', secret: true },
  { env: 'S3_SECRET_ACCESS_KEY', text: 'Its key', secret: true },
  { env: 'OTEL_EXPORTER_OTLP_ENDPOINT', text: 'OTLP/HTTP collector of traces; left out: none are sent' },
  { env: 'OIDC_ISSUER', text: 'OpenID Connect provider for single sign-on' },
  { env: 'OIDC_CLIENT_ID', text: 'Its client id' },
  { env: 'OIDC_CLIENT_SECRET', text: 'Its client secret', secret: true },
  {
    env: 'FORGELINE_ALLOW_LOOPBACK_WEBHOOKS',
    text: 'Webhooks may go to this machine (tests only)',
    fallback: 'false',
  },
  ...roomSettings,
];

/** The demo's password is in the source: by default it is not set where others could use it. */
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

type Raw = Map<string, { value: string; from: string }>;

function gather(argv: readonly string[], env: NodeJS.ProcessEnv): Raw {
  const raw: Raw = new Map();
  for (const { env: name, fallback } of SETTINGS) {
    const given = env[name];
    if (given !== undefined && given !== '') raw.set(name, { value: given, from: name });
    else if (fallback !== undefined) raw.set(name, { value: fallback, from: 'default' });
  }
  for (let i = 0; i < argv.length; i++) {
    const [head = '', inline] = splitFlag(argv[i]!);
    const negated = head.startsWith('--no-');
    const name = head.slice(negated ? 5 : 2);
    const setting = head.startsWith('--') ? SETTINGS.find((candidate) => candidate.flag === name) : undefined;
    if (!setting) throw new ConfigError(`Unknown argument "${argv[i]}". --help lists what there is.`);
    const isSwitch = setting.isSwitch || setting.fallback === 'false';
    let value = inline;
    if (isSwitch) value ??= negated ? 'false' : 'true';
    else if (setting.bare !== undefined) value ??= setting.bare;
    else value ??= argv[++i];
    if (value === undefined) throw new ConfigError(`--${name} wants a value: ${setting.text}.`);
    raw.set(setting.env, { value, from: `--${name}` });
  }
  return raw;
}

function splitFlag(argument: string): [string, string | undefined] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** Reads and checks every setting. Throws ConfigError on the first that cannot be used. */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const raw = gather(argv, env);
  const text = (name: string): string | null => raw.get(name)?.value ?? null;
  const refuse = (name: string, why: string): never => {
    throw new ConfigError(`${raw.get(name)?.from ?? name}: ${why}`);
  };
  const must = (name: string): string => text(name) ?? refuse(name, 'is missing.');
  const yesNo = (name: string): boolean => {
    const value = must(name);
    if (value !== 'true' && value !== 'false') refuse(name, `is "${value}"; say true or false.`);
    return value === 'true';
  };
  const whole = (name: string, max: number): number => {
    const value = Number(must(name));
    if (!Number.isInteger(value) || value < 0 || value > max) refuse(name, `wants a whole number from 0 to ${max}.`);
    return value;
  };
  const checkedUrl = (name: string, value: string, protocols: readonly string[]): string => {
    // The value itself is not repeated: it may hold a password.
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
      refuse(name, `wants an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}.`);
    }
    return value.replace(/\/$/, '');
  };
  const url = (name: string, protocols: readonly string[]): string | null => {
    const value = text(name);
    return value === null ? null : checkedUrl(name, value, protocols);
  };
  const replicas = (name: string): string[] | null => {
    const value = text(name);
    if (value === null) return null;
    return value.split(',').map((part) => checkedUrl(name, part.trim(), POSTGRES));
  };
  const perRoom = (prefix: string, protocols: readonly string[]): Partial<Record<RoomName, string>> => {
    const found: Partial<Record<RoomName, string>> = {};
    for (const room of ROOM_NAMES) {
      const value = url(`${prefix}_${room.toUpperCase()}`, protocols);
      if (value) found[room] = value;
    }
    return found;
  };

  const role = must('FORGELINE_ROLE') as ProcessRole;
  if (!PROCESS_ROLES.includes(role)) refuse('FORGELINE_ROLE', `"${role}" is none of ${PROCESS_ROLES.join(', ')}.`);
  const logLevel = must('FORGELINE_LOG_LEVEL') as LogLevel;
  if (!LOG_LEVELS.includes(logLevel))
    refuse('FORGELINE_LOG_LEVEL', `"${logLevel}" is none of ${LOG_LEVELS.join(', ')}.`);
  const dataDir = must('FORGELINE_DATA_DIR');
  const log = text('FORGELINE_LOG') ?? (role === 'all' ? path.join(dataDir, 'forgeline.log') : 'stdout');
  const host = must('FORGELINE_HOST');
  const port = whole('FORGELINE_PORT', 65_535);
  const trustedProxies = (text('FORGELINE_TRUSTED_PROXIES') ?? '').split(',').flatMap((part) => part.trim() || []);
  const odd = trustedProxies.find((proxy) => !isNetwork(proxy));
  if (odd) refuse('FORGELINE_TRUSTED_PROXIES', `"${odd}" is no address or network, e.g. 10.0.0.0/8.`);
  const timeZone = must('FORGELINE_TIME_ZONE');
  if (!isTimeZone(timeZone)) refuse('FORGELINE_TIME_ZONE', `"${timeZone}" is no IANA time zone, e.g. Europe/Moscow.`);
  const databaseUrl = url('DATABASE_URL', POSTGRES);
  const databaseUrls = perRoom('DATABASE_URL', POSTGRES);
  const replicaUrls = replicas('DATABASE_REPLICA_URLS') ?? [];
  if (replicaUrls.length > 0 && !databaseUrl) {
    throw new ConfigError(
      'DATABASE_REPLICA_URLS needs DATABASE_URL; replicas of the embedded database are made by --replica.',
    );
  }
  const embeddedReplicas = whole('FORGELINE_REPLICAS', 5);
  if (embeddedReplicas > 0 && databaseUrl) {
    refuse(
      'FORGELINE_REPLICAS',
      'makes replicas of the embedded database; name those of DATABASE_URL by DATABASE_REPLICA_URLS.',
    );
  }
  const roomReplicaUrls: Config['roomReplicaUrls'] = {};
  for (const room of ROOM_NAMES) {
    const list = replicas(`DATABASE_REPLICA_URLS_${room.toUpperCase()}`);
    if (list) roomReplicaUrls[room] = list;
  }
  const amqpUrl = url('AMQP_URL', ['amqp:', 'amqps:']);
  if (Object.keys(databaseUrls).length > 0 && !amqpUrl) {
    throw new ConfigError(
      'A room with a database server of its own needs AMQP_URL: events cannot cross servers otherwise.',
    );
  }
  const amqpQueueLength = whole('AMQP_QUEUE_LENGTH', 100_000_000);
  if (amqpQueueLength < 100) refuse('AMQP_QUEUE_LENGTH', 'wants 100 or more: a full queue holds its publishers up.');
  const leaseMs = whole('FORGELINE_LEASE_MS', 3_600_000);
  if (leaseMs < 1_000) refuse('FORGELINE_LEASE_MS', 'wants at least 1000: a busy machine is silent for longer.');
  const secret = text('FORGELINE_SECRET');
  if (secret !== null && secret.length < 16) refuse('FORGELINE_SECRET', 'wants at least 16 characters.');
  if (databaseUrl && !secret) {
    throw new ConfigError('DATABASE_URL needs FORGELINE_SECRET: every process derives its room password from it.');
  }
  const s3Endpoint = url('S3_ENDPOINT', ['http:', 'https:']);
  const issuer = url('OIDC_ISSUER', ['http:', 'https:']);
  return {
    role,
    host,
    port,
    dataDir,
    demo: text('FORGELINE_DEMO') === null ? !databaseUrl && LOOPBACK.includes(host) : yesNo('FORGELINE_DEMO'),
    migrateOnly: yesNo('FORGELINE_MIGRATE_ONLY'),
    logLevel,
    logFile: log === 'stdout' ? null : log,
    publicOrigin: url('FORGELINE_PUBLIC_ORIGIN', ['http:', 'https:']) ?? `http://${host}:${port}`,
    databaseUrl,
    databaseUrls,
    replicaUrls,
    roomReplicaUrls,
    embeddedReplicas,
    secret,
    amqpUrl,
    amqpQueueLength,
    origins: perRoom('ORIGIN', ['http:', 'https:']),
    s3: s3Endpoint
      ? {
          endpoint: s3Endpoint,
          bucket: must('S3_BUCKET'),
          region: must('S3_REGION'),
          accessKeyId: must('S3_ACCESS_KEY_ID'),
          secretAccessKey: must('S3_SECRET_ACCESS_KEY'),
        }
      : null,
    otlpUrl: url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']),
    oidc: issuer
      ? {
          issuer,
          clientId: must('OIDC_CLIENT_ID'),
          clientSecret: must('OIDC_CLIENT_SECRET'),
        }
      : null,
    drainMs: text('FORGELINE_DRAIN_MS') === null ? (role === 'all' ? 0 : 3_000) : whole('FORGELINE_DRAIN_MS', 600_000),
    trustedProxies,
    timeZone,
    flags: parseFlags(text('FORGELINE_FLAGS') ?? ''),
    keepDays: parseKeepDays(text('FORGELINE_KEEP_DAYS') ?? '', (why) => refuse('FORGELINE_KEEP_DAYS', why)),
    workers: whole('FORGELINE_WORKERS', 256),
    readModelCheckSeconds: whole('FORGELINE_READ_MODEL_CHECK_SECONDS', 86_400),
    leaseMs,
    nice: text('FORGELINE_NICE') === null ? (NICE[role] ?? 0) : whole('FORGELINE_NICE', 19),
    allowLoopbackWebhooks: yesNo('FORGELINE_ALLOW_LOOPBACK_WEBHOOKS'),
  };
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function parseFlags(text: string): Partial<Record<FlagKey, boolean>> {
  const flags: Partial<Record<FlagKey, boolean>> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [key = '', value = ''] = part.split('=').map((one) => one.trim());
    if (!(key in FLAGS)) throw new ConfigError(`FORGELINE_FLAGS: there is no flag "${key}".`);
    if (value !== 'on' && value !== 'off')
      throw new ConfigError(`FORGELINE_FLAGS: ${key} is on or off, not "${value}".`);
    flags[key as FlagKey] = value === 'on';
  }
  return flags;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** One line a setting with where it came from; secrets are hidden. */
export function printConfig(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  readConfig(argv, env);
  const raw = gather(argv, env);
  return SETTINGS.map(({ env: name, secret }) => {
    const given = raw.get(name);
    if (!given) return `${name} is not set`;
    return `${name}=${secret ? '(hidden)' : given.value}  (${given.from})`;
  }).join('\n');
}

/** The text of `--help`. */
export function configHelp(): string {
  const rows = SETTINGS.map(({ env, flag, text, fallback }) => {
    const name = flag ? `--${flag}, ${env}` : env;
    return `  ${name.padEnd(50)} ${text}${fallback === undefined ? '' : ` [${fallback}]`}`;
  });
  return ['Usage: npm start -- [--role=ROLE] [--no-demo] [--print-config] …', '', ...rows].join('\n');
}
