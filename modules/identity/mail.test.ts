import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Sql } from '#platform/database';
import { createLog } from '#platform/telemetry';
import { type TestDatabase, testDatabase } from '#platform/testing';
import { type Mail, mailLink, mailRoom } from './mail.ts';

const log = createLog({ service: 'test', role: 'test', version: '0', level: 'silent' });
let database: TestDatabase;
let sql: Sql;
before(async () => {
  database = await testDatabase({
    rooms: [{ name: 'identity', hears: [], migrations: new URL('./migrations/', import.meta.url) }],
  });
  sql = database.sql('identity');
});
after(() => database.close());

const write = (to: string) =>
  mailLink(sql, 'resetPassword', { to, origin: 'https://x.example', token: 'secret-token' });

/** Resolves when `count` mails were handed over. */
function collector(count: number, fail: (mail: Mail) => boolean = () => false) {
  const sent: Mail[] = [];
  let finished = () => {};
  const all = new Promise<void>((resolve) => {
    finished = resolve;
  });
  return {
    sent,
    all,
    async send(mail: Mail) {
      if (fail(mail)) throw new Error('mailbox full');
      sent.push(mail);
      if (sent.length === count) finished();
    },
  };
}

test('each mail goes once, however many instances send, and its link is not kept', async () => {
  const mailer = collector(40);
  for (let index = 0; index < 40; index++) await write(`p${index}@example.org`);
  const rooms = [1, 2, 3].map(() => mailRoom({ sql, mailer, log }));
  await Promise.all(rooms.map((room) => room.start!()));
  await mailer.all;
  await Promise.all(rooms.map((room) => room.stop!()));
  assert.equal(new Set(mailer.sent.map(({ id }) => id)).size, 40);
  assert.equal(mailer.sent.length, 40);
  assert.match(mailer.sent[0]!.body, /https:\/\/x\.example\/account\/reset-password#secret-token/);
  const [kept] = await sql<{ count: number }[]>`select count(*) from mail where body like '%secret-token%'`;
  assert.equal(kept?.count, 0);
});

test('a mail that cannot be sent waits, and the others go on', async () => {
  let full = true;
  const mailer = collector(2, ({ recipient }) => full && recipient === 'full@example.org');
  await write('full@example.org');
  await write('fine@example.org');
  const room = mailRoom({ sql, mailer, log });
  await room.start!();
  while (mailer.sent.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const [waiting] = await sql<{ tries: number; error: string }[]>`
    select tries, last_error as error from mail where recipient = 'full@example.org'`;
  assert.deepEqual(waiting && { ...waiting }, { tries: 1, error: 'Error: mailbox full' });
  full = false;
  await sql`update mail set next_try_at = platform.now() where sent_at is null`;
  room.wake();
  await mailer.all;
  await room.stop!();
});
