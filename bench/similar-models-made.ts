/** Models for the suite `similar-models`: those of the model maker and, made here, those that it lacks. */
import { makeBracket, makePendant, makeRing } from '#pricing/geometry';

export type Corner = readonly [number, number, number];

export interface BaseModel {
  name: string;
  corners: readonly Corner[];
  /** The same but for something that makes it another part: what must not be taken for it. */
  nearMisses: { what: NearMiss; corners: readonly Corner[] }[];
}

export const NEAR_MISSES = ['engraving of 0.1 mm', 'ring size ± ¼', 'hole moved by 0.2 mm'] as const;
export type NearMiss = (typeof NEAR_MISSES)[number];

/** A quarter of a US ring size, as a diameter. */
const QUARTER_MM = 0.8128 / 4;

/** About `each` models of every kind, none like another. */
export function madeModels(each: number): BaseModel[] {
  return Array.from({ length: each }, (_, n) => [
    ring(n),
    pendant(n),
    bracket(n),
    disc(n),
    plate(n),
    twisted(n),
    hook(n),
  ]).flat();
}

function ring(n: number): BaseModel {
  const shape = {
    diameter: 15 + 0.31 * n,
    width: 2.5 + 0.17 * (n % 13),
    thickness: 1.4 + 0.11 * (n % 7),
    segments: 64,
  };
  const sized = (by: number) => cornersOfStl(makeRing({ ...shape, diameter: shape.diameter + by }).stl);
  return {
    name: `ring ${n}`,
    corners: sized(0),
    nearMisses: [
      { what: 'ring size ± ¼', corners: sized(QUARTER_MM) },
      { what: 'ring size ± ¼', corners: sized(-QUARTER_MM) },
    ],
  };
}

function pendant(n: number): BaseModel {
  const shape = {
    diameter: 14 + 0.43 * n,
    thickness: 1.2 + 0.13 * (n % 9),
    hole: 2 + 0.1 * (n % 4),
    petals: 3 + (n % 6),
  };
  return { name: `pendant ${n}`, corners: cornersOfStl(makePendant({ ...shape, segments: 120 }).stl), nearMisses: [] };
}

function bracket(n: number): BaseModel {
  const shape = {
    leg: 18 + 0.7 * n,
    thickness: 1.5 + 0.1 * (n % 8),
    width: 10 + 0.9 * (n % 11),
    fold: 1 + 0.2 * (n % 5),
  };
  return { name: `bracket ${n}`, corners: cornersOfStl(makeBracket(shape).stl), nearMisses: [] };
}

/** A disc with a round hole beside its middle. */
function disc(n: number): BaseModel {
  const radius = 10 + 0.37 * n;
  const hole = 2 + 0.19 * (n % 10);
  const aside = (radius - hole) * (0.2 + 0.05 * (n % 8));
  const made = (x: number) =>
    skin(
      around(96, (turn) => {
        const at = (r: number, from: number, z: number): Corner => [from + r * Math.cos(turn), r * Math.sin(turn), z];
        return [at(hole, x, 0), at(radius, 0, 0), at(radius, 0, 3), at(hole, x, 3)];
      }),
      true,
    );
  return {
    name: `disc ${n}`,
    corners: made(aside),
    nearMisses: [{ what: 'hole moved by 0.2 mm', corners: made(aside + 0.2) }],
  };
}

const CELLS = 24;

/** A plate whose upper side has hills; the near miss has a line of 0.1 mm engraved between them. */
function plate(n: number): BaseModel {
  const [width, depth] = [20 + 0.5 * n, 14 + 0.3 * (n % 17)];
  const hills = (x: number, y: number) =>
    3 + 0.6 * Math.sin((2 + (n % 3)) * x * 3) * Math.cos((1 + (n % 4)) * y * 2 + n);
  const isEngraved = (i: number, j: number) => j === 12 && i > 6 && i < 16;
  const made = (engraved: number) => {
    const top = (i: number, j: number) => hills(i / CELLS, j / CELLS) - (isEngraved(i, j) ? engraved : 0);
    return relief(width, depth, top);
  };
  return { name: `plate ${n}`, corners: made(0), nearMisses: [{ what: 'engraving of 0.1 mm', corners: made(0.1) }] };
}

/** A bar of uneven section, twisted: a shape with a hand. */
function twisted(n: number): BaseModel {
  const length = 20 + 0.8 * n;
  const twist = 0.6 + 0.07 * (n % 12);
  const rows = Array.from({ length: 41 }, (_, i): Corner[] => {
    const along = i / 40;
    const turn = twist * along * Math.PI;
    const size = 1 + 0.5 * along;
    return around(12, (angle): Corner[] => {
      const radius = size * (3 + Math.cos(angle) + 0.5 * Math.sin(2 * angle + 0.4));
      return [[radius * Math.cos(angle + turn), radius * Math.sin(angle + turn), length * along]];
    }).flat();
  });
  return { name: `twisted ${n}`, corners: skin(rows, false), nearMisses: [] };
}

/** Four unlike corners: the least that has a hand. */
function hook(n: number): BaseModel {
  const at = (x: number, y: number, z: number): Corner => [x, y, z];
  const [o, a, b, c] = [at(0, 0, 0), at(12 + 0.6 * n, 0, 0), at(3, 8 + 0.2 * n, 0), at(1.5, 1, 5 + 0.11 * n)];
  return { name: `hook ${n}`, corners: [o, b, a, o, a, c, a, b, c, b, o, c], nearMisses: [] };
}

function around<T>(steps: number, at: (turn: number) => T): T[] {
  return Array.from({ length: steps }, (_, i) => at((2 * Math.PI * i) / steps));
}

/** Skins rows of points, each closed in itself; the rows close into a loop, or have a lid on either end. */
function skin(rows: readonly (readonly Corner[])[], loop: boolean): Corner[] {
  const corners: Corner[] = [];
  const across = rows[0]!.length;
  for (let i = 0; i < (loop ? rows.length : rows.length - 1); i++) {
    const [here, next] = [rows[i]!, rows[(i + 1) % rows.length]!];
    for (let k = 0; k < across; k++) {
      const [a, b, c, d] = [here[k]!, next[k]!, next[(k + 1) % across]!, here[(k + 1) % across]!];
      corners.push(a, b, c, a, c, d);
    }
  }
  if (loop) return corners;
  const [first, last] = [rows[0]!, [...rows.at(-1)!].reverse()];
  for (const lid of [first, last]) for (let k = 1; k + 1 < across; k++) corners.push(lid[0]!, lid[k]!, lid[k + 1]!);
  return corners;
}

/** A box whose upper side has that height at each of its points. */
function relief(width: number, depth: number, height: (i: number, j: number) => number): Corner[] {
  const at = (i: number, j: number, z: number): Corner => [(width * i) / CELLS, (depth * j) / CELLS, z];
  const upper = (i: number, j: number) => at(i, j, height(i, j));
  const lower = (i: number, j: number) => at(i, j, 0);
  const corners: Corner[] = [];
  const quad = (a: Corner, b: Corner, c: Corner, d: Corner) => corners.push(a, b, c, a, c, d);
  for (let i = 0; i < CELLS; i++) {
    for (let j = 0; j < CELLS; j++) {
      quad(upper(i, j), upper(i + 1, j), upper(i + 1, j + 1), upper(i, j + 1));
      quad(lower(i, j), lower(i, j + 1), lower(i + 1, j + 1), lower(i + 1, j));
    }
    quad(lower(i, 0), lower(i + 1, 0), upper(i + 1, 0), upper(i, 0));
    quad(lower(i + 1, CELLS), lower(i, CELLS), upper(i, CELLS), upper(i + 1, CELLS));
    quad(lower(0, i + 1), lower(0, i), upper(0, i), upper(0, i + 1));
    quad(lower(CELLS, i), lower(CELLS, i + 1), upper(CELLS, i + 1), upper(CELLS, i));
  }
  return corners;
}

function cornersOfStl(stl: Buffer): Corner[] {
  return Array.from({ length: 3 * ((stl.length - 84) / 50) }, (_, i): Corner => {
    const at = 84 + 50 * Math.floor(i / 3) + 12 + 12 * (i % 3);
    return [stl.readFloatLE(at), stl.readFloatLE(at + 4), stl.readFloatLE(at + 8)];
  });
}
