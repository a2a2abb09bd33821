/** What the viewer draws: three corners a triangle, moved so that the box's middle is the origin. File units. */
export interface Shape {
  positions: Float32Array;
  normals: Float32Array;
  /** Pairs of points where faces meet at a visible angle, or a face ends; empty above the limit for edges. */
  edges: Float32Array;
  /** Of the file; more than are drawn when it has very many. */
  triangles: number;
  /** Length along x, y, z in file units. */
  size: [number, number, number];
  /** Where the origin of `positions` lies in the file. */
  middle: [number, number, number];
}

export type ShapeProblem = 'empty' | 'unreadable' | 'too_large';

/** The file cannot be shown; the server's verdict on it may still differ. */
export class ShapeError extends Error {
  readonly problem: ShapeProblem;
  constructor(problem: ShapeProblem) {
    super(problem);
    this.name = 'ShapeError';
    this.problem = problem;
  }
}

const HEADER = 84;
const RECORD = 50;
const MOST_TRIANGLES = 5_000_000;
const MOST_ASCII_BYTES = 300_000_000;

/** Reads a binary or ASCII STL file of up to five million triangles. Throws ShapeError. */
export function readStl(bytes: ArrayBuffer): Pick<Shape, 'positions' | 'triangles' | 'size' | 'middle'> {
  const positions = isBinary(bytes) ? readBinary(bytes) : readAscii(bytes);
  if (positions.length === 0) throw new ShapeError('empty');
  return { positions, triangles: positions.length / 9, ...centre(positions) };
}

/** By size, never by the word "solid": many binary files begin with it. */
function isBinary(bytes: ArrayBuffer): boolean {
  return bytes.byteLength >= HEADER && (bytes.byteLength - HEADER) % RECORD === 0 && !looksLikeAscii(bytes);
}

function looksLikeAscii(bytes: ArrayBuffer): boolean {
  const count = new DataView(bytes).getUint32(80, true);
  if (HEADER + RECORD * count === bytes.byteLength) return false;
  const start = new TextDecoder('latin1').decode(bytes.slice(0, 512));
  return /^\s*solid[\s\S]*facet\s/.test(start);
}

function readBinary(bytes: ArrayBuffer): Float32Array {
  const triangles = (bytes.byteLength - HEADER) / RECORD;
  if (triangles > MOST_TRIANGLES) throw new ShapeError('too_large');
  const view = new DataView(bytes);
  const positions = new Float32Array(triangles * 9);
  for (let triangle = 0; triangle < triangles; triangle++) {
    const from = HEADER + triangle * RECORD + 12;
    for (let n = 0; n < 9; n++) positions[triangle * 9 + n] = view.getFloat32(from + n * 4, true);
  }
  return positions;
}

function readAscii(bytes: ArrayBuffer): Float32Array {
  if (bytes.byteLength > MOST_ASCII_BYTES) throw new ShapeError('too_large');
  const text = new TextDecoder('latin1').decode(bytes);
  if (!/^\s*solid\b/.test(text)) throw new ShapeError('unreadable');
  const numbers: number[] = [];
  for (const match of text.matchAll(/vertex\s+(\S+)\s+(\S+)\s+(\S+)/g)) {
    numbers.push(Number(match[1]), Number(match[2]), Number(match[3]));
    if (numbers.length > MOST_TRIANGLES * 9) throw new ShapeError('too_large');
  }
  if (numbers.length % 9 !== 0) throw new ShapeError('unreadable');
  return Float32Array.from(numbers);
}

/** Moves the middle of the box to the origin, where 32-bit figures are finest. */
function centre(positions: Float32Array): Pick<Shape, 'size' | 'middle'> {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let n = 0; n < positions.length; n++) {
    const value = positions[n]!;
    if (!Number.isFinite(value)) throw new ShapeError('unreadable');
    const axis = n % 3;
    if (value < low[axis]!) low[axis] = value;
    if (value > high[axis]!) high[axis] = value;
  }
  const middle = [0, 1, 2].map((axis) => (low[axis]! + high[axis]!) / 2) as [number, number, number];
  for (let n = 0; n < positions.length; n++) positions[n] = positions[n]! - middle[n % 3]!;
  return { size: [high[0]! - low[0]!, high[1]! - low[1]!, high[2]! - low[2]!], middle };
}

/** One unit normal a corner, the same for the three of a triangle: flat faces. */
export function faceNormals(positions: Float32Array): Float32Array {
  const normals = new Float32Array(positions.length);
  for (let at = 0; at < positions.length; at += 9) {
    const [x, y, z] = cross(positions, at);
    const length = Math.hypot(x, y, z) || 1;
    for (let corner = 0; corner < 9; corner += 3) {
      normals[at + corner] = x / length;
      normals[at + corner + 1] = y / length;
      normals[at + corner + 2] = z / length;
    }
  }
  return normals;
}

function cross(p: Float32Array, at: number): [number, number, number] {
  const ux = p[at + 3]! - p[at]!;
  const uy = p[at + 4]! - p[at + 1]!;
  const uz = p[at + 5]! - p[at + 2]!;
  const vx = p[at + 6]! - p[at]!;
  const vy = p[at + 7]! - p[at + 1]!;
  const vz = p[at + 8]! - p[at + 2]!;
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
}
