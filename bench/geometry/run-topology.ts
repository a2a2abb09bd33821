/** `run-topology FILE`: passes 1 and 2 of a binary STL in a process of their own; prints what they found. */
import { sweep } from '../../modules/pricing/geometry/kernel/sweep.ts';
import { joinMesh } from '../../modules/pricing/geometry/kernel/topology.ts';
import { withStl } from './open-stl.ts';

const [path = ''] = process.argv.slice(2);
const seed = Date.now() % 1_000_000;
const joined = withStl(path, (source) => joinMesh(source, sweep(source, { seed }), { seed }));
console.log(JSON.stringify({ verdict: joined.verdict, shells: joined.mesh?.shells.length ?? 0 }));
