import { ROOM_NAMES, type RoomName } from '../rooms.ts';

export interface HaproxyOptions {
  /** Where people and programs reach it, e.g. `:8080` or `127.0.0.1:8080`. */
  bind: string;
  /** `host:port` of every copy of every room. */
  copies: Readonly<Record<RoomName, readonly string[]>>;
  /** A Unix socket for `show stat` and the like. Left out: none. */
  adminSocket?: string;
}

/**
 * Milliseconds. A copy that drains is noticed after two checks, 500 ms, and has 3 s (FORGELINE_DRAIN_MS). The server closes
 * an idle connection after 65 s: the balancer does so before, or a request would meet one that is being closed.
 */
const CHECK_EVERY_MS = 250;
const CHECKS_TO_FALL = 2;
const POOL_IDLE_MS = 30_000;

const AWAY = JSON.stringify({
  type: 'about:blank',
  title: 'A part of the system is away',
  status: 503,
  code: 'room.unavailable',
  hint: 'Try again after the seconds in Retry-After.',
});
const NOWHERE = JSON.stringify({
  type: 'about:blank',
  title: 'There is no such thing here',
  status: 404,
  code: 'resource.not_found',
});

/**
 * The configuration of a balancer in front of several copies of every room, by the same table of paths as the gateway of
 * tests (`gateway.ts`). deploy/haproxy/haproxy.cfg is made by it. No stickiness: any copy may answer any request.
 *
 * What is sent twice: a request whose connection never stood, to another copy; and a GET or HEAD that was answered by
 * nothing. A POST that got no answer is not repeated here: whether it was done, only its sender's command id can tell.
 */
export function haproxyConfig({ bind, copies, adminSocket }: HaproxyOptions): string {
  return `${[
    globals(adminSocket),
    DEFAULTS,
    frontend(bind),
    ...ROOM_NAMES.map((room) => backend(room, copies[room])),
    section('backend nowhere', [
      `http-request return status 404 content-type application/problem+json string ${quoted(NOWHERE)}`,
    ]),
  ].join('\n\n')}\n`;
}

function globals(adminSocket: string | undefined): string {
  return section('global', [
    'maxconn 4000',
    'log stdout format raw local0 info',
    ...(adminSocket ? [`stats socket ${adminSocket} mode 600 level admin`] : []),
  ]);
}

const DEFAULTS = section('defaults', [
  'mode http',
  'log global',
  'option httplog',
  'option dontlog-normal',
  '# Who really calls; the rooms believe it of FORGELINE_TRUSTED_PROXIES.',
  'option forwardfor',
  'timeout connect 1s',
  'timeout check 2s',
  'timeout queue 5s',
  'timeout http-request 10s',
  'timeout http-keep-alive 60s',
  '# Streams beat every 10 s.',
  'timeout client 70s',
  'timeout server 70s',
  'balance leastconn',
  'option httpchk GET /health/ready',
  'http-check expect status 200',
  '# A process that has just started is slow: it gets its share over five seconds.',
  `default-server check inter ${CHECK_EVERY_MS}ms fall ${CHECKS_TO_FALL} rise 1 slowstart 5s pool-purge-delay ${POOL_IDLE_MS}ms`,
  '# Another copy at each try.',
  'retries 3',
  'option redispatch 1',
  'retry-on conn-failure empty-response',
  ...[502, 503, 504].map(
    (status) =>
      `http-error status ${status} content-type application/problem+json string ${quoted(AWAY.replace('503', String(status)))} hdr retry-after 1`,
  ),
]);

function frontend(bind: string): string {
  return section('frontend forgeline', [
    `bind ${bind}`,
    ...ROOM_NAMES.map((room) => `use_backend ${room} if { path_reg ^/api/internal/v1/${room}(/|$) }`),
    'use_backend nowhere if { path_beg /api/internal/ }',
    'use_backend partners if { path_beg /api/external/ }',
    'use_backend crm if { path_reg ^/crm(/|$) }',
    'use_backend mes if { path_reg ^/mes(/|$) }',
    'default_backend shop',
  ]);
}

function backend(room: RoomName, copies: readonly string[]): string {
  return section(`backend ${room}`, [
    '# What was sent may have been done: only reading is repeated after an empty answer.',
    'http-request disable-l7-retry unless { method GET HEAD }',
    ...copies.map((address, i) => `server ${room}-${i + 1} ${address}`),
  ]);
}

function section(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** One word to haproxy, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
