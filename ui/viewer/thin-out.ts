/** A picture has fewer points than that; more triangles only take time to draw. */
const MOST_DRAWN = 300_000;

/**
 * Fewer triangles of the same shape: corners that lie in one cell of a grid become their mean, and what collapses thereby
 * is left out. Up to the limit the mesh stays as it is.
 */
export function thinOut(positions: Float32Array, mostDrawn = MOST_DRAWN): Float32Array {
  const triangles = positions.length / 9;
  if (triangles <= mostDrawn) return positions;
  // A surface crosses about area ÷ cell² cells, with two triangles in each.
  const cell = Math.sqrt((2 * areaOf(positions)) / mostDrawn);
  if (!(cell > 0) || !Number.isFinite(cell)) return positions.subarray(0, mostDrawn * 9);
  const { cellOf, means } = clusters(positions, cell);
  const kept = new Float32Array(positions.length);
  let length = 0;
  for (let corner = 0; corner < cellOf.length; corner += 3) {
    const a = cellOf[corner]!;
    const b = cellOf[corner + 1]!;
    const c = cellOf[corner + 2]!;
    if (a === b || b === c || c === a) continue;
    for (const at of [a, b, c]) {
      kept[length++] = means[at * 3]!;
      kept[length++] = means[at * 3 + 1]!;
      kept[length++] = means[at * 3 + 2]!;
    }
  }
  return kept.slice(0, length);
}

function areaOf(p: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < p.length; at += 9) {
    const ux = p[at + 3]! - p[at]!;
    const uy = p[at + 4]! - p[at + 1]!;
    const uz = p[at + 5]! - p[at + 2]!;
    const vx = p[at + 6]! - p[at]!;
    const vy = p[at + 7]! - p[at + 1]!;
    const vz = p[at + 8]! - p[at + 2]!;
    const x = uy * vz - uz * vy;
    const y = uz * vx - ux * vz;
    const z = ux * vy - uy * vx;
    sum += Math.sqrt(x * x + y * y + z * z);
  }
  return sum / 2;
}

/** The number of each corner's cell, and the mean of the corners in each cell. */
function clusters(positions: Float32Array, cell: number): { cellOf: Uint32Array; means: Float32Array } {
  const corners = positions.length / 3;
  const cellOf = new Uint32Array(corners);
  let mask = 2 ** 20 - 1;
  let slots = new Int32Array(mask + 1).fill(-1);
  let keys = new Int32Array(3 * 2 ** 19);
  let count = 0;
  const hash = (x: number, y: number, z: number) => {
    const mixed = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca77) ^ Math.imul(z, 0xc2b2ae3d);
    return (mixed ^ (mixed >>> 15)) & mask;
  };
  const grow = () => {
    mask = mask * 2 + 1;
    slots = new Int32Array(mask + 1).fill(-1);
    const more = new Int32Array(keys.length * 2);
    more.set(keys);
    keys = more;
    for (let n = 0; n < count; n++) {
      let slot = hash(keys[n * 3]!, keys[n * 3 + 1]!, keys[n * 3 + 2]!);
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = n;
    }
  };
  for (let corner = 0; corner < corners; corner++) {
    const x = Math.floor(positions[corner * 3]! / cell);
    const y = Math.floor(positions[corner * 3 + 1]! / cell);
    const z = Math.floor(positions[corner * 3 + 2]! / cell);
    let slot = hash(x, y, z);
    for (;;) {
      const known = slots[slot]!;
      if (known === -1) break;
      if (keys[known * 3] === x && keys[known * 3 + 1] === y && keys[known * 3 + 2] === z) break;
      slot = (slot + 1) & mask;
    }
    if (slots[slot] === -1) {
      slots[slot] = count;
      keys[count * 3] = x;
      keys[count * 3 + 1] = y;
      keys[count * 3 + 2] = z;
      cellOf[corner] = count;
      count++;
      if (count * 2 > mask) grow();
    } else cellOf[corner] = slots[slot]!;
  }
  return { cellOf, means: meansOf(positions, cellOf, count) };
}

function meansOf(positions: Float32Array, cellOf: Uint32Array, count: number): Float32Array {
  const means = new Float32Array(count * 3);
  const members = new Uint32Array(count);
  for (let corner = 0; corner < cellOf.length; corner++) {
    const at = cellOf[corner]! * 3;
    means[at] = means[at]! + positions[corner * 3]!;
    means[at + 1] = means[at + 1]! + positions[corner * 3 + 1]!;
    means[at + 2] = means[at + 2]! + positions[corner * 3 + 2]!;
    members[cellOf[corner]!] = members[cellOf[corner]!]! + 1;
  }
  for (let n = 0; n < means.length; n++) means[n] = means[n]! / members[Math.floor(n / 3)]!;
  return means;
}
