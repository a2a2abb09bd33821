export type Vector = [number, number, number];

/** Of a symmetric 3×3 matrix: eigenvalues, smallest first, and their unit vectors. */
export interface Eigen {
  values: Vector;
  vectors: [Vector, Vector, Vector];
}

const SWEEPS = 32;
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

/** By Jacobi rotations: exact to the last bits also where eigenvalues lie close together. `[xx, xy, xz, yy, yz, zz]`. */
export function symmetricEigen([xx, xy, xz, yy, yz, zz]: readonly number[]): Eigen {
  const m = [
    [xx!, xy!, xz!],
    [xy!, yy!, yz!],
    [xz!, yz!, zz!],
  ];
  const v = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(m) > 0; sweep++) {
    for (const [p, q] of PAIRS) rotate(m, v, p, q);
  }
  const order = [0, 1, 2].sort((a, b) => m[a]![a]! - m[b]![b]!) as Vector;
  return {
    values: order.map((k) => m[k]![k]!) as Vector,
    vectors: order.map((k) => [v[0]![k]!, v[1]![k]!, v[2]![k]!]) as Eigen['vectors'],
  };
}

function offDiagonal(m: readonly number[][]): number {
  const off = Math.abs(m[0]![1]!) + Math.abs(m[0]![2]!) + Math.abs(m[1]![2]!);
  const size = Math.abs(m[0]![0]!) + Math.abs(m[1]![1]!) + Math.abs(m[2]![2]!);
  return off > size * 1e-17 ? off : 0;
}

function rotate(m: number[][], v: number[][], p: number, q: number): void {
  const apq = m[p]![q]!;
  if (apq === 0) return;
  const theta = (m[q]![q]! - m[p]![p]!) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < 3; k++) {
    const kp = m[k]![p]!;
    const kq = m[k]![q]!;
    m[k]![p] = c * kp - s * kq;
    m[k]![q] = s * kp + c * kq;
  }
  for (let k = 0; k < 3; k++) {
    const pk = m[p]![k]!;
    const qk = m[q]![k]!;
    m[p]![k] = c * pk - s * qk;
    m[q]![k] = s * pk + c * qk;
    const vp = v[k]![p]!;
    const vq = v[k]![q]!;
    v[k]![p] = c * vp - s * vq;
    v[k]![q] = s * vp + c * vq;
  }
  m[p]![q] = 0;
  m[q]![p] = 0;
}
