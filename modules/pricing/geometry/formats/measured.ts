import { BLOCK_BYTES, type TriangleSource } from './triangle-source.ts';

export interface Measured {
  triangles: number;
  /** About the first corner, in double precision. */
  volume: number;
  area: number;
  min: number[];
  max: number[];
  /** A coordinate was no number or infinite. */
  unbounded: boolean;
}

/** A plain sum over the triangles, to hold readers against each other; `blockBytes` at least one stride. */
export function measured(source: TriangleSource, blockBytes: number = BLOCK_BYTES): Measured {
  const into = new Uint8Array(blockBytes);
  const view = new DataView(into.buffer);
  const sum: Measured = {
    ...{ triangles: 0, volume: 0, area: 0, unbounded: false },
    min: [Infinity, Infinity, Infinity],
    max: [-Infinity, -Infinity, -Infinity],
  };
  let first: number[] | null = null;
  source.forEachBlock(into, (count) => {
    sum.triangles += count;
    for (let k = 0; k < count; k++) {
      const at = k * source.stride + source.offset;
      const corners = Array.from({ length: 9 }, (_, place) => view.getFloat32(at + 4 * place, true));
      first ??= corners.slice(0, 3);
      add(sum, corners, first);
    }
  });
  return sum;
}

function add(sum: Measured, corners: readonly number[], first: readonly number[]): void {
  corners.forEach((value, place) => {
    const axis = place % 3;
    sum.min[axis] = Math.min(sum.min[axis]!, value);
    sum.max[axis] = Math.max(sum.max[axis]!, value);
    if (!Number.isFinite(value)) sum.unbounded = true;
  });
  const [ax, ay, az, bx, by, bz, cx, cy, cz] = corners.map((value, place) => value - first[place % 3]!) as [
    ...[number, number, number, number, number, number, number, number, number],
  ];
  sum.volume += (ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)) / 6;
  const [ux, uy, uz] = [bx - ax, by - ay, bz - az];
  const [vx, vy, vz] = [cx - ax, cy - ay, cz - az];
  sum.area += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
}
