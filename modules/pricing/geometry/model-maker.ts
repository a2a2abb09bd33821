/** A watertight model made from parameters, in millimetres, as a binary STL. */
export interface MadeModel {
  fileName: string;
  stl: Buffer;
  triangles: number;
  /** Exact volume of these triangles, summed in double precision by a method of its own (tetrahedra about the centroid). */
  volume: number;
}

export type Corner = readonly [number, number, number];

export interface RingShape {
  /** Inside diameter, mm. */
  diameter: number;
  /** Along the finger, mm. */
  width: number;
  /** Of the band, mm. */
  thickness: number;
  /** Segments around; the mesh has about 32 triangles for each. */
  segments?: number;
}

/** A comfort-fit band: an ellipse revolved around the finger. */
export function makeRing(shape: RingShape): MadeModel {
  const around = shape.segments ?? 96;
  const across = 16;
  const middle = shape.diameter / 2 + shape.thickness / 2;
  const rows = Array.from({ length: around }, (_, i) => {
    const turn = (2 * Math.PI * i) / around;
    return Array.from({ length: across }, (_, k): Corner => {
      const angle = (2 * Math.PI * k) / across;
      const radius = middle + (shape.thickness / 2) * Math.cos(angle);
      return [radius * Math.cos(turn), radius * Math.sin(turn), (shape.width / 2) * Math.sin(angle)];
    });
  });
  return finish(`ring-${shape.diameter}x${shape.width}.stl`, tube(rows, true));
}

export interface PendantShape {
  /** Mean outer diameter, mm. */
  diameter: number;
  /** Of the plate, mm. */
  thickness: number;
  /** Of the hole for the chain, mm. */
  hole: number;
  /** Number of petals; 0 is a disc. */
  petals: number;
  segments?: number;
}

/** A flat flower with a hole for the chain. */
export function makePendant(shape: PendantShape): MadeModel {
  const around = shape.segments ?? 180;
  const rows = Array.from({ length: around }, (_, i) => {
    const turn = (2 * Math.PI * i) / around;
    const outer = (shape.diameter / 2) * (1 + 0.12 * Math.cos(shape.petals * turn) * Math.sign(shape.petals));
    return plateSection(turn, outer, shape.hole / 2, shape.thickness);
  });
  return finish(`pendant-${shape.diameter}-${shape.petals}.stl`, tube(rows, true));
}

function plateSection(turn: number, outer: number, inner: number, thickness: number): Corner[] {
  const at = (radius: number, z: number): Corner => [radius * Math.cos(turn), radius * Math.sin(turn), z];
  return [at(inner, 0), at(outer, 0), at(outer, thickness), at(inner, thickness)];
}

export interface BracketShape {
  /** Of both legs, outside, mm. */
  leg: number;
  /** Of the sheet, mm. */
  thickness: number;
  /** Along the fold, mm. */
  width: number;
  /** Radius of the inner fold, mm. */
  fold: number;
  segments?: number;
}

/** Sheet metal folded by a right angle. */
export function makeBracket(shape: BracketShape): MadeModel {
  const bends = shape.segments ?? 24;
  const { leg, thickness, width, fold } = shape;
  const centre = thickness + fold;
  const outline: { inner: readonly [number, number]; outer: readonly [number, number] }[] = [
    { inner: [thickness, leg], outer: [0, leg] },
  ];
  for (let i = 0; i <= bends; i++) {
    const angle = Math.PI + (Math.PI / 2) * (i / bends);
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    outline.push({
      inner: [centre + fold * x, centre + fold * y],
      outer: [centre + (fold + thickness) * x, centre + (fold + thickness) * y],
    });
  }
  outline.push({ inner: [leg, thickness], outer: [leg, 0] });
  const rows = outline.map(({ inner, outer }): Corner[] => [
    [inner[0], inner[1], 0],
    [outer[0], outer[1], 0],
    [outer[0], outer[1], width],
    [inner[0], inner[1], width],
  ]);
  return finish(`bracket-${leg}x${width}.stl`, tube(rows, false));
}

/** Skins rows of points: each row is closed in itself; the rows close into a loop, or are capped at both ends. */
function tube(rows: readonly (readonly Corner[])[], loop: boolean): Corner[] {
  const corners: Corner[] = [];
  const across = rows[0]!.length;
  const quad = (a: Corner, b: Corner, c: Corner, d: Corner) => corners.push(a, b, c, a, c, d);
  const steps = loop ? rows.length : rows.length - 1;
  for (let i = 0; i < steps; i++) {
    const here = rows[i]!;
    const next = rows[(i + 1) % rows.length]!;
    for (let k = 0; k < across; k++) quad(here[k]!, next[k]!, next[(k + 1) % across]!, here[(k + 1) % across]!);
  }
  if (!loop) {
    cap(rows[0]!, corners);
    cap([...rows[rows.length - 1]!].reverse(), corners);
  }
  return corners;
}

function cap(row: readonly Corner[], corners: Corner[]): void {
  for (let k = 1; k + 1 < row.length; k++) corners.push(row[0]!, row[k]!, row[k + 1]!);
}

function finish(fileName: string, corners: Corner[]): MadeModel {
  const snapped = corners.map(
    (corner): Corner => [Math.fround(corner[0]), Math.fround(corner[1]), Math.fround(corner[2])],
  );
  const volume = signedVolume(snapped);
  const outward = volume < 0 ? flipped(snapped) : snapped;
  return { fileName, stl: writeStl(outward), triangles: outward.length / 3, volume: Math.abs(volume) };
}

function flipped(corners: readonly Corner[]): Corner[] {
  return corners.map((_, i) => corners[i - (i % 3) + ((3 - (i % 3)) % 3)]!);
}

function signedVolume(corners: readonly Corner[]): number {
  const middle = [0, 1, 2].map((k) => corners.reduce((sum, corner) => sum + corner[k]!, 0) / corners.length) as [
    number,
    number,
    number,
  ];
  let six = 0;
  for (let i = 0; i < corners.length; i += 3) {
    const [a, b, c] = [minus(corners[i]!, middle), minus(corners[i + 1]!, middle), minus(corners[i + 2]!, middle)];
    six += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  }
  return six / 6;
}

function minus(a: Corner, b: Corner): Corner {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** Binary STL of a corner list; normals are left zero, as readers compute their own. */
export function writeStl(corners: readonly Corner[]): Buffer {
  const count = corners.length / 3;
  const stl = Buffer.alloc(84 + 50 * count);
  stl.write('Forgeline parametric model', 'latin1');
  stl.writeUInt32LE(count, 80);
  for (let i = 0; i < corners.length; i++) {
    const at = 84 + 50 * Math.floor(i / 3) + 12 + 12 * (i % 3);
    for (let k = 0; k < 3; k++) stl.writeFloatLE(corners[i]![k]!, at + 4 * k);
  }
  return stl;
}

/** The corners of a binary STL, three for each triangle. */
export function cornersOf(stl: Buffer): Corner[] {
  return Array.from({ length: 3 * ((stl.length - 84) / 50) }, (_, i): Corner => {
    const at = 84 + 50 * Math.floor(i / 3) + 12 + 12 * (i % 3);
    return [stl.readFloatLE(at), stl.readFloatLE(at + 4), stl.readFloatLE(at + 8)];
  });
}

/** The same model as text. */
export function toAscii(corners: readonly Corner[]): string {
  const lines = ['solid forgeline'];
  for (let i = 0; i < corners.length; i += 3) {
    lines.push('facet normal 0 0 0', 'outer loop');
    for (const corner of corners.slice(i, i + 3)) lines.push(`vertex ${corner.join(' ')}`);
    lines.push('endloop', 'endfacet');
  }
  return `${lines.join('\n')}\nendsolid forgeline\n`;
}
