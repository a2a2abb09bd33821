/** `run-rays TASK`: rays by our own hierarchy. */
import { castInto } from '../../modules/pricing/geometry/thickness/ray-caster.ts';
import { readRayTask, reportRays } from './ray-task.ts';

const { positions, triangles, rays } = readRayTask(process.argv[2] ?? '');
const caster = castInto(positions, triangles);
const count = rays.length / 6;
const distances = new Float32Array(count);
const faces = new Uint32Array(count);
reportRays(count, 5, () => caster.nearest(rays, count, 0, distances, faces));
