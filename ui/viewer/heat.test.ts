import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { readHeat } from './heat.ts';
import { inflate } from './inflate.ts';
import { ShapeError, type ShapeProblem } from './stl.ts';

type Dims = [number, number, number];

/** As modules/pricing/geometry/thickness/heat-volume.ts writes it. */
function volume(dims: Dims, codes: Uint8Array, figures = [1, 2, 3, 0.5, -1, 0.01]): Blob {
  const head = new ArrayBuffer(64);
  new Uint32Array(head, 0, 4).set([0x31_48_4c_46, ...dims]);
  new Float64Array(head, 16, 6).set(figures);
  return new Blob([head, deflateRawSync(codes)]);
}

function refused(file: Blob, problem: ShapeProblem): Promise<void> {
  return assert.rejects(readHeat(file), (error) => error instanceof ShapeError && error.problem === problem);
}

test('walls are read as they were written', async () => {
  const codes = Uint8Array.from({ length: 24 }, (_, n) => n * 10);
  assert.deepEqual(await readHeat(volume([2, 3, 4], codes)), {
    dims: [2, 3, 4],
    origin: [1, 2, 3],
    cell: 0.5,
    codes,
    lnFirst: -1,
    lnStep: 0.01,
  });
});

test('more than 96 cells a side are refused before anything is unpacked', async () => {
  await refused(volume([97, 1, 1], new Uint8Array(97)), 'too_large');
  await refused(volume([65_536, 65_536, 1], new Uint8Array(10)), 'too_large');
});

test('unpacking stops where the volume should end', async () => {
  await refused(volume([1, 1, 1], new Uint8Array(64 << 20)), 'too_large');
  // A stored block that is not the last one, for ever.
  const block = Uint8Array.of(0, 0xff, 0xff, 0, 0, ...new Uint8Array(0xffff));
  let given = 0;
  const endless = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(to) {
        given++;
        to.enqueue(block.slice());
      },
    });
  await assert.rejects(
    inflate({ stream: endless }, 100_000),
    (error) => error instanceof ShapeError && error.problem === 'too_large',
  );
  assert.ok(given < 20, `${given} blocks`);
});

test('what is cut off, empty, foreign or without a scale is refused', async () => {
  const whole = volume([4, 4, 4], new Uint8Array(64).fill(7));
  await refused(whole.slice(0, 30), 'unreadable');
  await refused(whole.slice(0, 64), 'unreadable');
  await refused(volume([4, 4, 5], new Uint8Array(64)), 'unreadable');
  await refused(volume([0, 4, 4], new Uint8Array(0)), 'unreadable');
  await refused(new Blob([new Uint8Array(100)]), 'unreadable');
  for (const figures of [
    [0, 0, 0, 0, 0, 1],
    [0, 0, 0, 1, Number.NaN, 1],
    [0, Infinity, 0, 1, 0, 1],
    [0, 0, 0, 1, 0, 0],
  ]) {
    await refused(volume([1, 1, 1], new Uint8Array(1), figures), 'unreadable');
  }
});

test('whatever is done to a file, it is read or refused as unreadable or too large', async () => {
  const whole = new Uint8Array(
    await volume(
      [4, 4, 4],
      Uint8Array.from({ length: 64 }, (_, n) => n),
    ).arrayBuffer(),
  );
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 6 }), fc.nat(whole.length), async (changes, length) => {
      const bytes = whole.slice(0, length);
      for (const { at, to } of changes) if (at < length) bytes[at] = to;
      const problem = await readHeat(new Blob([bytes])).then(
        ({ codes, dims }) => assert.equal(codes.length, dims[0] * dims[1] * dims[2]),
        (error) => assert.ok(error instanceof ShapeError, String(error)),
      );
      assert.equal(problem, undefined);
    }),
  );
});
