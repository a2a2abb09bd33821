import { type TriangleSource, triangleBatch } from './triangles.ts';

/**
 * The same mesh with corners that lie within `tolerance` of each other moved onto the first of them. Real CAD exports
 * need it: neighbouring faces repeat a corner with its last bits different.
 * Memory: 12 bytes per distinct corner and 8 to 16 of table.
 */
export function weld(source: TriangleSource, min: readonly number[], tolerance: number): TriangleSource {
  const corners = new CornerGrid(min, tolerance);
  return {
    atMost: source.atMost,
    forEachBatch(visit) {
      let welded = triangleBatch(0);
      source.forEachBatch((batch) => {
        if (welded.coordinates.length < batch.coordinates.length) {
          welded = triangleBatch(batch.coordinates.length / 9);
        }
        welded.count = batch.count;
        for (let i = 0; i < batch.count * 9; i += 3) corners.snap(batch.coordinates, welded.coordinates, i);
        visit(welded);
      });
    },
  };
}

/** Distinct corners in a grid of cells two tolerances wide, so that only the eight nearest cells need a look. */
class CornerGrid {
  readonly #min: readonly number[];
  readonly #tolerance: number;
  readonly #perCell: number;
  #points = new Float32Array(3 * 8192);
  #count = 0;
  /** Point number + 1, 0 when empty; by open addressing on the cell's hash. */
  #slots = new Int32Array(16_384);

  constructor(min: readonly number[], tolerance: number) {
    this.#min = min;
    this.#tolerance = tolerance;
    this.#perCell = 1 / (2 * tolerance);
  }

  snap(from: Float32Array, to: Float32Array, i: number): void {
    const x = from[i]!;
    const y = from[i + 1]!;
    const z = from[i + 2]!;
    const known = this.#find(x, y, z);
    const point = known === -1 ? this.#add(x, y, z) : known;
    to[i] = this.#points[point * 3]!;
    to[i + 1] = this.#points[point * 3 + 1]!;
    to[i + 2] = this.#points[point * 3 + 2]!;
  }

  /**
   * The oldest point within tolerance, or −1. Oldest, not nearest: a corner seen again must always get the same point,
   * whatever was added in between.
   */
  #find(x: number, y: number, z: number): number {
    const gx = (x - this.#min[0]!) * this.#perCell;
    const gy = (y - this.#min[1]!) * this.#perCell;
    const gz = (z - this.#min[2]!) * this.#perCell;
    const cx = Math.floor(gx);
    const cy = Math.floor(gy);
    const cz = Math.floor(gz);
    const sideX = gx - cx < 0.5 ? -1 : 1;
    const sideY = gy - cy < 0.5 ? -1 : 1;
    const sideZ = gz - cz < 0.5 ? -1 : 1;
    let oldest = this.#count;
    for (let cell = 0; cell < 8; cell++) {
      const nx = cell & 1 ? cx + sideX : cx;
      const ny = cell & 2 ? cy + sideY : cy;
      const nz = cell & 4 ? cz + sideZ : cz;
      oldest = this.#oldestInCell(cellHash(nx, ny, nz), x, y, z, oldest);
    }
    return oldest === this.#count ? -1 : oldest;
  }

  #oldestInCell(hash: number, x: number, y: number, z: number, before: number): number {
    const slots = this.#slots;
    const points = this.#points;
    const mask = slots.length - 1;
    const limit = this.#tolerance * this.#tolerance;
    let oldest = before;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const point = slots[slot]! - 1;
      if (point >= oldest) continue;
      const dx = points[point * 3]! - x;
      const dy = points[point * 3 + 1]! - y;
      const dz = points[point * 3 + 2]! - z;
      if (dx * dx + dy * dy + dz * dz <= limit) oldest = point;
    }
    return oldest;
  }

  #add(x: number, y: number, z: number): number {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    const point = this.#count++;
    this.#points[point * 3] = x;
    this.#points[point * 3 + 1] = y;
    this.#points[point * 3 + 2] = z;
    this.#place(point);
    return point;
  }

  #place(point: number): void {
    const mask = this.#slots.length - 1;
    const hash = cellHash(this.#cell(point, 0), this.#cell(point, 1), this.#cell(point, 2));
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = point + 1;
  }

  #cell(point: number, axis: number): number {
    return Math.floor((this.#points[point * 3 + axis]! - this.#min[axis]!) * this.#perCell);
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const points = new Float32Array((this.#slots.length / 2) * 3);
    points.set(this.#points.subarray(0, this.#count * 3));
    this.#points = points;
    for (let point = 0; point < this.#count; point++) this.#place(point);
  }
}

function cellHash(x: number, y: number, z: number): number {
  let h = Math.imul(x, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ y, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 13) ^ z, 0xc2b2ae3d);
  return h ^ (h >>> 16);
}
