/** Above this many triangles lines would only blacken the picture. */
const MOST_TRIANGLES = 250_000;
/** Faces that meet flatter than this (30°) show no line between them. */
const FLAT = Math.cos(Math.PI / 6);

/** The lines that make a shape readable: where faces meet at an angle or a face ends. Pairs of points. */
export function featureEdges(positions: Float32Array, normals: Float32Array): Float32Array {
  const triangles = positions.length / 9;
  if (triangles > MOST_TRIANGLES) return new Float32Array(0);
  const corners = weld(positions);
  const table = new EdgeTable(triangles * 3);
  for (let corner = 0; corner < triangles * 3; corner++) {
    const next = corner % 3 === 2 ? corner - 2 : corner + 1;
    if (corners[corner] !== corners[next]) table.add(corners[corner]!, corners[next]!, corner);
  }
  const lines: number[] = [];
  table.each((first, second, faces) => {
    const sharp = faces !== 2 || dot(normals, first * 3, second * 3) < FLAT;
    if (!sharp) return;
    const next = first % 3 === 2 ? first - 2 : first + 1;
    for (const corner of [first, next]) {
      lines.push(positions[corner * 3]!, positions[corner * 3 + 1]!, positions[corner * 3 + 2]!);
    }
  });
  return Float32Array.from(lines);
}

function dot(normals: Float32Array, a: number, b: number): number {
  return normals[a]! * normals[b]! + normals[a + 1]! * normals[b + 1]! + normals[a + 2]! * normals[b + 2]!;
}

/** For each corner the first corner at the same place, by open addressing on the coordinates' bits. */
function weld(positions: Float32Array): Uint32Array {
  const count = positions.length / 3;
  const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
  const mask = tableSize(count) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const first = new Uint32Array(count);
  for (let corner = 0; corner < count; corner++) {
    const at = corner * 3;
    let slot = mix(bits[at]!, bits[at + 1]!, bits[at + 2]!) & mask;
    for (;;) {
      const other = slots[slot]!;
      if (other === -1) {
        slots[slot] = corner;
        first[corner] = corner;
        break;
      }
      if (
        positions[at] === positions[other * 3] &&
        positions[at + 1] === positions[other * 3 + 1] &&
        positions[at + 2] === positions[other * 3 + 2]
      ) {
        first[corner] = other;
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
  return first;
}

/** Undirected edges with the corner that starts each, the corner of the second face, and how many faces share it. */
class EdgeTable {
  readonly #mask: number;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #first: Uint32Array;
  readonly #second: Uint32Array;
  readonly #faces: Uint8Array;

  constructor(most: number) {
    const size = tableSize(most);
    this.#mask = size - 1;
    this.#low = new Int32Array(size).fill(-1);
    this.#high = new Int32Array(size);
    this.#first = new Uint32Array(size);
    this.#second = new Uint32Array(size);
    this.#faces = new Uint8Array(size);
  }

  add(a: number, b: number, corner: number): void {
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    let slot = mix(low, high, 0) & this.#mask;
    while (this.#low[slot] !== -1 && !(this.#low[slot] === low && this.#high[slot] === high)) {
      slot = (slot + 1) & this.#mask;
    }
    if (this.#low[slot] === -1) {
      this.#low[slot] = low;
      this.#high[slot] = high;
      this.#first[slot] = corner;
    } else {
      this.#second[slot] = corner;
    }
    this.#faces[slot] = Math.min(3, this.#faces[slot]! + 1);
  }

  each(visit: (first: number, second: number, faces: number) => void): void {
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#low[slot] !== -1) visit(this.#first[slot]!, this.#second[slot]!, this.#faces[slot]!);
    }
  }
}

function tableSize(count: number): number {
  let size = 16;
  while (size < count * 1.5) size *= 2;
  return size;
}

function mix(a: number, b: number, c: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77) ^ Math.imul(c, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
