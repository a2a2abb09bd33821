/** `run-three-rays TASK`: the same rays by three-mesh-bvh with its best strategy. */
import type { BufferAttribute, BufferGeometry, Ray } from 'three';
import { readRayTask, reportRays } from './ray-task.ts';

interface Three {
  BufferAttribute: typeof BufferAttribute;
  BufferGeometry: typeof BufferGeometry;
  Ray: typeof Ray;
  DoubleSide: number;
}
interface Bvh {
  MeshBVH: new (geometry: BufferGeometry, options: object) => { raycastFirst(ray: Ray, side: number): object | null };
  SAH: number;
}

const peers = new URL('./peers/node_modules/', import.meta.url).href;
// The peers' own copy of three: the one that three-mesh-bvh itself gets.
const three = (await import(`${peers}three/build/three.module.js`)) as Three;
const bvh = (await import(`${peers}three-mesh-bvh/src/index.js`)) as Bvh;
const { positions, triangles, rays } = readRayTask(process.argv[2] ?? '');
const geometry = new three.BufferGeometry();
geometry.setAttribute('position', new three.BufferAttribute(positions, 3));
geometry.setIndex(new three.BufferAttribute(triangles, 1));
const tree = new bvh.MeshBVH(geometry, { strategy: bvh.SAH });
const ray = new three.Ray();
reportRays(rays.length / 6, 5, () => {
  let hits = 0;
  for (let i = 0; i < rays.length; i += 6) {
    ray.origin.set(rays[i]!, rays[i + 1]!, rays[i + 2]!);
    ray.direction.set(rays[i + 3]!, rays[i + 4]!, rays[i + 5]!);
    if (tree.raycastFirst(ray, three.DoubleSide)) hits++;
  }
  return hits;
});
