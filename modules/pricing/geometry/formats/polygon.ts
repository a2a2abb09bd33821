import { MAX_POLYGON_CORNERS } from './limits.ts';

/** Corner tests that may be spent on cutting ears, for a whole file; polygons after that are fanned. */
const WORK_BUDGET = 20_000_000;

/**
 * Cuts polygons into triangles. Convex ones become fans, concave ones lose one ear after another. Whatever the way, the
 * triangles have the polygon's own boundary, so that a closed model stays closed and keeps its volume.
 */
export class PolygonCutter {
  /** Of the polygon last cut: three places in its list of corners for each triangle. */
  readonly triangles: number[] = [];
  /** True once a concave polygon was fanned because the file has too many large ones: its area is then overstated. */
  exhausted = false;
  #work = 0;
  #x: Float64Array = new Float64Array(64);
  #y: Float64Array = new Float64Array(64);
  #next: Int32Array = new Int32Array(64);
  #before: Int32Array = new Int32Array(64);

  /** `corners`: indices into `vertices` (three floats each), the first `count` of them. Returns the number of triangles. */
  cut(vertices: Float32Array, corners: ArrayLike<number>, count: number): number {
    this.triangles.length = 0;
    if (count < 3) return 0;
    if (count > MAX_POLYGON_CORNERS) throw new RangeError(`${count} corners`);
    if (count === 3 || !this.#flatten(vertices, corners, count) || this.#isConvex(count)) this.#fan(0, count);
    else if (count === 4) this.#fan(this.#cornerOfQuad(), 4);
    else this.#cutEars(count);
    return this.triangles.length / 3;
  }

  #fan(from: number, count: number): void {
    for (let k = 1; k + 1 < count; k++) this.triangles.push(from, (from + k) % count, (from + k + 1) % count);
  }

  /** Looks along the polygon's normal, so that it runs anticlockwise; false when it has no area. */
  #flatten(vertices: Float32Array, corners: ArrayLike<number>, count: number): boolean {
    const normal = [0, 0, 0];
    const base = 3 * corners[0]!;
    const at = (k: number, axis: number) => vertices[3 * corners[k]! + axis]! - vertices[base + axis]!;
    for (let k = 0; k < count; k++) {
      const next = k + 1 === count ? 0 : k + 1;
      for (let axis = 0; axis < 3; axis++) {
        const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
        normal[axis]! += at(k, u) * at(next, v) - at(k, v) * at(next, u);
      }
    }
    const sizes = normal.map(Math.abs);
    const largest = Math.max(...sizes);
    if (!(largest > 0) || !Number.isFinite(largest)) return false;
    const drop = sizes.indexOf(largest);
    const [u, v] = [(drop + 1) % 3, (drop + 2) % 3];
    const sign = Math.sign(normal[drop]!);
    this.#reserve(count);
    for (let k = 0; k < count; k++) {
      this.#x[k] = at(k, u) * sign;
      this.#y[k] = at(k, v);
    }
    return true;
  }

  #reserve(count: number): void {
    if (this.#x.length >= count) return;
    const size = 2 ** Math.ceil(Math.log2(count));
    this.#x = new Float64Array(size);
    this.#y = new Float64Array(size);
    this.#next = new Int32Array(size);
    this.#before = new Int32Array(size);
  }

  /** Twice the signed area of a triangle of three corners. */
  #turn(a: number, b: number, c: number): number {
    const [x, y] = [this.#x, this.#y];
    return (x[b]! - x[a]!) * (y[c]! - y[a]!) - (y[b]! - y[a]!) * (x[c]! - x[a]!);
  }

  /** No turn to the right, and once around only. */
  #isConvex(count: number): boolean {
    let directions = 0;
    let rising = this.#y[0]! - this.#y[count - 1]! > 0;
    for (let k = 0; k < count; k++) {
      const next = k + 1 === count ? 0 : k + 1;
      const before = k === 0 ? count - 1 : k - 1;
      if (this.#turn(before, k, next) < 0) return false;
      const step = this.#y[next]! - this.#y[k]!;
      if (step !== 0 && step > 0 !== rising) {
        rising = step > 0;
        directions++;
      }
    }
    return directions <= 2;
  }

  /** A quad with a dent is cut from the dent, or from the corner opposite to it. */
  #cornerOfQuad(): number {
    for (let k = 0; k < 4; k++) if (this.#turn((k + 3) % 4, k, (k + 1) % 4) < 0) return k;
    return 0;
  }

  #cutEars(count: number): void {
    const [next, before] = [this.#next, this.#before];
    for (let k = 0; k < count; k++) {
      next[k] = k + 1 === count ? 0 : k + 1;
      before[k] = k === 0 ? count - 1 : k - 1;
    }
    let left = count;
    let at = 0;
    let failures = 0;
    while (left > 3) {
      if (this.#work > WORK_BUDGET) this.exhausted = true;
      // No ear after a whole round: the polygon crosses itself. Cutting on keeps its boundary all the same.
      const cut = this.exhausted || failures > left || this.#isEar(at);
      if (!cut) {
        at = next[at]!;
        failures++;
        continue;
      }
      this.triangles.push(before[at]!, at, next[at]!);
      next[before[at]!] = next[at]!;
      before[next[at]!] = before[at]!;
      left--;
      failures = 0;
      // Going on behind the neighbour spreads the cuts, so that triangles stay less slender.
      at = next[next[at]!]!;
    }
    this.triangles.push(before[at]!, at, next[at]!);
  }

  #isEar(at: number): boolean {
    const [a, c] = [this.#before[at]!, this.#next[at]!];
    if (this.#turn(a, at, c) <= 0) return false;
    for (let k = this.#next[c]!; k !== a; k = this.#next[k]!) {
      this.#work++;
      if (this.#turn(a, at, k) >= 0 && this.#turn(at, c, k) >= 0 && this.#turn(c, a, k) >= 0) {
        if (!this.#samePlace(k, a) && !this.#samePlace(k, c) && !this.#samePlace(k, at)) return false;
      }
    }
    return true;
  }

  #samePlace(a: number, b: number): boolean {
    return this.#x[a] === this.#x[b] && this.#y[a] === this.#y[b];
  }
}
