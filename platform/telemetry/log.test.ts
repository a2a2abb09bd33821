import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { createLog, logFile, logLineSchema } from './log.ts';
import { span, startTracing } from './tracing.ts';

function memoryLog(level: 'info' | 'debug' = 'info') {
  const lines: string[] = [];
  const log = createLog({
    service: 'forgeline',
    role: 'orders',
    version: '1.2.3',
    level,
    destination: { write: (line: string) => lines.push(line) },
  });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line)) };
}

test('a line is one JSON object with the agreed fields', () => {
  const { log, lines, records } = memoryLog();
  log.child({ requestId: 'r-1' }).info({ orderId: 'o-1', event: 'order.approved' }, 'Order approved');
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.indexOf('\n'), lines[0]!.length - 1);
  const [record] = records();
  assert.ok(Value.Check(logLineSchema, record), JSON.stringify(Value.Errors(logLineSchema, record)));
  const { time, ...rest } = record;
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.deepEqual(rest, {
    level: 'info',
    service: 'forgeline',
    role: 'orders',
    version: '1.2.3',
    requestId: 'r-1',
    orderId: 'o-1',
    event: 'order.approved',
    msg: 'Order approved',
  });
});

test('the active span names itself in the line', async () => {
  const tracing = startTracing({ service: 'forgeline', role: 'orders', version: '1' });
  await tracing.start?.();
  const { log, records } = memoryLog();
  try {
    await span('work', {}, async (active) => {
      log.info('Inside');
      const { traceId, spanId } = active.spanContext();
      assert.deepEqual([records()[0].traceId, records()[0].spanId], [traceId, spanId]);
      assert.ok(Value.Check(logLineSchema, records()[0]));
    });
  } finally {
    await tracing.stop?.();
  }
  log.info('Outside');
  assert.equal(records()[1].traceId, undefined);
});

test('an error keeps its type, code, stack and cause', () => {
  const { log, records } = memoryLog();
  const error = Object.assign(new TypeError('No room', { cause: new RangeError('Disk is full') }), { code: 'ENOSPC' });
  log.error({ err: error }, 'Upload failed');
  log.error({ err: 'just a text' }, 'Upload failed');
  const [first, second] = records();
  assert.deepEqual([first.err.type, first.err.message, first.err.code], ['TypeError', 'No room', 'ENOSPC']);
  assert.match(first.err.stack, /caused by: RangeError: Disk is full/);
  assert.ok(Value.Check(logLineSchema, first) && Value.Check(logLineSchema, second));
});

test('secrets and personal data do not reach the line', () => {
  const { log, lines, records } = memoryLog();
  const secrets = {
    password: 'hunter2',
    headers: { Authorization: 'Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln', 'Set-Cookie': 'sid=abc', accept: 'text/html' },
    people: [{ email: 'anna@example.com', deliveryAddress: { line1: 'Lenina 1' } }],
    note: 'call boris.b@mail.example.ru, key fk_live_0123456789abcdef',
    url: 'postgres://crm:s3cret@127.0.0.1:5432/forgeline',
  };
  log.child({ token: 'child-secret' }).warn(secrets, 'Signed in as anna@example.com');
  log.error({ err: new Error('duplicate key: (email)=(anna@example.com)') }, 'Failed');
  const all = lines.join('');
  for (const secret of [
    'hunter2',
    'eyJ',
    'sid=abc',
    'anna@',
    'Lenina',
    'boris.b@',
    'fk_live',
    's3cret',
    'child-secret',
  ]) {
    assert.ok(!all.includes(secret), `${secret} is in ${all}`);
  }
  const [record] = records();
  assert.equal(record.headers.accept, 'text/html');
  assert.equal(record.url, 'postgres://crm:[redacted]@127.0.0.1:5432/forgeline');
  assert.equal(record.msg, 'Signed in as [email]');
});

test('fields below the wanted level are not written', () => {
  const { log, lines } = memoryLog();
  log.debug('Noise');
  assert.equal(lines.length, 0);
});

test('a log file that has grown large is set aside, and no line is lost', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'forgeline-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'forgeline.log');
  const line = (n: number) => `${JSON.stringify({ n, filling: 'x'.repeat(80) })}\n`;
  const destination = logFile(file, 1_000);
  for (let n = 0; n < 15; n++) destination.write(line(n));
  const numbers = [`${file}.1`, file].flatMap((name) =>
    readFileSync(name, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).n as number),
  );
  assert.deepEqual(numbers, [...Array(15).keys()]);
  assert.ok(statSync(file).size < 1_200);
  const next = logFile(file, 1_000);
  for (let n = 15; n < 40; n++) next.write(line(n));
  assert.deepEqual(readdirSync(folder).sort(), ['forgeline.log', 'forgeline.log.1']);
});
