/** `run-node-stl FILE`: volume, area and box by node-stl. */
import { createRequire } from 'node:module';

const load = createRequire(new URL('./peers/package.json', import.meta.url));
const NodeStl = load('node-stl') as new (path: string, options: object) => { volume: number; area: number };
const { volume, area } = new NodeStl(process.argv[2] ?? '', { density: 1 });
console.log(JSON.stringify({ volume, area }));
