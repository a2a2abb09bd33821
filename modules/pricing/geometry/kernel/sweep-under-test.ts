import type { TriangleSource } from '../formats/triangle-source.ts';
import { type Corner, writeStl } from '../model-maker.ts';

/** A mesh for tests: three corners for each triangle, every coordinate a float of 32 bits. */
export type Soup = Corner[];

const HEADER_BYTES = 84;

/** The soup as a binary STL would be read, at most `atOnce` triangles in a block. */
export function sourceOf(soup: readonly Corner[], atOnce = Number.POSITIVE_INFINITY): TriangleSource {
  return recordSource(writeStl(soup).subarray(HEADER_BYTES), 50, 12, atOnce);
}

/** The soup as nine floats for each triangle and nothing else. */
export function packedSourceOf(soup: readonly Corner[]): TriangleSource {
  const floats = Float32Array.from(soup.flat());
  return recordSource(new Uint8Array(floats.buffer), 36, 0, Number.POSITIVE_INFINITY);
}

function recordSource(records: Uint8Array, stride: number, offset: number, atOnce: number): TriangleSource {
  const atMost = records.length / stride;
  return {
    atMost,
    stride,
    offset,
    forEachBlock(into, visit) {
      const capacity = Math.min(Math.floor(into.length / stride), atOnce);
      for (let first = 0; first < atMost; first += capacity) {
        const count = Math.min(capacity, atMost - first);
        into.set(records.subarray(first * stride, (first + count) * stride));
        visit(count);
      }
    },
  };
}

export function rounded(soup: readonly Corner[]): Soup {
  return soup.map(([x, y, z]) => [Math.fround(x), Math.fround(y), Math.fround(z)]);
}

/** An axis-aligned box of 12 triangles, outside out. */
export function box(min: Corner, max: Corner): Soup {
  const at = (i: number): Corner => [i & 1 ? max[0] : min[0], i & 2 ? max[1] : min[1], i & 4 ? max[2] : min[2]];
  const sides = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ] as const;
  return sides.flatMap(([a, b, c, d]) => [at(a), at(b), at(c), at(a), at(c), at(d)]);
}

/** An octahedron, its faces split into four `depth` times and pushed out to the radius. */
export function sphere(radius: number, depth: number): Soup {
  const axes: Corner[] = [
    [1, 0, 0],
    [0, 1, 0],
    [-1, 0, 0],
    [0, -1, 0],
  ];
  let soup: Soup = axes.flatMap((a, i): Corner[] => {
    const b = axes[(i + 1) % 4]!;
    return [a, b, [0, 0, 1], b, a, [0, 0, -1]];
  });
  for (let n = 0; n < depth; n++) soup = subdivided(soup);
  return rounded(
    soup.map((corner): Corner => {
      const by = radius / Math.hypot(...corner);
      return [corner[0] * by, corner[1] * by, corner[2] * by];
    }),
  );
}

/** A ring of round section about z. */
export function torus(radius: number, section: number, around: number, across: number): Soup {
  const at = (i: number, k: number): Corner => {
    const turn = (2 * Math.PI * (i % around)) / around;
    const angle = (2 * Math.PI * (k % across)) / across;
    const reach = radius + section * Math.cos(angle);
    return [reach * Math.cos(turn), reach * Math.sin(turn), section * Math.sin(angle)];
  };
  const quads = Array.from({ length: around * across }, (_, n): Corner[] => {
    const [i, k] = [Math.floor(n / across), n % across];
    const [a, b, c, d] = [at(i, k), at(i + 1, k), at(i + 1, k + 1), at(i, k + 1)];
    return [a, b, c, a, c, d];
  });
  return rounded(quads.flat());
}

/** Every triangle as four, without rounding. */
export function subdivided(soup: readonly Corner[]): Soup {
  return triangles(soup).flatMap(([a, b, c]) => {
    const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
    return [a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca];
  });
}

function middle(a: Corner, b: Corner): Corner {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

export function triangles(soup: readonly Corner[]): [Corner, Corner, Corner][] {
  return Array.from({ length: soup.length / 3 }, (_, i) => [soup[3 * i]!, soup[3 * i + 1]!, soup[3 * i + 2]!]);
}

export function moved(soup: readonly Corner[], by: Corner): Soup {
  return rounded(soup.map(([x, y, z]) => [x + by[0], y + by[1], z + by[2]]));
}

/** Turned about all three axes, one after the other. */
export function turned(soup: readonly Corner[], angles: Corner): Soup {
  let turning: readonly Corner[] = soup;
  angles.forEach((angle, axis) => {
    const [i, j] = [(axis + 1) % 3, (axis + 2) % 3] as [number, number];
    turning = turning.map((corner): Corner => {
      const next: [number, number, number] = [...corner];
      next[i] = corner[i]! * Math.cos(angle) - corner[j]! * Math.sin(angle);
      next[j] = corner[i]! * Math.sin(angle) + corner[j]! * Math.cos(angle);
      return next;
    });
  });
  return rounded(turning);
}

/** The triangles in another order and from other first corners; `key` decides which. */
export function shuffled(soup: readonly Corner[], key: number): Soup {
  let state = (key >>> 0) | 1;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const faces = triangles(soup);
  for (let i = faces.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [faces[i], faces[j]] = [faces[j]!, faces[i]!];
  }
  return faces.flatMap(
    ([a, b, c]) =>
      [
        [a, b, c],
        [b, c, a],
        [c, a, b],
      ][next(3)]!,
  );
}

/** Volume in double precision by another way than the kernel's: prisms between each face and the plane through the middle, by its own normal. */
export function volumeOf(soup: readonly Corner[]): number {
  const sum = [0, 1, 2].map((k) => soup.reduce((total, corner) => total + corner[k]!, 0));
  const centre = sum[2]! / soup.length;
  let volume = 0;
  for (const [a, b, c] of triangles(soup)) {
    const shadow = ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
    volume += shadow * ((a[2] - centre + (b[2] - centre) + (c[2] - centre)) / 3);
  }
  return volume;
}
