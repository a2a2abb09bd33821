import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGuard } from './address-guard.ts';

const strict = addressGuard({ allowLoopback: false });
const forTests = addressGuard({ allowLoopback: true });
const isTaken = (guard: typeof strict, url: string) => 'url' in guard.check(url);

test('takes public https addresses', () => {
  for (const url of ['https://example.com/hook', 'https://93.184.216.34/x', 'https://[2606:2800:220:1::1]/x']) {
    assert.ok(isTaken(strict, url), url);
  }
});

test('refuses inner addresses in every spelling', () => {
  const inner = [
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.31.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
  ];
  for (const url of inner) assert.ok(!isTaken(strict, url), url);
});

test('refuses other schemes, plain http and credentials', () => {
  for (const url of ['http://example.com/', 'ftp://example.com/', 'https://a:b@example.com/', 'nonsense']) {
    assert.ok(!isTaken(strict, url), url);
  }
});

test('lets tests send to this machine, and to nothing else inside', () => {
  assert.ok(isTaken(forTests, 'http://127.0.0.1:8080/hook'));
  assert.ok(isTaken(forTests, 'http://localhost:8080/hook'));
  assert.ok(!isTaken(forTests, 'http://10.0.0.1/hook'));
  assert.ok(!isTaken(forTests, 'http://example.com/hook'));
});

test('a name that resolves to an inner address is refused when it is connected to', async () => {
  const lookUp = (guard: typeof strict, all: boolean) =>
    new Promise<string>((resolve) => {
      guard.lookup('localhost', { all, family: 4 }, (error, found) =>
        resolve(error ? error.message : JSON.stringify(found)),
      );
    });
  assert.match(await lookUp(strict, true), /not a public address/);
  assert.match(await lookUp(forTests, true), /127\.0\.0\.1/);
  assert.equal(await lookUp(forTests, false), '"127.0.0.1"');
});
