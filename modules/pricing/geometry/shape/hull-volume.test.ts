import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hullVolume } from './hull-volume.ts';

const near = (actual: number | null, wanted: number, share: number) =>
  assert.ok(actual !== null && Math.abs(actual / wanted - 1) <= share, `${actual}, not ${wanted}`);

const coordinate = fc.double({ min: -10, max: 10, noNaN: true });
const corner = fc.tuple(coordinate, coordinate, coordinate);

/** Turns by Rodrigues' formula. */
function turned(p: Float32Array, [x, y, z]: readonly number[], angle: number): Float32Array {
  const size = Math.hypot(x!, y!, z!);
  const [u, v, w] = size > 1e-6 ? [x! / size, y! / size, z! / size] : [0, 0, 1];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float32Array(p.length);
  for (let i = 0; i < p.length; i += 3) {
    const [a, b, d] = [p[i]!, p[i + 1]!, p[i + 2]!];
    const along = (u * a + v * b + w * d) * (1 - c);
    out[i] = a * c + (v * d - w * b) * s + u * along;
    out[i + 1] = b * c + (w * a - u * d) * s + v * along;
    out[i + 2] = d * c + (u * b - v * a) * s + w * along;
  }
  return out;
}

function boxCorners(a: number, b: number, c: number, each: number): Float32Array {
  const corners: number[] = [];
  for (let i = 0; i <= each; i++) {
    for (let j = 0; j <= each; j++) {
      for (let k = 0; k <= each; k++) corners.push((a * i) / each, (b * j) / each, (c * k) / each);
    }
  }
  return Float32Array.from(corners);
}

test('a box full of corners has the volume of the box, however it is turned', () => {
  // A wall five hundred times thinner than it is long has lost its fourth digit to 32-bit corners already.
  const size = fc.double({ min: 2, max: 50, noNaN: true });
  fc.assert(
    fc.property(size, size, size, fc.integer({ min: 1, max: 6 }), corner, coordinate, (a, b, c, each, axis, angle) => {
      near(hullVolume(boxCorners(a, b, c, each)), a * b * c, 1e-5);
      near(hullVolume(turned(boxCorners(a, b, c, each), axis, angle)), a * b * c, 1e-4);
    }),
    { numRuns: 60 },
  );
});

test('a hull holds every hull of a part, fits into the box, and does not depend on order or doubles', () => {
  fc.assert(
    fc.property(fc.array(corner, { minLength: 5, maxLength: 300 }), (corners) => {
      const whole = hullVolume(Float32Array.from(corners.flat()));
      const size = [0, 1, 2].map((k) => {
        const values = corners.map((each) => Math.fround(each[k]!));
        return Math.max(...values) - Math.min(...values);
      });
      const box = size[0]! * size[1]! * size[2]!;
      const part = hullVolume(Float32Array.from(corners.slice(0, -2).flat()));
      const noise = 1e-6 * Math.hypot(...size) ** 3;
      assert.ok((whole ?? 0) <= box + noise);
      assert.ok((part ?? 0) <= (whole ?? 0) + noise);
      const doubled = hullVolume(Float32Array.from([...corners, ...corners].reverse().flat()));
      assert.ok(Math.abs((doubled ?? 0) - (whole ?? 0)) <= noise);
    }),
    { numRuns: 300 },
  );
});

test('against the sum over every supporting plane of a few corners', () => {
  const whole = fc.integer({ min: -8, max: 8 });
  fc.assert(
    fc.property(fc.array(fc.tuple(whole, whole, whole), { minLength: 4, maxLength: 12 }), (corners) => {
      const wanted = hullByBruteForce(corners);
      const got = hullVolume(Float32Array.from(corners.flat()));
      // Half a step of the grid, over the whole surface.
      assert.ok(Math.abs((got ?? 0) - wanted) <= 1e-2, `${got}, not ${wanted}`);
    }),
    { numRuns: 300 },
  );
});

test('a sphere of many corners comes to its volume', () => {
  for (const [count, share] of [
    [10_000, 2e-3],
    [200_000, 2e-3],
  ] as const) {
    const p = new Float32Array(count * 3);
    for (let i = 0; i < count; i++) {
      const z = 1 - (2 * i + 1) / count;
      const r = Math.sqrt(1 - z * z);
      p.set([r * Math.cos(i * 2.399963229728653), r * Math.sin(i * 2.399963229728653), z], i * 3);
    }
    near(hullVolume(p), (4 / 3) * Math.PI, share);
  }
});

test('flat faces of many corners, which rounding leaves uneven, do not tear it', () => {
  const sides = fc.integer({ min: 20, max: 200 });
  fc.assert(
    fc.property(
      sides,
      corner,
      coordinate,
      fc.double({ min: 0.05, max: 8, noNaN: true }),
      (count, axis, angle, height) => {
        const disc = Float32Array.from(
          Array.from({ length: count }, (_, n) => (2 * Math.PI * n) / count).flatMap((turn) =>
            [0, height].flatMap((z) =>
              [1, 0.8, 0.3].flatMap((r) => [9 * r * Math.cos(turn), 9 * r * Math.sin(turn), z]),
            ),
          ),
        );
        const wanted = (count / 2) * 81 * Math.sin((2 * Math.PI) / count) * height;
        near(hullVolume(turned(disc, axis, angle)), wanted, 2e-5 / Math.min(1, height));
      },
    ),
    { numRuns: 150 },
  );
});

test('what is flat, a line, a point or nothing has none', () => {
  for (const corners of [[], [1, 2, 3], [0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]]) {
    assert.equal(hullVolume(Float32Array.from(corners)), null);
  }
  assert.equal(hullVolume(turned(boxCorners(3, 4, 0, 8), [1, 2, 3], 1)), null);
});

/** The volume from the middle: each triangle of a fan over the corners on each supporting plane. */
function hullByBruteForce(corners: readonly (readonly [number, number, number])[]): number {
  const unique = [...new Map(corners.map((each) => [each.join(), each])).values()];
  const middle = [0, 1, 2].map((k) => unique.reduce((sum, each) => sum + each[k]!, 0) / unique.length);
  const seen = new Set<string>();
  let volume = 0;
  for (const [i, a] of unique.entries()) {
    for (const [j, b] of unique.entries()) {
      for (const c of unique.slice(j + 1)) {
        if (i >= j) continue;
        let n = crossOf(minus(b, a), minus(c, a));
        if (n.every((value) => value === 0)) continue;
        const heights = unique.map((each) => dotOf(n, minus(each, a)));
        if (heights.some((h) => h > 0) && heights.some((h) => h < 0)) continue;
        if (heights.some((h) => h > 0)) n = n.map((value) => -value);
        if (heights.every((h) => h === 0)) return 0;
        const on = unique.filter((_, at) => heights[at] === 0);
        const key = on
          .map((each) => each.join())
          .sort()
          .join(' ');
        if (seen.has(key)) continue;
        seen.add(key);
        const size = Math.hypot(...n);
        const unit = n.map((value) => value / size);
        volume += (areaOf(on, unit) * dotOf(unit, minus(a, middle))) / 3;
      }
    }
  }
  return volume;
}

/** Of the convex hull of corners in a plane. */
function areaOf(on: readonly (readonly number[])[], normal: readonly number[]): number {
  const u = Math.abs(normal[0]!) < 0.9 ? crossOf(normal, [1, 0, 0]) : crossOf(normal, [0, 1, 0]);
  const size = Math.hypot(...u);
  const [x, y] = [
    u.map((value) => value / size),
    crossOf(
      normal,
      u.map((value) => value / size),
    ),
  ];
  const middle = [0, 1, 2].map((k) => on.reduce((sum, each) => sum + each[k]!, 0) / on.length);
  const flat = on.map((each) => [dotOf(minus(each, middle), x), dotOf(minus(each, middle), y)] as const);
  const sorted = [...flat].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  const half = (points: readonly (readonly [number, number])[]) => {
    const chain: (readonly [number, number])[] = [];
    for (const point of points) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 1e-12) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const ring = [...half(sorted), ...half([...sorted].reverse())];
  return Math.abs(
    ring.reduce((sum, [px, py], at) => {
      const [qx, qy] = ring[(at + 1) % ring.length]!;
      return sum + (px * qy - qx * py) / 2;
    }, 0),
  );
}

function turn(a: readonly [number, number], b: readonly [number, number], c: readonly [number, number]): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, k) => value - b[k]!);
}
function crossOf(a: readonly number[], b: readonly number[]): number[] {
  return [a[1]! * b[2]! - a[2]! * b[1]!, a[2]! * b[0]! - a[0]! * b[2]!, a[0]! * b[1]! - a[1]! * b[0]!];
}
function dotOf(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0);
}
