import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Thickness } from '#contracts/pricing';
import type { Mesh } from '../mesh.ts';
import { examineWalls } from './examine-walls.ts';
import { decodeHeat, heatVolume, thicknessIn } from './heat-volume.ts';
import { measureWalls } from './measure-walls.ts';
import { box, insideOut, meshOf, prism, sphere, tube, turned } from './shells-under-test.ts';

type Point = readonly [number, number, number];
const OUTER = 10;
const INNER = 8;
/** Where the middle of the hollow is: walls from 0.7 to 3.3. */
const ASIDE: Point = [0.78, -0.52, 0.91];

function movedTo(mesh: Mesh, by: Point, size = 1): Mesh {
  const positions = mesh.positions.map((value, at) => value * size + by[at % 3]!);
  return { ...mesh, positions };
}

function eccentric(steps = 160): Mesh {
  const hollow = sphere(INNER, steps).map((face) =>
    face.map(([x, y, z]) => [x + ASIDE[0], y + ASIDE[1], z + ASIDE[2]]),
  );
  return meshOf(sphere(OUTER, steps), insideOut(hollow as unknown as ReturnType<typeof sphere>));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

/** From a place on the one sphere or the other straight through the wall, and how squarely the way leaves it. */
function throughWall(place: readonly number[]): { wall: number; square: number } {
  const fromHollow = place.map((value, k) => value - ASIDE[k]!);
  const isOutside = Math.hypot(...place) > OUTER * 0.98;
  if (isOutside) {
    const way = place.map((value) => -value / Math.hypot(...place));
    const along = dot(fromHollow, way);
    const wall = -along - Math.sqrt(along ** 2 - dot(fromHollow, fromHollow) + INNER ** 2);
    const exit = fromHollow.map((value, k) => -(value + way[k]! * wall) / INNER);
    return { wall, square: dot(exit, way) };
  }
  const way = fromHollow.map((value) => value / Math.hypot(...fromHollow));
  const along = dot(place, way);
  const wall = -along + Math.sqrt(along ** 2 - dot(place, place) + OUTER ** 2);
  const exit = place.map((value, k) => (value + way[k]! * wall) / OUTER);
  return { wall, square: dot(exit, way) };
}

describe('a ball whose hollow is not in its middle', () => {
  const mesh = eccentric();
  const { samples, report } = measureWalls(mesh, { seed: 2, rays: 32_768 });

  test('has at every place the wall that geometry says', () => {
    let worst = 0;
    let unknown = 0;
    for (let n = 0; n < samples.count; n++) {
      const { wall, square } = throughWall([...samples.points.subarray(n * 3, n * 3 + 3)]);
      assert.ok(square > 0.9);
      const found = samples.thickness[n]!;
      if (Number.isFinite(found)) worst = Math.max(worst, Math.abs(found / wall - 1));
      else unknown++;
    }
    assert.ok(worst < 0.02, `off by ${worst}`);
    assert.ok(unknown <= samples.count / 5000, `${unknown} of ${samples.count}`);
  });

  test('is thinnest where the hollow is nearest, and the patches say so', () => {
    const aside = Math.hypot(...ASIDE);
    const exact = OUTER - INNER - aside;
    // A thousandth of the surface is where the wall is up to 1 % thicker.
    assert.ok(report!.p01 > exact * 0.99 && report!.p01 < exact * 1.02, `${report!.p01}, not ${exact}`);
    for (const { below, at, thinnest, area } of report!.patches) {
      assert.ok(thinnest < below && area > 0);
      const { wall } = throughWall(at);
      assert.ok(wall < below * 1.01, `${wall} at a patch below ${below}`);
      if (below < exact * 1.1) assert.ok(dot(at, ASIDE) / Math.hypot(...at) / aside > 0.9);
    }
  });

  test('is looked up in the volume of wall thickness', () => {
    const volume = heatVolume(samples, { min: [-10, -10, -10], max: [10, 10, 10] })!;
    let known = 0;
    let error = 0;
    for (let n = 0; n < samples.count; n += 16) {
      const [x, y, z] = samples.points.subarray(n * 3, n * 3 + 3) as unknown as Point;
      const found = thicknessIn(volume, x, y, z);
      if (found === null) continue;
      known++;
      const { wall } = throughWall([x, y, z]);
      // The thinnest of a cell: where both sides of a wall are in one, or the wall grows along it, less.
      assert.ok(found < wall * 1.03 && found > wall * 0.75, `${found}, not ${wall}`);
      error += Math.abs(found / wall - 1);
    }
    assert.ok(known > samples.count / 17 && error / known < 0.05, `off by ${error / known} on average`);
  });
});

describe('thickness from 1e-3 to 1e3 times the size, and far away', () => {
  const shells = {
    'hollow box': { faces: [box([0, 0, 0], [20, 20, 20]), insideOut(box([1, 1, 1], [19, 19, 19]))], wall: 1 },
    tube: { faces: [tube(9, 10, 30)], wall: 1 },
    slab: { faces: [box([0, 0, 0], [30, 20, 0.2])], wall: 0.2 },
  };
  for (const [name, { faces, wall }] of Object.entries(shells)) {
    const mesh = turned(meshOf(...faces), 1.1);
    for (const size of [1e-3, 1e-1, 1, 1e3]) {
      test(`${name} × ${size}`, () => {
        const { report } = measureWalls(movedTo(mesh, [0, 0, 0], size), { seed: 4, rays: 8192 });
        assert.ok(Math.abs(report!.p01 / (wall * size) - 1) < 0.02, `${report!.p01}`);
      });
    }
    // Readers take the model's place away before; what is left is a few times its size at most.
    test(`${name}, ten times its size away`, () => {
      const { report } = measureWalls(movedTo(mesh, [300, -200, 250]), { seed: 4, rays: 8192 });
      assert.ok(Math.abs(report!.p01 / wall - 1) < 0.02, `${report!.p01}`);
    });
  }
});

test('a wedge is nowhere measured thicker than straight across, nor thinner than the shortest way', () => {
  for (const degrees of [5, 15, 25]) {
    const angle = (degrees * Math.PI) / 180;
    const mesh = meshOf(prism([[0, 0], [20, 0], [20, 20 * Math.tan(angle)]], 10)); // biome-ignore format: one line
    const { samples } = measureWalls(mesh, { seed: 6, rays: 16_384 });
    let seen = 0;
    for (let n = 0; n < samples.count; n++) {
      const [x, , z] = samples.points.subarray(n * 3, n * 3 + 3) as unknown as Point;
      const [, , nz] = samples.normals.subarray(n * 3, n * 3 + 3) as unknown as Point;
      const found = samples.thickness[n]!;
      // From below, in the thin half.
      if (nz > -0.99 || z > 1e-6 || x > 8 || !Number.isFinite(found)) continue;
      seen++;
      assert.ok(found <= x * Math.tan(angle) * 1.001 + 1e-4, `${found} at ${x} of ${degrees}°`);
      assert.ok(found >= x * Math.sin(angle) * 0.999 - 1e-4, `${found} at ${x} of ${degrees}°`);
    }
    assert.ok(seen > 500, `${seen}`);
  }
});

test('a place whose far side is an edge of its own body is still measured from face to face', () => {
  const { samples } = measureWalls(meshOf(box([0, 0, 0], [10, 6, 3])), { seed: 8, rays: 4096 });
  for (let n = 0; n < samples.count; n++) {
    const normal = [...samples.normals.subarray(n * 3, n * 3 + 3)].map(Math.abs);
    const exact = dot(normal, [10, 6, 3]);
    assert.ok(Math.abs(samples.thickness[n]! / exact - 1) < 0.02, `${samples.thickness[n]}, not ${exact}`);
  }
});

/** As the price room reads the curve. */
function shareBelow({ curve }: Thickness, limit: number): number {
  const next = curve.findIndex(([thickness]) => thickness >= limit);
  if (next === 0) return 0;
  if (next === -1) return curve.at(-1)![1];
  const [x0, y0] = curve[next - 1]!;
  const [x1, y1] = curve[next]!;
  return y0 + ((limit - x0) / (x1 - x0)) * (y1 - y0);
}

describe('the order in which a file has its triangles', () => {
  /** Faces in another order, each beginning with another corner. */
  function shuffled(mesh: Mesh): Mesh {
    const count = mesh.triangles.length / 3;
    const order = Array.from({ length: count }, (_, n) => (n * 7919 + 13) % count);
    assert.equal(new Set(order).size, count);
    return {
      ...mesh,
      triangles: Uint32Array.from(
        order.flatMap((face, n) => [0, 1, 2].map((c) => mesh.triangles[face * 3 + ((c + n) % 3)]!)),
      ),
      shellOf: Uint32Array.from(order, (face) => mesh.shellOf[face]!),
    };
  }
  const bodies = {
    'one shell': turned(meshOf(tube(9, 10, 30, 64)), 0.4),
    'several shells': turned(eccentric(24), 0.4),
    overlapping: turned(meshOf(box([0, 0, 0], [10, 10, 10]), box([9, 1, 1], [12, 9, 9])), 0.4),
  };
  const limits = [0.5, 0.8, 0.95, 1.1, 1.3, 2, 3, 5, 9, 20, 40];
  for (const [name, mesh] of Object.entries(bodies)) {
    test(`changes no figure that somebody reads: ${name}`, () => {
      const [one, other] = [mesh, shuffled(mesh)].map((given) => measureWalls(given, { seed: 3, rays: 8192 }).report!);
      // Which of two faces is met at an edge they share, and the last digit of a distance, are left to the order.
      assert.ok(Math.abs(other!.rays - one!.rays) <= 2);
      assert.ok(Math.abs(other!.p01 / one!.p01 - 1) < 1e-4);
      for (const limit of limits) {
        const [a, b] = [shareBelow(one!, limit), shareBelow(other!, limit)];
        // Each is told to a thousandth.
        assert.ok(Math.abs(a - b) < 0.002, `${b} below ${limit}, not ${a}`);
      }
      assert.deepEqual(
        other!.patches.map(({ area }) => area.toPrecision(2)),
        one!.patches.map(({ area }) => area.toPrecision(2)),
      );
    });
  }
});

describe('a model in which half of the faces lie on each other', () => {
  test('touching boxes, whichever way they touch, have no wall in between', () => {
    const base = box([0, 0, 0], [10, 10, 10]);
    const touching: [string, Mesh, number][] = [
      ['whole sides', meshOf(base, box([10, 0, 0], [12, 10, 10])), 10],
      ['a part of a side', meshOf(base, box([10, 3, 3], [12, 7, 7])), 4],
      ['a tower of three', meshOf(base, box([0, 0, 10], [10, 10, 11]), box([0, 0, 11], [10, 10, 13])), 10],
    ];
    for (const [name, mesh, least] of touching) {
      for (const angle of [0, 0.9]) {
        const { report } = measureWalls(turned(mesh, angle), { seed: 1, rays: 8192 });
        assert.ok(Math.abs(report!.p01 / least - 1) < 0.02, `${name}, turned by ${angle}: ${report!.p01}`);
      }
    }
  });

  test('one box inside another, both outwards, is the outer one alone', () => {
    const { report } = measureWalls(meshOf(box([0, 0, 0], [10, 10, 10]), box([1, 1, 1], [9, 9, 9])), {
      seed: 1,
      rays: 8192,
    });
    assert.ok(Math.abs(report!.p01 / 10 - 1) < 0.02, `${report!.p01}`);
  });
});

test('what the viewer gets tells walls in the coordinates of the file', () => {
  const { heat } = examineWalls(eccentric(48), { origin: [500, 0, -20], rays: 8192, withViews: true }, () => {});
  const volume = decodeHeat(heat!);
  const towards = ASIDE.map((value) => (value / Math.hypot(...ASIDE)) * OUTER) as unknown as Point;
  const thin = thicknessIn(volume, towards[0] + 500, towards[1], towards[2] - 20);
  const thick = thicknessIn(volume, 500 - towards[0], -towards[1], -towards[2] - 20);
  assert.ok(thin !== null && thin > 0.6 && thin < 0.85, `${thin}`);
  assert.ok(thick !== null && thick > 2.9 && thick < 3.5, `${thick}`);
});
