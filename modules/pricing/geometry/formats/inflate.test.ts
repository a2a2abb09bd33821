import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { bytesInMemory } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { streamOf } from './byte-window.ts';
import { inflated } from './inflate.ts';

function unpack(packed: Uint8Array, blockBytes = 1000): Buffer {
  const stream = inflated(streamOf(bytesInMemory(packed)));
  const blocks: Buffer[] = [];
  const into = new Uint8Array(blockBytes);
  for (let got = stream(into); got > 0; got = stream(into)) blocks.push(Buffer.from(into.subarray(0, got)));
  return Buffer.concat(blocks);
}

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FILTERED,
];
/** Repetitive, as models are, or not. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 9000 }))
    .map(([unit, times]) => Uint8Array.from(Buffer.alloc(unit.length * times, unit))),
);

describe('inflate', () => {
  test('gives back what zlib packed, whatever the level and strategy', () => {
    fc.assert(
      fc.property(
        contents,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(...STRATEGIES),
        (content, level, strategy) => {
          assert.deepEqual(unpack(deflateRawSync(content, { level, strategy })), Buffer.from(content));
        },
      ),
    );
  });

  test('with words longer than the table', () => {
    // Fibonacci frequencies make a code as deep as the format allows.
    const frequencies = [1, 1];
    while (frequencies.length < 22) frequencies.push(frequencies.at(-1)! + frequencies.at(-2)!);
    const content = Buffer.concat(frequencies.map((times, byte) => Buffer.alloc(times, byte)));
    assert.deepEqual(unpack(deflateRawSync(content, { strategy: constants.Z_HUFFMAN_ONLY })), content);
  });

  test('refuses what is cut off', () => {
    const packed = deflateRawSync(Buffer.from('a model '.repeat(500).concat('and its end')));
    for (let bytes = 0; bytes < packed.length; bytes++) {
      assert.throws(() => unpack(packed.subarray(0, bytes)), GeometryRefusal, `${bytes}`);
    }
  });

  test('takes damaged data for data or refuses it', () => {
    const packed = deflateRawSync(Buffer.from(Array.from({ length: 900 }, (_, k) => (k * k) % 251)));
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(packed);
        damaged[at] = byte;
        try {
          unpack(damaged);
        } catch (error) {
          assert.ok(error instanceof GeometryRefusal);
        }
      }),
      { numRuns: 500 },
    );
  });
});
