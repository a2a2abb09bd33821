import type { Mesh } from '../mesh.ts';
import type { Vector } from './symmetric-eigen.ts';

/** Integrals over a mesh, exact whatever its triangulation, in file units. Second moments are `[xx, xy, xz, yy, yz, zz]`. */
export interface Moments {
  area: number;
  /** Of the surface. */
  centroid: Vector;
  /** Mean over the surface of x·xᵀ about `centroid`. */
  surface: number[];
  /** Mean over the surface of r²·x about `centroid`. */
  third: Vector;
  /** Mean over the surface of r⁴ about `centroid`. */
  fourth: number;
  /** Of the furthest corner from `centroid`. */
  radius: number;
  /** Never negative. */
  volume: number;
  /** Mean over the body of x·xᵀ about the body's own centroid; null where the mesh bounds no volume. */
  body: number[] | null;
}

/** A body thinner than this share of √area³ has no second moments that mean anything. */
const FLAT = 1e-9;

/** Null for a mesh without area. Two passes over the triangles, in double precision. */
export function momentsOf(mesh: Mesh): Moments | null {
  const first = firstMoments(mesh);
  if (!first) return null;
  const second = secondMoments(mesh, first);
  const isBody = Math.abs(first.volume) > FLAT * first.area ** 1.5;
  return {
    area: first.area,
    centroid: first.centroid,
    surface: second.surface.map((sum) => sum / first.area),
    third: second.third.map((sum) => sum / first.area) as Vector,
    fourth: second.fourth / first.area,
    radius: furthest(mesh, first.centroid),
    volume: Math.abs(first.volume),
    body: isBody ? second.body.map((sum) => sum / first.volume) : null,
  };
}

interface First {
  area: number;
  centroid: Vector;
  volume: number;
  bodyCentroid: Vector;
}

function firstMoments({ positions: p, triangles }: Mesh): First | null {
  const [rx, ry, rz] = middleOf(p);
  let area = 0;
  let [sx, sy, sz] = [0, 0, 0];
  let six = 0;
  let [vx, vy, vz] = [0, 0, 0];
  for (let i = 0; i < triangles.length; i += 3) {
    const a = triangles[i]! * 3;
    const b = triangles[i + 1]! * 3;
    const c = triangles[i + 2]! * 3;
    const ax = p[a]! - rx;
    const ay = p[a + 1]! - ry;
    const az = p[a + 2]! - rz;
    const bx = p[b]! - rx;
    const by = p[b + 1]! - ry;
    const bz = p[b + 2]! - rz;
    const cx = p[c]! - rx;
    const cy = p[c + 1]! - ry;
    const cz = p[c + 2]! - rz;
    const nx = (by - ay) * (cz - az) - (bz - az) * (cy - ay);
    const ny = (bz - az) * (cx - ax) - (bx - ax) * (cz - az);
    const nz = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    const twice = Math.sqrt(nx * nx + ny * ny + nz * nz);
    const det = nx * ax + ny * ay + nz * az;
    const mx = ax + bx + cx;
    const my = ay + by + cy;
    const mz = az + bz + cz;
    area += twice;
    sx += twice * mx;
    sy += twice * my;
    sz += twice * mz;
    six += det;
    vx += det * mx;
    vy += det * my;
    vz += det * mz;
  }
  if (!(area > 0) || !Number.isFinite(area)) return null;
  const s = 1 / (3 * area);
  const v = six === 0 ? 0 : 1 / (4 * six);
  return {
    area: area / 2,
    centroid: [rx + sx * s, ry + sy * s, rz + sz * s],
    volume: six / 6,
    bodyCentroid: [rx + vx * v, ry + vy * v, rz + vz * v],
  };
}

function middleOf(p: Float32Array): Vector {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < p.length; i++) {
    const k = i % 3;
    if (p[i]! < min[k]!) min[k] = p[i]!;
    if (p[i]! > max[k]!) max[k] = p[i]!;
  }
  return [0, 1, 2].map((k) => (min[k]! + max[k]!) / 2) as Vector;
}

// Points and weights of a rule that is exact to the fourth degree (Strang and Fix): two orbits of three points.
const NEAR = { corner: 0.10810301816807023, others: 0.44594849091596489, weight: 0.22338158967801147 };
const FAR = { corner: 0.81684757298045851, others: 0.09157621350977074, weight: 0.10995174365532187 };

function secondMoments({ positions: p, triangles }: Mesh, { centroid, volume, bodyCentroid }: First) {
  const [rx, ry, rz] = centroid;
  const [dx, dy, dz] = [rx - bodyCentroid[0], ry - bodyCentroid[1], rz - bodyCentroid[2]];
  const surface = new Float64Array(6);
  const body = new Float64Array(6);
  const third = new Float64Array(3);
  let fourth = 0;
  const x = new Float64Array(9);
  for (let i = 0; i < triangles.length; i += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const at = triangles[i + corner]! * 3;
      x[corner * 3] = p[at]! - rx;
      x[corner * 3 + 1] = p[at + 1]! - ry;
      x[corner * 3 + 2] = p[at + 2]! - rz;
    }
    const nx = (x[4]! - x[1]!) * (x[8]! - x[2]!) - (x[5]! - x[2]!) * (x[7]! - x[1]!);
    const ny = (x[5]! - x[2]!) * (x[6]! - x[0]!) - (x[3]! - x[0]!) * (x[8]! - x[2]!);
    const nz = (x[3]! - x[0]!) * (x[7]! - x[1]!) - (x[4]! - x[1]!) * (x[6]! - x[0]!);
    const area = Math.sqrt(nx * nx + ny * ny + nz * nz) / 2;
    const sx = x[0]! + x[3]! + x[6]!;
    const sy = x[1]! + x[4]! + x[7]!;
    const sz = x[2]! + x[5]! + x[8]!;
    for (let orbit = 0; orbit < 2; orbit++) {
      const { corner, others, weight } = orbit === 0 ? NEAR : FAR;
      const w = area * weight;
      for (let k = 0; k < 9; k += 3) {
        const qx = others * sx + (corner - others) * x[k]!;
        const qy = others * sy + (corner - others) * x[k + 1]!;
        const qz = others * sz + (corner - others) * x[k + 2]!;
        const r2 = qx * qx + qy * qy + qz * qz;
        const wr2 = w * r2;
        surface[0] = surface[0]! + w * qx * qx;
        surface[1] = surface[1]! + w * qx * qy;
        surface[2] = surface[2]! + w * qx * qz;
        surface[3] = surface[3]! + w * qy * qy;
        surface[4] = surface[4]! + w * qy * qz;
        surface[5] = surface[5]! + w * qz * qz;
        third[0] = third[0]! + wr2 * qx;
        third[1] = third[1]! + wr2 * qy;
        third[2] = third[2]! + wr2 * qz;
        fourth += wr2 * r2;
      }
    }
    if (volume !== 0) addTetrahedron(body, x, dx, dy, dz);
  }
  return { surface: [...surface], body: [...body], third: [...third], fourth };
}

/** ∫ x·xᵀ over the tetrahedron from the body's centroid to the triangle: det/120 · (Σ v·vᵀ + s·sᵀ). */
function addTetrahedron(body: Float64Array, x: Float64Array, dx: number, dy: number, dz: number): void {
  const ax = x[0]! + dx;
  const ay = x[1]! + dy;
  const az = x[2]! + dz;
  const bx = x[3]! + dx;
  const by = x[4]! + dy;
  const bz = x[5]! + dz;
  const cx = x[6]! + dx;
  const cy = x[7]! + dy;
  const cz = x[8]! + dz;
  const det = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  const w = det / 120;
  const sx = ax + bx + cx;
  const sy = ay + by + cy;
  const sz = az + bz + cz;
  body[0] = body[0]! + w * (ax * ax + bx * bx + cx * cx + sx * sx);
  body[1] = body[1]! + w * (ax * ay + bx * by + cx * cy + sx * sy);
  body[2] = body[2]! + w * (ax * az + bx * bz + cx * cz + sx * sz);
  body[3] = body[3]! + w * (ay * ay + by * by + cy * cy + sy * sy);
  body[4] = body[4]! + w * (ay * az + by * bz + cy * cz + sy * sz);
  body[5] = body[5]! + w * (az * az + bz * bz + cz * cz + sz * sz);
}

function furthest({ positions: p }: Mesh, [x, y, z]: Vector): number {
  let most = 0;
  for (let i = 0; i < p.length; i += 3) {
    const r2 = (p[i]! - x) ** 2 + (p[i + 1]! - y) ** 2 + (p[i + 2]! - z) ** 2;
    if (r2 > most) most = r2;
  }
  return Math.sqrt(most);
}
