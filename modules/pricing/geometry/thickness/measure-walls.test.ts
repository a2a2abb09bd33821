import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { measureWalls } from './measure-walls.ts';
import { box, insideOut, meshOf, prism, sphere, stairs, tube, turned } from './shells-under-test.ts';

const PLAIN_BOX = box([0, 0, 0], [20, 20, 20]);
/** Angles about an axis that is none of the coordinate axes. */
const TURNS = [0, 0.7, 2.1];

function report(mesh: Mesh, seed = 5, rays = 16_384): Thickness {
  const { report: found } = measureWalls(mesh, { seed, rays });
  assert.ok(found);
  return found;
}

/** As the price room reads the curve. */
function shareBelow({ curve }: Thickness, limit: number): number {
  const next = curve.findIndex(([thickness]) => thickness >= limit);
  if (next === 0) return 0;
  if (next === -1) return curve.at(-1)![1];
  const [x0, y0] = curve[next - 1]!;
  const [x1, y1] = curve[next]!;
  return y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0);
}

function near(found: number, exact: number, tolerance = 0.02): void {
  assert.ok(Math.abs(found - exact) <= tolerance * exact, `${found} is not ${exact}`);
}

describe('walls whose thickness is known', () => {
  const shells = {
    cube: { mesh: meshOf(box([0, 0, 0], [10, 10, 10])), wall: 10, share: 1 },
    'hollow box': {
      mesh: meshOf(PLAIN_BOX, insideOut(box([1, 1, 1], [19, 19, 19]))),
      wall: 1,
      // Behind the rims of the outside the next wall is 20 away.
      share: (6 * 18 ** 2 + 6 * 18 ** 2) / (6 * 20 ** 2 + 6 * 18 ** 2),
    },
    'hollow sphere': { mesh: meshOf(sphere(10), insideOut(sphere(9))), wall: 1, share: 1 },
    tube: { mesh: meshOf(tube(9, 10, 30)), wall: 1, share: 1 - (2 * (100 - 81)) / (2 * (100 - 81) + 2 * 19 * 30) },
  };
  for (const [name, { mesh, wall, share }] of Object.entries(shells)) {
    for (const angle of TURNS) {
      test(`${name}, turned by ${angle}`, () => {
        const found = report(turned(mesh, angle));
        near(found.p01, wall);
        near(shareBelow(found, wall * 1.01), share);
        assert.equal(shareBelow(found, wall * 0.98), 0);
        assert.ok(found.patches.length > 0);
      });
    }
  }

  test('a wall just as thick as the limit is not thinner, however the part lies', () => {
    for (const angle of TURNS) assert.equal(shareBelow(report(turned(shells['hollow box'].mesh, angle)), 1), 0);
  });
});

describe('a thin groove in a plate', () => {
  const groove = meshOf(
    stairs(
      [
        [0, 5],
        [20, 0.8],
        [21, 5],
      ],
      40,
      30,
    ),
  );
  const area = 2 * (40 * 30 + 30 * 5 + 30 * 4.2) + 2 * (39 * 5 + 0.8);

  for (const angle of TURNS) {
    test(`turned by ${angle}: its share, its place and its area`, () => {
      const mesh = turned(groove, angle);
      const found = report(mesh, 3, 65_536);
      near(shareBelow(found, 0.9), (2 * 30) / area);
      const patch = found.patches[0]!;
      near(patch.thinnest, 0.8);
      near(patch.area, 2 * 30, 0.05);
      // Turned back: the way round with the opposite sign.
      const [x, , z] = turned({ ...mesh, positions: Float32Array.from(patch.at) }, -angle).positions;
      assert.ok(x! > 19.99 && x! < 21.01, `x ${x}`);
      assert.ok(Math.abs(z!) < 1e-4 || Math.abs(z! - 0.8) < 1e-4, `z ${z}`);
    });
  }

  test('0.007 % of the area is found, and its place told', () => {
    // Thin on both sides: 2 · 30 · width.
    const width = (0.00007 * 3250) / 60;
    const narrow = meshOf(
      stairs(
        [
          [0, 5],
          [20, 0.4],
          [20 + width, 5],
        ],
        40,
        30,
      ),
    );
    let found = 0;
    for (let seed = 0; seed < 25; seed++) {
      const { patches } = report(turned(narrow, seed / 4), seed, 65_536);
      if (Math.abs(patches[0]!.thinnest - 0.4) < 0.01 && patches[0]!.below < 0.5) found++;
    }
    assert.equal(found, 25);
  });
});

describe('a wedge', () => {
  const wedge = (degrees: number) => {
    const height = 20 * Math.tan((degrees * Math.PI) / 180);
    return meshOf(
      prism(
        [
          [0, 0],
          [20, 0],
          [20, height],
        ],
        10,
      ),
    );
  };

  test('of 10° is measured across, turned or not', () => {
    const tan = Math.tan(Math.PI / 18);
    const area = 20 * 10 + (20 / Math.cos(Math.PI / 18)) * 10 + 20 * tan * 10 + 20 * tan * 20;
    const shares = TURNS.map((angle) => shareBelow(report(turned(wedge(10), angle), 1, 65_536), 1));
    for (const share of shares) {
      near(share, shares[0]!);
      // Straight across 1 unit at 1/tan, on both sides; a leaning ray finds up to 2 % less.
      near(share, (2 * 10) / tan / area, 0.04);
    }
  });

  test('of 35° leaves too slantingly for a straight ray: leaning ones see its tip', () => {
    assert.ok(shareBelow(report(wedge(35)), 1) > 0.02);
  });
});

describe('several shells', () => {
  test('that overlap are one body', () => {
    const found = report(meshOf(box([0, 0, 0], [10, 10, 10]), box([9.5, 0, 0], [25, 10, 10])));
    assert.equal(shareBelow(found, 9), 0);
    near(found.curve.at(-1)![0], 25);
  });

  test('that touch are one body: the faces between are no wall', () => {
    for (const angle of TURNS) {
      const found = report(turned(meshOf(box([0, 0, 0], [10, 10, 10]), box([10, 0, 0], [11, 10, 10])), angle));
      assert.equal(shareBelow(found, 9.9), 0);
      near(found.curve.at(-1)![0], 11);
    }
  });

  test('that stand apart each have their own walls', () => {
    const found = report(meshOf(box([0, 0, 0], [10, 10, 10]), box([10.5, 0, 0], [11, 10, 10])));
    near(shareBelow(found, 0.6), 200 / (600 + 220));
  });

  test('walls of a hollow are walls', () => {
    const found = report(meshOf(PLAIN_BOX, insideOut(box([0.5, 5, 5], [15, 15, 15]))));
    near(found.p01, 0.5);
  });
});

test('figures do not depend on the size of the model or where it stands', () => {
  const at = (size: number, far: number) =>
    report(
      meshOf(
        box([far, 0, 0], [far + 20 * size, 20 * size, 20 * size]),
        insideOut(box([far + size, size, size], [far + 19 * size, 19 * size, 19 * size])),
      ),
    );
  near(at(1e-4, 0).p01, 1e-4);
  near(at(1e4, 0).p01, 1e4);
  near(at(1, 100).p01, 1);
});

test('the same seed gives the same figures', () => {
  const mesh = meshOf(tube(9, 10, 30));
  assert.deepEqual(report(mesh, 9), report(mesh, 9));
  assert.notDeepEqual(report(mesh, 9), report(mesh, 10));
});

test('figures have six digits, and the curve rises', () => {
  const { curve } = report(turned(meshOf(prism([[0, 0], [20, 0], [20, 8]], 10)), 1)); // biome-ignore format: one line
  assert.ok(curve.length <= 64);
  for (const [n, [thickness, share]] of curve.entries()) {
    assert.equal(thickness, Number(thickness.toPrecision(6)));
    if (n > 0) assert.ok(thickness >= curve[n - 1]![0] && share >= curve[n - 1]![1]);
  }
});

test('a surface without area, or without a side opposite, has no walls', () => {
  const none = meshOf([
    [
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ],
  ]);
  assert.equal(measureWalls(none, { seed: 1, rays: 100 }).report, null);
  assert.equal(measureWalls(meshOf(PLAIN_BOX.slice(0, 2)), { seed: 1, rays: 100 }).report, null);
});

test('faces made to keep rays busy get no answer', () => {
  // All through each other's middle: every ray passes every box.
  const faces = Array.from({ length: 40_000 }, (_, n) => {
    const [c, s] = [Math.cos(n * 2.4), Math.sin(n * 2.4)];
    return [
      [c, s, -1],
      [-c, -s, 1],
      [-s, c, n / 40_000],
    ] as const;
  });
  assert.equal(measureWalls(meshOf(faces), { seed: 1 }).report, null);
});
