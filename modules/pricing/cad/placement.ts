import type { Transform as RhinoTransform } from 'rhino3dm';

/** Row by row, 4 × 4. */
export type Transform = readonly number[];

export const AS_IT_IS: Transform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Not by its `toFloatArray`, which rounds to 32 bits. */
export function transformOf(t: RhinoTransform): Transform {
  return [
    [t.m00, t.m01, t.m02, t.m03],
    [t.m10, t.m11, t.m12, t.m13],
    [t.m20, t.m21, t.m22, t.m23],
    [t.m30, t.m31, t.m32, t.m33],
  ].flat();
}

export function times(a: Transform, b: Transform): Transform {
  return Array.from({ length: 16 }, (_, at) => {
    const row = at & ~3;
    const column = at & 3;
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + k]! * b[k * 4 + column]!, 0);
  });
}

/** Writes where `point` comes to lie into `into`, from `to` on. */
export function placed(t: Transform, point: readonly number[], into: Float64Array, to: number): void {
  const [x = 0, y = 0, z = 0] = point;
  for (let row = 0; row < 3; row++) {
    const at = row * 4;
    into[to + row] = t[at]! * x + t[at + 1]! * y + t[at + 2]! * z + t[at + 3]!;
  }
}

/** Its faces have to be turned. */
export function isMirrored(t: Transform): boolean {
  return (
    t[0]! * (t[5]! * t[10]! - t[6]! * t[9]!) -
      t[1]! * (t[4]! * t[10]! - t[6]! * t[8]!) +
      t[2]! * (t[4]! * t[9]! - t[5]! * t[8]!) <
    0
  );
}
