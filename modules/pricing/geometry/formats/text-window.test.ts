import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bytesInMemory } from '../byte-source.ts';
import { streamOf } from './byte-window.ts';
import { TextWindow } from './text-window.ts';

function windowOver(text: string): TextWindow {
  const window = new TextWindow(streamOf(bytesInMemory(Buffer.from(text))));
  window.nextWord();
  return window;
}

function number(text: string): number {
  return windowOver(text).number();
}

/** Within two units in the last place of the runtime's own parser. */
function agrees(text: string): void {
  const [own, theirs] = [number(text), Number(text)];
  assert.ok(Math.abs(own - theirs) <= 2 * Number.EPSILON * Math.abs(theirs), `${text}: ${own} is not ${theirs}`);
}

describe('numbers', () => {
  test('are read as the runtime reads them', () => {
    const written = fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })
      .filter((it) => Math.abs(it) > 1e-30);
    fc.assert(fc.property(written, (value) => agrees(`${value}`)));
    fc.assert(
      fc.property(written, fc.integer({ min: 0, max: 20 }), (value, digits) => agrees(value.toExponential(digits))),
    );
    fc.assert(fc.property(written, (value) => agrees(`  ${value.toPrecision(17)} `)));
  });

  test('32-bit numbers come back exactly', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // The text of -0 is 0.
        assert.equal(Math.fround(number(`${value}`)), value + 0);
      }),
    );
  });

  test('of any length', () => {
    for (const text of [
      '0',
      '-0',
      '+7',
      '.5',
      '5.',
      '1e5',
      '1E-5',
      '000012.50',
      '0.00000000000000000000123456789',
      '12345678901234567890123.5',
    ]) {
      agrees(text);
    }
    assert.equal(number('1e400'), Infinity);
    assert.equal(number('1e-400'), 0);
    for (const text of ['', '-', '.', 'e5', 'x', '-.']) assert.ok(Number.isNaN(number(text)), text);
  });

  test('end where something else begins', () => {
    const window = windowOver('1.5/2');
    assert.equal(window.number(), 1.5);
    assert.equal(window.bytes[window.at], '/'.charCodeAt(0));
  });
});

test('words are found over the edges of the window', () => {
  const words = Array.from({ length: 60_000 }, (_, k) => `${k}`);
  const window = windowOver(words.join('  \r\n '));
  for (const word of words) {
    assert.ok(window.nextWord());
    assert.equal(window.number(), Number(word));
  }
  assert.equal(window.nextWord(), false);
});

test('lines go on behind a backslash where the format says so', () => {
  const text = 'a \\\n b\nc\r\nd';
  const plain = windowOver(text);
  const continued = windowOver(text);
  const lines = (next: () => boolean) => {
    let count = 1;
    while (next()) count++;
    return count;
  };
  assert.equal(
    lines(() => plain.nextLine()),
    4,
  );
  assert.equal(
    lines(() => continued.nextLine(true)),
    3,
  );
});
