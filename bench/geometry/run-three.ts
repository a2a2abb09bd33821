/** `run-three FILE`: the same figures by three's STLLoader, as its users compute them. */
import { readFileSync } from 'node:fs';
import { STLLoader } from 'three/addons/loaders/STLLoader.js';

const content = readFileSync(process.argv[2] ?? '');
const geometry = new STLLoader().parse(content.buffer.slice(content.byteOffset, content.byteOffset + content.length));
geometry.computeBoundingBox();
const p = geometry.getAttribute('position').array;
let volume = 0;
let area = 0;
for (let i = 0; i < p.length; i += 9) {
  const [ax, ay, az] = [p[i]!, p[i + 1]!, p[i + 2]!];
  const [ux, uy, uz] = [p[i + 3]! - ax, p[i + 4]! - ay, p[i + 5]! - az];
  const [vx, vy, vz] = [p[i + 6]! - ax, p[i + 7]! - ay, p[i + 8]! - az];
  const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  volume += (ax * nx + ay * ny + az * nz) / 6;
  area += Math.sqrt(nx * nx + ny * ny + nz * nz) / 2;
}
console.log(JSON.stringify({ volume, area }));
