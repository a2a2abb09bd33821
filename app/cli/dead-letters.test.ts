import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  appendEvents,
  openBus,
  PoisonEvent,
  type PrivateBroker,
  postgresTransport,
  privateBroker,
  rabbitTransport,
  type Transport,
} from '#platform/bus';
import { openDatabase, type Sql } from '#platform/database';
import { createLog, createMetrics } from '#platform/telemetry';
import { howToGet, requireServer } from '#platform/testing';
import { readConfig } from '../config.ts';
import { ROOM_NAMES, type RoomName } from '../rooms.ts';
import { type Servers, servers } from '../servers.ts';
import { readCommand, UsageError } from './dead-letters-arguments.ts';

const COMMAND = path.resolve(import.meta.dirname, 'dead-letters.ts');
const NOBODY = { service: 'forgeline', role: 'test', version: '0' };
const log = createLog({ ...NOBODY, level: 'silent' });
const programs = requireServer('rabbitmq');

const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-dead-letters-'));
const inDataDir = `--data-dir=${dataDir}`;
let installation: Servers;
const pools: ReturnType<typeof openDatabase>[] = [];

before(async () => {
  installation = servers(readConfig([inDataDir], {}), log);
  await installation.start?.();
  await installation.prepare(ROOM_NAMES);
});
after(async () => {
  await installation.stop?.();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

async function deadLetters(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, stdout, stderr };
}

async function answerOf<T>(args: string[], env?: NodeJS.ProcessEnv): Promise<T> {
  const { code, stdout, stderr } = await deadLetters([...args, '--json', inDataDir], env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

interface Listed {
  items: { consumer: string; eventId: string; key: string; reason: string }[];
}

function pool(room: RoomName): Sql {
  const opened = openDatabase({ url: installation.url(room), room, role: 'test' });
  pools.push(opened);
  return opened.sql;
}

/** Three events die; one is shown and replayed, one discarded, one replayed with all that are left. */
async function aLifeOfDeadLetters(transport: () => Transport): Promise<void> {
  const got: string[] = [];
  let poisonous = true;
  const arrived = new Map<string, () => void>();
  const orders = openBus({
    room: 'orders',
    sql: pool('orders'),
    transport: transport(),
    log,
    metrics: createMetrics(NOBODY),
  });
  const crmSql = pool('crm');
  const crm = openBus({ room: 'crm', sql: crmSql, transport: transport(), log, metrics: createMetrics(NOBODY) });
  crm.subscribe({
    consumer: 'crm.test',
    events: ['order.*'],
    async handle(batch) {
      for (const { key } of batch) {
        if (poisonous && key !== 'end') throw new PoisonEvent('\u001b[31mcannot be read');
        got.push(key);
        arrived.get(key)?.();
      }
    },
  });
  const arrival = (key: string) => new Promise<void>((resolve) => arrived.set(key, resolve));
  try {
    await orders.start?.();
    await crm.start?.();
    const end = arrival('end');
    const publish = async (keys: string[]) => {
      const events = keys.map((key) => ({ type: 'order.changed', key, data: { of: key } }));
      await appendEvents(pools[0]!.sql, events);
      orders.hint();
    };
    await publish(['one', 'two', 'three', 'end']);
    await end;

    const { items } = await answerOf<Listed>(['list', '--consumer', 'crm.test']);
    assert.deepEqual(items.map(({ key }) => key).sort(), ['one', 'three', 'two']);
    const idOf = (key: string) => items.find((item) => item.key === key)!.eventId;
    const table = await deadLetters(['list', '--room', 'crm', inDataDir]);
    assert.match(table.stdout, new RegExp(`crm\\.test +${idOf('one')} +order\\.changed +one +1 +PoisonEvent: `));
    assert.ok(!table.stdout.includes('\u001b'), 'what a message says must not steer the terminal');
    assert.deepEqual((await answerOf<Listed>(['list', '--room', 'orders'])).items, []);

    const shown = await answerOf<{ data: unknown }>(['show', 'crm.test', idOf('one'), '--by', 'kim']);
    assert.deepEqual(shown.data, { of: 'one' });

    poisonous = false;
    const one = arrival('one');
    await answerOf(['replay', 'crm.test', idOf('one'), '--note', 'parser mended', '--by', 'kim']);
    await one;
    await answerOf(['discard', 'crm.test', idOf('two'), '--note', 'a test', '--by', 'kim']);
    const again = await deadLetters(['discard', 'crm.test', idOf('two'), '--note', 'a test', inDataDir]);
    assert.equal(again.code, 3);
    const three = arrival('three');
    await answerOf(['replay', 'crm.test', '--all', '--note', 'the rest', '--by', 'lee']);
    await three;
    assert.deepEqual(got, ['end', 'one', 'three']);
    assert.deepEqual((await answerOf<Listed>(['list'])).items, []);

    const audit = await answerOf<{ items: { act: string; actor: string; note: string; eventId: string }[] }>(['audit']);
    assert.deepEqual(
      audit.items.slice(0, 4).map(({ act, actor, note, eventId }) => [act, actor, note, eventId]),
      [
        ['replayed', 'lee', 'the rest', idOf('three')],
        ['discarded', 'kim', 'a test', idOf('two')],
        ['replayed', 'kim', 'parser mended', idOf('one')],
        ['shown', 'kim', '', idOf('one')],
      ],
    );
  } finally {
    await crm.stop?.();
    await orders.stop?.();
    await Promise.all(pools.splice(0).map((opened) => opened.end()));
  }
}

test('dead letters of the PostgreSQL transport are listed, shown, replayed and discarded, each act audited', () =>
  aLifeOfDeadLetters(() => postgresTransport()));

describe('over RabbitMQ', { skip: programs === null && howToGet(['rabbitmq']) }, () => {
  let broker: PrivateBroker;
  before(async () => {
    broker = await privateBroker({ programs: programs! });
  });
  after(() => broker?.stop());

  test('they are the same', () => {
    const namespace = `test-${randomUUID().slice(0, 8)}`;
    return aLifeOfDeadLetters(() => rabbitTransport({ url: broker.url, namespace }));
  });
});

test('a server of one’s own is reached by the environment; so is an installation that does not run', async () => {
  const secret = readFileSync(path.join(dataDir, 'secret'), 'utf8').trim();
  const url = new URL(installation.url('crm'));
  url.username = 'forgeline_admin';
  const env = { DATABASE_URL: url.href, FORGELINE_SECRET: secret };
  const elsewhere = await deadLetters(['list', '--json'], env);
  assert.deepEqual([elsewhere.code, JSON.parse(elsewhere.stdout)], [0, { items: [] }]);
  await installation.stop?.();
  assert.deepEqual(await answerOf<Listed>(['list']), { items: [] });
});

const id = randomUUID();
const senseless: [string[], RegExp][] = [
  [['bury'], /no command "bury"/],
  [['show', 'crm.orders'], /Which event/],
  [['show', 'orders', id], /named like crm\.orders/],
  [['show', 'king.orders', id], /no room "king"/],
  [['show', 'crm.orders', "'; drop table"], /no event's id/],
  [['replay', 'crm.orders', id], /Say why with --note/],
  [['replay', 'crm.orders', id, '--all', '--note', 'x'], /not both/],
  [['discard', 'crm.orders', '--all', '--note', 'x'], /Which event/],
  [['list', '--limit', '0'], /--limit is a whole number/],
  [['list', '--colour'], /--colour/],
];
for (const [args, message] of senseless) {
  test(`"${args.join(' ')}" is refused with its reason`, () => {
    assert.throws(
      () => readCommand(args),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test('what makes no sense ends with 2, what cannot be reached with 1, and both say what to do', async () => {
  const env = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x', FORGELINE_SECRET: 'sixteen-or-more-characters' };
  const [odd, nowhere, away, help] = await Promise.all([
    deadLetters(['bury']),
    deadLetters(['list', '--data-dir', path.join(dataDir, 'nothing-here')]),
    deadLetters(['list'], env),
    deadLetters(['--help']),
  ]);
  assert.deepEqual([odd.code, nowhere.code, away.code, help.code], [2, 1, 1, 0]);
  assert.match(odd.stderr, /--help/);
  assert.match(nowhere.stderr, /no installation in .*nothing-here.*--data-dir/);
  assert.match(away.stderr, /database of \w+ did not answer/);
  assert.match(help.stdout, /replay {2}CONSUMER/);
});
