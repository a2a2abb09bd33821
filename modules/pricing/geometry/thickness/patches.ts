import type { Thickness } from '#contracts/pricing';
import type { SurfaceSamples } from './samples.ts';

const RUNGS = 12;
const MOST_AT_A_RUNG = 3;
/** Samples closer than this many mean distances between samples belong together. */
const REACH = 3;
/** The ladder begins at this share of its end at the least: sharp edges have walls of any thinness. */
const LOWEST_RUNG = 0.01;
/** So far above a wall is its rung: 32 bits do not measure an even wall to the last digit. */
const ABOVE = 1.001;

type Patch = Thickness['patches'][number];

/**
 * The largest connected places thinner than each of a ladder of limits, from the thinnest wall `least` to `most`; thinnest
 * limit first. A single sample makes a patch: a place that is hit once is there.
 */
export function thinPatches(samples: SurfaceSamples, least: number, most: number): Patch[] {
  const first = Math.max(least, most * LOWEST_RUNG) * ABOVE;
  const ratio = (most / first) ** (1 / (RUNGS - 1));
  const limits = ratio > ABOVE ? Array.from({ length: RUNGS }, (_, n) => first * ratio ** n) : [first];
  return limits.flatMap((limit) => patchesBelow(samples, limit));
}

function patchesBelow(samples: SurfaceSamples, limit: number): Patch[] {
  const thin: number[] = [];
  for (let n = 0; n < samples.count; n++) if (samples.thickness[n]! < limit) thin.push(n);
  const patches = connected(samples, thin);
  return patches
    .map((members) => describe(samples, members, limit))
    .sort((a, b) => b.area - a.area || a.at[0] - b.at[0] || a.at[1] - b.at[1] || a.at[2] - b.at[2])
    .slice(0, MOST_AT_A_RUNG);
}

function describe(samples: SurfaceSamples, members: number[], limit: number): Patch {
  const { thickness, points } = samples;
  const place = (a: number, b: number, k: number) => points[a * 3 + k]! - points[b * 3 + k]!;
  const sorted = [...members].sort(
    (a, b) => thickness[a]! - thickness[b]! || place(a, b, 0) || place(a, b, 1) || place(a, b, 2),
  );
  // Not the very thinnest: a single ray is chance.
  const typical = sorted[Math.floor(sorted.length * 0.05)]!;
  const at = [0, 1, 2].map((k) => six(samples.points[typical * 3 + k]!));
  return {
    below: six(limit),
    at: at as [number, number, number],
    area: six(members.length * samples.areaEach),
    thinnest: six(samples.thickness[typical]!),
  };
}

function six(value: number): number {
  return Number(value.toPrecision(6));
}

/** Groups samples by distance: union of neighbours in a grid. */
function connected(samples: SurfaceSamples, members: readonly number[]): number[][] {
  const cell = REACH * Math.sqrt(samples.areaEach);
  const cells = new Map<string, number>();
  const parent: number[] = [];
  const root = (n: number): number => {
    let at = n;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const places: [number, number, number][] = [];
  const cellOf = members.map((n) => {
    const [x, y, z] = [0, 1, 2].map((k) => Math.floor(samples.points[n * 3 + k]! / cell)) as [number, number, number];
    const key = `${x},${y},${z}`;
    const known = cells.get(key);
    if (known !== undefined) return known;
    cells.set(key, places.length);
    parent.push(places.length);
    places.push([x, y, z]);
    return places.length - 1;
  });
  for (const [index, [x, y, z]] of places.entries()) {
    for (let d = 0; d < 27; d++) {
      const other = cells.get(`${x + (d % 3) - 1},${y + (Math.floor(d / 3) % 3) - 1},${z + Math.floor(d / 9) - 1}`);
      if (other !== undefined) parent[root(index)] = root(other);
    }
  }
  const groups = new Map<number, number[]>();
  for (const [i, n] of members.entries()) {
    const at = root(cellOf[i]!);
    const group = groups.get(at);
    if (group) group.push(n);
    else groups.set(at, [n]);
  }
  return [...groups.values()];
}
