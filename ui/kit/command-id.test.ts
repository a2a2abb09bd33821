import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newCommandId } from './command-id.ts';

test('a command id is a version 7 UUID that begins with its time', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  const id = newCommandId(now);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), now);
  assert.notEqual(newCommandId(now), newCommandId(now));
});
