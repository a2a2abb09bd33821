import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { embeddedPostgres, openDatabase } from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'forgeline-listen-'));
after(() => rmSync(dataDir, { recursive: true, force: true }));

/** What a listener hears, and a way to wait for it. */
function ear() {
  const heard: string[] = [];
  let wake = () => {};
  return {
    heard,
    hear(text: string) {
      heard.push(text);
      wake();
    },
    async waitFor(text: string): Promise<void> {
      while (!heard.includes(text)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

test('listening outlives a server that is away for longer than one try', async () => {
  const postgres = embeddedPostgres({ dataDir, settings: { fsync: 'off', shared_buffers: '16MB' } });
  await postgres.start();
  const { sql, end } = openDatabase({ url: postgres.adminUrl, room: 'test' });
  const [one, other] = [ear(), ear()];
  const listening = await sql.listen('news', one.hear, () => one.hear('listening'));
  await sql.listen('other "news"', other.hear);
  await sql`select pg_notify('news', 'first'), pg_notify('other "news"', 'for the other')`;
  await Promise.all([one.waitFor('first'), other.waitFor('for the other')]);
  assert.deepEqual(one.heard, ['listening', 'first']);

  await postgres.stop();
  one.heard.length = 0;
  // Longer than two tries.
  await pause(700);
  await postgres.start();
  await one.waitFor('listening');
  await sql`select pg_notify('news', 'again'), pg_notify('other "news"', 'again')`;
  await Promise.all([one.waitFor('again'), other.waitFor('again')]);

  await listening.unlisten();
  await sql`select pg_notify('news', 'unheard')`;
  await sql`select pg_notify('other "news"', 'last')`;
  await other.waitFor('last');
  assert.equal(one.heard.includes('unheard'), false);
  await end();
  await postgres.stop();
});
