import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, configHelp, printConfig, readConfig, SETTINGS } from './config.ts';

test('without anything set it is one process with the embedded database', () => {
  const config = readConfig([], {});
  assert.equal(config.role, 'all');
  assert.equal(config.databaseUrl, null);
  assert.equal(config.amqpUrl, null);
  assert.equal(config.demo, true);
  assert.equal(config.publicOrigin, 'http://127.0.0.1:8080');
});

test('the demo is seeded by default only where nobody else can reach it', () => {
  assert.equal(readConfig(['--host=0.0.0.0'], {}).demo, false);
  assert.equal(
    readConfig([], { DATABASE_URL: 'postgres://h/d', FORGELINE_SECRET: 'sixteen-or-more-characters' }).demo,
    false,
  );
  assert.equal(readConfig(['--host=0.0.0.0', '--demo'], {}).demo, true);
});

test('proxies are a list of addresses and networks, nobody by default', () => {
  assert.deepEqual(readConfig([], {}).trustedProxies, []);
  const { trustedProxies } = readConfig([], { FORGELINE_TRUSTED_PROXIES: '10.0.0.0/8, ::1' });
  assert.deepEqual(trustedProxies, ['10.0.0.0/8', '::1']);
});

test('programs and calculations stand behind people, unless told otherwise', () => {
  assert.deepEqual(
    ['all', 'mes', 'crm', 'partners', 'pricing-worker'].map((role) => readConfig([`--role=${role}`], {}).nice),
    [0, 0, 0, 5, 10],
  );
  assert.equal(readConfig(['--role=crm', '--nice=0'], { FORGELINE_NICE: '19' }).nice, 0);
  assert.throws(() => readConfig(['--nice=-5'], {}), ConfigError);
});

test('a flag wins over the environment, in both spellings', () => {
  assert.equal(readConfig(['--port', '9001'], { FORGELINE_PORT: '9000' }).port, 9001);
  assert.equal(readConfig(['--port=9002'], {}).port, 9002);
  assert.equal(readConfig(['--no-demo'], {}).demo, false);
});

test('replicas: the flag alone is one, lists have commas, a room with a server of its own has its own', () => {
  assert.equal(readConfig([], {}).embeddedReplicas, 0);
  assert.equal(readConfig(['--replica', '--no-demo'], {}).embeddedReplicas, 1);
  assert.equal(readConfig(['--replica=2'], {}).embeddedReplicas, 2);
  const { replicaUrls, roomReplicaUrls } = readConfig([], {
    DATABASE_URL: 'postgres://a/d',
    FORGELINE_SECRET: 'sixteen-or-more-characters',
    DATABASE_REPLICA_URLS: 'postgres://b/d, postgres://c/d',
    DATABASE_REPLICA_URLS_CRM: 'postgres://d/d',
  });
  assert.deepEqual(replicaUrls, ['postgres://b/d', 'postgres://c/d']);
  assert.deepEqual(roomReplicaUrls, { crm: ['postgres://d/d'] });
});

const refused: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
  ['an unknown flag', ['--colour'], {}, /Unknown argument "--colour"/],
  ['an unknown role', ['--role=king'], {}, /--role: "king" is none of all/],
  ['a port that is none', [], { FORGELINE_PORT: '70000' }, /FORGELINE_PORT: wants a whole number/],
  ['a flag without its value', ['--port'], {}, /--port wants a value/],
  ['a switch that is neither', [], { FORGELINE_DEMO: 'perhaps' }, /say true or false/],
  ['queues that hold nothing', [], { AMQP_QUEUE_LENGTH: '0' }, /100 or more/],
  ['a database address of another kind', [], { DATABASE_URL: 'mysql://x' }, /begins with postgres:/],
  ['a server without the secret', [], { DATABASE_URL: 'postgres://x/y' }, /needs FORGELINE_SECRET/],
  ['a room of its own without a broker', [], { DATABASE_URL_CRM: 'postgres://x/y' }, /needs AMQP_URL/],
  ['replicas of no server', [], { DATABASE_REPLICA_URLS: 'postgres://x/y' }, /needs DATABASE_URL/],
  ['a replica of another kind', [], { DATABASE_REPLICA_URLS_CRM: 'http://x' }, /begins with postgres:/],
  ['S3 without keys', [], { S3_ENDPOINT: 'http://127.0.0.1:1' }, /S3_ACCESS_KEY_ID: is missing/],
  ['a proxy that is no address', ['--trusted-proxies=10.0.0.0/8,balancer'], {}, /"balancer" is no address or network/],
  ['an unknown flag key', ['--flags=shop.magic=on'], {}, /no flag "shop.magic"/],
  ['a flag that is neither on nor off', ['--flags=shop.accept_orders=1'], {}, /is on or off/],
  ['a time zone that is none', ['--time-zone=Mars'], {}, /no IANA time zone/],
];
for (const [name, argv, env, message] of refused) {
  test(`${name} is refused with its reason`, () => {
    assert.throws(
      () => readConfig(argv, env),
      (error: unknown) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('a refusal never repeats a value that may hold a password', () => {
  assert.throws(
    () => readConfig([], { AMQP_URL: 'http://user:hunter2@host' }),
    (error: unknown) => error instanceof ConfigError && !error.message.includes('hunter2'),
  );
});

test('--print-config hides secrets and says where a value came from', () => {
  const text = printConfig(['--port=9000'], {
    DATABASE_URL: 'postgres://a:hunter2@h/d',
    FORGELINE_SECRET: 'sixteen-or-more-characters',
  });
  assert.doesNotMatch(text, /hunter2|sixteen-or-more/);
  assert.match(text, /FORGELINE_PORT=9000 {2}\(--port\)/);
});

test('--help names every setting', () => {
  const help = configHelp();
  for (const { env } of SETTINGS) assert.ok(help.includes(env), env);
});
