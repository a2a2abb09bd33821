/** `run-sweep FILE [fingerprint]`: pass 1 of a binary STL in a process of its own; prints what it found. */
import { sweep } from '../../modules/pricing/geometry/kernel/sweep.ts';
import { withStl } from './open-stl.ts';

const [path = '', print] = process.argv.slice(2);
const seeds = { seed: Date.now(), ...(print ? { fingerprintSeed: 1n } : {}) };
const { volume, area, boundary } = withStl(path, (source) => sweep(source, seeds));
console.log(JSON.stringify({ volume, area, closed: boundary === 0n }));
