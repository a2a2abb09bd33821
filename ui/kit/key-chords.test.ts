import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chordFollower, chordLabel, chordOf, type Press } from './key-chords.ts';

const press = (code: string, held: Partial<Press> = {}): Press => ({
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});

test('a chord names its modifiers and the place of the key, not its letter', () => {
  assert.equal(chordOf(press('KeyK', { ctrlKey: true })), 'Ctrl+KeyK');
  assert.equal(chordOf(press('KeyK', { metaKey: true })), 'Ctrl+KeyK');
  assert.equal(chordOf(press('Slash', { shiftKey: true })), 'Shift+Slash');
  assert.equal(chordLabel('KeyG KeyO'), 'G O');
  assert.equal(chordLabel('Shift+Slash'), '?');
});

test('a sequence completes in time, and a lone key works at once', () => {
  const known = new Set(['KeyG KeyO', 'KeyC']);
  const follow = chordFollower(1_000);
  assert.equal(follow(press('KeyG'), known, 0), null);
  assert.equal(follow(press('KeyO'), known, 500), 'KeyG KeyO');
  assert.equal(follow(press('KeyG'), known, 1_000), null);
  assert.equal(follow(press('KeyO'), known, 2_500), null);
  assert.equal(follow(press('KeyC'), known, 3_000), 'KeyC');
});
