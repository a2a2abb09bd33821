import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { GeometryRefusal } from '../geometry/index.ts';
import { type CadAnswer, type CadFacts, type CadOrder, TRIANGLES } from './cad-messages.ts';
import { asProblem, gaveUp } from './gave-up.ts';
import { TriangleFile } from './triangle-file.ts';

async function convert({ format, from, folder }: CadOrder): Promise<CadAnswer> {
  const into = new TriangleFile(path.join(folder, TRIANGLES));
  try {
    const facts = await read(format, readFileSync(from), into);
    return { ...facts, triangles: into.close() };
  } catch (error) {
    if (error instanceof GeometryRefusal) return { refusal: asProblem(error) };
    // Of memories and buffers that cannot grow; the readers' own errors are mere numbers, or traps.
    const isMemory = error instanceof RangeError && /memory|alloc|grow|array length/i.test(error.message);
    return isMemory ? { overrun: true } : { refusal: gaveUp(format) };
  }
}

/** Each reader is loaded only where it is needed. */
async function read(format: CadOrder['format'], content: Uint8Array, into: TriangleFile): Promise<CadFacts> {
  if (format === 'step') return (await import('./read-step.ts')).readStep(content, into);
  return (await import('./read-3dm.ts')).read3dm(content, into);
}

parentPort!.postMessage(await convert(workerData as CadOrder));
