/** `run-manifold FILE`: welds a binary STL by its merge() and makes a solid of it with manifold-3d. */
import { readFileSync } from 'node:fs';

interface Manifold {
  setup(): void;
  Mesh: new (mesh: object) => { merge(): boolean };
  Manifold: new (mesh: object) => { volume(): number; status(): string; decompose(): unknown[] };
}

const { default: start } = (await import(
  new URL('./peers/node_modules/manifold-3d/manifold.js', import.meta.url).href
)) as {
  default: () => Promise<Manifold>;
};
const wasm = await start();
wasm.setup();
const stl = readFileSync(process.argv[2] ?? '');
const triangles = (stl.length - 84) / 50;
const vertProperties = new Float32Array(triangles * 9);
const triVerts = Uint32Array.from({ length: triangles * 3 }, (_, i) => i);
for (let i = 0; i < triangles * 9; i++)
  vertProperties[i] = stl.readFloatLE(84 + 50 * Math.floor(i / 9) + 12 + 4 * (i % 9));
const mesh = new wasm.Mesh({ numProp: 3, vertProperties, triVerts });
mesh.merge();
const solid = new wasm.Manifold(mesh);
console.log(JSON.stringify({ volume: solid.volume(), status: solid.status(), shells: solid.decompose().length }));
