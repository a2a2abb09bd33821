import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thinOut } from './thin-out.ts';

/** A ball of n × n patches with radius 10. */
function ball(n: number): Float32Array {
  const at = (i: number, j: number): [number, number, number] => {
    const [u, v] = [(Math.PI * i) / n, (2 * Math.PI * j) / n];
    return [10 * Math.sin(u) * Math.cos(v), 10 * Math.sin(u) * Math.sin(v), 10 * Math.cos(u)];
  };
  const positions: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
      positions.push(...a, ...b, ...c, ...a, ...c, ...d);
    }
  }
  return Float32Array.from(positions);
}

test('a mesh up to the limit stays as it is', () => {
  const small = ball(10);
  assert.equal(thinOut(small, 200), small);
});

test('a finer one has fewer triangles of the same shape', () => {
  const fine = ball(300);
  const thin = thinOut(fine, 20_000);
  const triangles = thin.length / 9;
  assert.ok(triangles > 8_000 && triangles < 32_000, `${triangles} triangles`);
  for (let corner = 0; corner < thin.length; corner += 3) {
    const radius = Math.hypot(thin[corner]!, thin[corner + 1]!, thin[corner + 2]!);
    assert.ok(Math.abs(radius - 10) < 0.1, `a corner at ${radius}`);
  }
});

test('no area and no size: still no more than the limit', () => {
  assert.equal(thinOut(new Float32Array(9 * 100), 50).length, 9 * 50);
});
