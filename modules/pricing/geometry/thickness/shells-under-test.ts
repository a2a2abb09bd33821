import type { Mesh } from '../mesh.ts';

type Point = readonly [number, number, number];
type Face = readonly [Point, Point, Point];

/** A mesh of closed surfaces, each a list of faces that are counter-clockwise from outside. No corner is shared: rays do not mind. */
export function meshOf(...surfaces: Face[][]): Mesh {
  const faces = surfaces.flat();
  const positions = new Float32Array(faces.length * 9);
  for (const [n, face] of faces.entries()) positions.set(face.flat(), n * 9);
  return {
    positions,
    triangles: Uint32Array.from({ length: faces.length * 3 }, (_, n) => n),
    shellOf: Uint32Array.from(surfaces.flatMap((surface, n) => surface.map(() => n))),
    shells: surfaces.map((surface) => ({ faces: surface.length, volume: 1, area: 1, isClosed: true, isCavity: false })),
  };
}

/** The same surface as the wall of a hollow. */
export function insideOut(faces: Face[]): Face[] {
  return faces.map(([a, b, c]) => [a, c, b]);
}

export function box(min: Point, max: Point): Face[] {
  const corner = (n: number): Point => [n & 1 ? max[0] : min[0], n & 2 ? max[1] : min[1], n & 4 ? max[2] : min[2]];
  const sides = [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
  ] as const;
  return sides.flatMap(([a, b, c, d]) => quad(corner(a), corner(b), corner(c), corner(d)));
}

export function sphere(radius: number, steps = 128): Face[] {
  const at = (i: number, j: number): Point => {
    const [down, round] = [(i / steps) * Math.PI, (j / steps) * Math.PI];
    const across = radius * Math.sin(down);
    return [across * Math.cos(round), across * Math.sin(round), radius * Math.cos(down)];
  };
  const faces: Face[] = [];
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < 2 * steps; j++) {
      const [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
      if (i < steps - 1) faces.push([a, b, c]);
      if (i > 0) faces.push([a, c, d]);
    }
  }
  return faces;
}

/** A pipe along z, without a top and a bottom to speak of. */
export function tube(inner: number, outer: number, length: number, steps = 256): Face[] {
  const at = (radius: number, n: number, z: number): Point => {
    const turn = (n / steps) * 2 * Math.PI;
    return [radius * Math.cos(turn), radius * Math.sin(turn), z];
  };
  return Array.from({ length: steps }, (_, n) => [
    ...quad(at(outer, n, 0), at(outer, n + 1, 0), at(outer, n + 1, length), at(outer, n, length)),
    ...quad(at(inner, n, 0), at(inner, n, length), at(inner, n + 1, length), at(inner, n + 1, 0)),
    ...quad(at(outer, n, length), at(outer, n + 1, length), at(inner, n + 1, length), at(inner, n, length)),
    ...quad(at(outer, n, 0), at(inner, n, 0), at(inner, n + 1, 0), at(outer, n + 1, 0)),
  ]).flat();
}

/** A prism along y over a convex outline in x and z, counter-clockwise seen against y. */
export function prism(outline: readonly (readonly [number, number])[], depth: number): Face[] {
  const at = ([x, z]: readonly [number, number], y: number): Point => [x, y, z];
  const faces: Face[] = [];
  for (const [n, from] of outline.entries()) {
    const to = outline[(n + 1) % outline.length]!;
    faces.push(...quad(at(from, 0), at(to, 0), at(to, depth), at(from, depth)));
    if (n < 2) continue;
    const [first, before] = [outline[0]!, outline[n - 1]!];
    faces.push([at(first, 0), at(from, 0), at(before, 0)], [at(first, depth), at(before, depth), at(from, depth)]);
  }
  return faces.map(([a, b, c]) => [a, c, b] as const);
}

/** A plate on z = 0 whose top is a staircase along x: [from x, height] of one step after the other. */
export function stairs(steps: readonly (readonly [number, number])[], end: number, depth: number): Face[] {
  const faces: Face[] = [];
  let before = 0;
  for (const [n, [x0, z]] of steps.entries()) {
    const x1 = steps[n + 1]?.[0] ?? end;
    const after = steps[n + 1]?.[1] ?? 0;
    const [p, q, r, s]: Point[] = [
      [x0, 0, z],
      [x1, 0, z],
      [x1, depth, z],
      [x0, depth, z],
    ] as Point[];
    faces.push(...quad(p!, q!, r!, s!));
    faces.push(...quad([x0, 0, 0], [x0, depth, 0], [x1, depth, 0], [x1, 0, 0]));
    faces.push(...quad([x0, 0, 0], [x1, 0, 0], q!, p!), ...quad([x0, depth, 0], s!, r!, [x1, depth, 0]));
    if (before < z) faces.push(...quad([x0, 0, before], p!, s!, [x0, depth, before]));
    if (after < z) faces.push(...quad([x1, 0, after], [x1, depth, after], r!, q!));
    before = z;
  }
  return faces;
}

/** Turned about an axis that is none of the coordinate axes. */
export function turned(mesh: Mesh, angle: number): Mesh {
  const [x, y, z] = [0.48, 0.6, 0.64];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const positions = new Float32Array(mesh.positions.length);
  for (let at = 0; at < positions.length; at += 3) {
    const [px, py, pz] = [mesh.positions[at]!, mesh.positions[at + 1]!, mesh.positions[at + 2]!];
    const along = (px * x + py * y + pz * z) * (1 - c);
    positions[at] = px * c + (y * pz - z * py) * s + x * along;
    positions[at + 1] = py * c + (z * px - x * pz) * s + y * along;
    positions[at + 2] = pz * c + (x * py - y * px) * s + z * along;
  }
  return { ...mesh, positions };
}

function quad(a: Point, b: Point, c: Point, d: Point): Face[] {
  return [
    [a, b, c],
    [a, c, d],
  ];
}
