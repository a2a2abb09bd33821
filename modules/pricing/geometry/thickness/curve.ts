const MOST_POINTS = 64;
/** Shares are told this exactly, or to a fiftieth of themselves where they are small. */
const TOLERANCE = 0.001;

/**
 * [thickness, share of the area with a thinner wall], rising in both, straight lines in between: as few points as tell the
 * distribution. `walls` are sorted thicknesses of samples of equal area, `outside` is how many samples there are in all.
 */
export function thicknessCurve(walls: Float32Array, outside: number): [number, number][] {
  const steps = stepsOf(walls, outside);
  const kept = new Set([0, steps.length - 1]);
  const spans: [number, number][] = [[0, steps.length - 1]];
  while (kept.size < MOST_POINTS) {
    let worst = { error: 1, at: -1, span: -1 };
    for (const [index, [from, to]] of spans.entries()) {
      const found = furthest(steps, from, to);
      if (found.error > worst.error) worst = { ...found, span: index };
    }
    if (worst.span < 0) break;
    const [from, to] = spans[worst.span]!;
    spans.splice(worst.span, 1, [from, worst.at], [worst.at, to]);
    kept.add(worst.at);
  }
  return [...kept].sort((a, b) => a - b).map((at) => steps[at]!);
}

/** The smallest thickness that at least this share of the samples is not above. */
export function thicknessAt(walls: Float32Array, outside: number, share: number): number {
  return walls[Math.min(walls.length - 1, Math.floor(share * outside))]!;
}

const MOST_STEPS = 4096;
/** Walls that differ by less are one: 32 bits measure an even wall so well and no better. */
const SAME = 1.0001;

/** A run of this many steps of the polyline is told as one. */
const EVEN = 4;

/**
 * The distribution as a polyline. A run of walls that are the same is a step at the thickest of them: a wall made just as
 * thick as a limit asks for is not thinner.
 */
function stepsOf(walls: Float32Array, outside: number): [number, number][] {
  const every = Math.max(1, Math.floor(walls.length / MOST_STEPS));
  const steps: [number, number][] = [];
  for (let n = 0; n < walls.length; ) {
    let end = n + 1;
    while (end < walls.length && walls[end]! <= walls[n]! * SAME) end++;
    const isEven = end - n > EVEN * every;
    steps.push([walls[isEven ? end - 1 : n]!, n / outside]);
    if (isEven) steps.push([walls[end - 1]! * (1 + 1e-6), end / outside]);
    // All of the thinnest, then every so manieth.
    n = isEven ? end : n + (n < 64 * every ? 1 : every);
  }
  const end: [number, number] = [walls.at(-1)! * (1 + 1e-6), walls.length / outside];
  if (steps.at(-1)![1] < end[1]) steps.push(end);
  return steps;
}
function furthest(steps: readonly [number, number][], from: number, to: number): { error: number; at: number } {
  const [x0, y0] = steps[from]!;
  const [x1, y1] = steps[to]!;
  let worst = { error: 0, at: -1 };
  for (let at = from + 1; at < to; at++) {
    const [x, y] = steps[at]!;
    const straight = x1 > x0 ? y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) : y0;
    const error = Math.abs(straight - y) / Math.max(TOLERANCE * 0.2, Math.min(TOLERANCE, y / 50));
    if (error > worst.error) worst = { error, at };
  }
  return worst;
}
