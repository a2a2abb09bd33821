const BINS = 32;
const MOST_POINTS = 1024;

/** Shares of the pairs of points by their distance, in 32 equal steps up to twice `radius` (D2 of Osada and others). */
export function distanceHistogram(points: Float32Array, radius: number): number[] {
  const bins = new Float64Array(BINS);
  const count = Math.floor(points.length / 3);
  const step = Math.max(1, Math.ceil(count / MOST_POINTS));
  let pairs = 0;
  for (let i = 0; i < count; i += step) {
    const [x, y, z] = [points[i * 3]!, points[i * 3 + 1]!, points[i * 3 + 2]!];
    for (let j = 0; j < i; j += step) {
      const [dx, dy, dz] = [points[j * 3]! - x, points[j * 3 + 1]! - y, points[j * 3 + 2]! - z];
      const share = Math.sqrt(dx * dx + dy * dy + dz * dz) / (2 * radius);
      const bin = Math.min(BINS - 1, Math.floor(share * BINS));
      bins[bin] = bins[bin]! + 1;
      pairs++;
    }
  }
  return Array.from(bins, (pair) => (pairs > 0 ? pair / pairs : 0));
}
