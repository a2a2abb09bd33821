const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9] as const;

/** Thickness at those shares of the area, by `length`; beyond the end of the curve the walls are thick, told as its end. */
export function wallQuantiles(curve: readonly (readonly [number, number])[], length: number): number[] {
  if (curve.length === 0) return [];
  return SHARES.map((share) => thicknessAt(curve, share) / length);
}

function thicknessAt(curve: readonly (readonly [number, number])[], share: number): number {
  const next = curve.findIndex(([, below]) => below >= share);
  if (next < 0) return curve.at(-1)![0];
  const [x1, y1] = curve[next]!;
  if (next === 0) return x1;
  const [x0, y0] = curve[next - 1]!;
  return y1 > y0 ? x0 + ((share - y0) / (y1 - y0)) * (x1 - x0) : x1;
}
