import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { HEADER_BYTES, RECORD_BYTES } from '../../modules/pricing/geometry/formats/stl-binary.ts';

/** A closed model on disk whose volume is known by a sum of another kind. */
export interface MadeFile {
  path: string;
  name: string;
  triangles: number;
  volume: number;
}

/** A knobbly ring of about `triangles` triangles, written row by row, or in random order with random first corners. */
export function makeModel(folder: string, triangles: number, order: 'ordered' | 'shuffled'): MadeFile {
  mkdirSync(folder, { recursive: true });
  const across = Math.max(16, Math.round(Math.sqrt(triangles / 4.4)));
  const around = Math.round(triangles / 2 / across);
  const count = 2 * around * across;
  const name = `${Math.round(count / 1000)}k-${order}.stl`;
  const corners = cornerGrid(around, across);
  const stl = Buffer.alloc(HEADER_BYTES + RECORD_BYTES * count);
  stl.writeUInt32LE(count, 80);
  const place = order === 'shuffled' ? permutation(count) : null;
  let volume = 0;
  for (let face = 0; face < count; face++) {
    const numbers = faceOf(face, around, across);
    volume += prism(corners, numbers);
    const turn = place ? (place[face]! + face) % 3 : 0;
    writeFace(stl, place ? place[face]! : face, corners, [0, 1, 2].map((k) => numbers[(k + turn) % 3]!) as Face);
  }
  const file = path.join(folder, name);
  const opened = openSync(file, 'w');
  writeSync(opened, stl);
  closeSync(opened);
  return { path: file, name, triangles: count, volume };
}

type Face = [number, number, number];

/** Corners of `across` points on each of `around` sections, x, y, z as floats of 32 bits. */
export function cornerGrid(around: number, across: number): Float32Array {
  const corners = new Float32Array(3 * around * across);
  for (let i = 0, at = 0; i < around; i++) {
    const turn = (2 * Math.PI * i) / around;
    for (let k = 0; k < across; k++, at += 3) {
      const angle = (2 * Math.PI * k) / across;
      const section = 2 + 0.1 * Math.sin(40 * turn) * Math.cos(9 * angle);
      const reach = 10 + section * Math.cos(angle);
      corners[at] = reach * Math.cos(turn);
      corners[at + 1] = reach * Math.sin(turn);
      corners[at + 2] = section * Math.sin(angle);
    }
  }
  return corners;
}

/** Two faces for each square of the grid, counter-clockwise from outside. */
export function faceOf(face: number, around: number, across: number): Face {
  const square = face >> 1;
  const [i, k] = [Math.floor(square / across), square % across];
  const [next, beside] = [(i + 1) % around, (k + 1) % across];
  const [a, b, c, d] = [i * across + k, next * across + k, next * across + beside, i * across + beside];
  return face % 2 === 0 ? [a, b, c] : [a, c, d];
}

/** Between a face and the plane z = 0: the volume is the sum of these, by another formula than the kernel's. */
function prism(corners: Float32Array, [a, b, c]: Face): number {
  const at = (corner: number, k: number) => corners[3 * corner + k]!;
  const shadow = (at(b, 0) - at(a, 0)) * (at(c, 1) - at(a, 1)) - (at(c, 0) - at(a, 0)) * (at(b, 1) - at(a, 1));
  return (shadow / 2) * ((at(a, 2) + at(b, 2) + at(c, 2)) / 3);
}

function writeFace(stl: Buffer, place: number, corners: Float32Array, face: Face): void {
  let at = HEADER_BYTES + RECORD_BYTES * place + 12;
  for (const corner of face) {
    for (let k = 0; k < 3; k++, at += 4) stl.writeFloatLE(corners[3 * corner + k]!, at);
  }
}

function permutation(count: number): Uint32Array {
  const places = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const kept = places[i]!;
    places[i] = places[j]!;
    places[j] = kept;
  }
  return places;
}
