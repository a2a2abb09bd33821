import { randomInt } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Answer, Order } from './analysis-pool.ts';
import { withFile } from './file-source.ts';
import { analyse, GeometryRefusal } from './geometry/index.ts';

/** One file at a time: the pool sends the next when this one is answered. */
parentPort!.on('message', ({ path }: Order) => {
  parentPort!.postMessage(answer(path));
});

function answer(path: string): Answer {
  try {
    return { measurement: withFile(path, (source) => analyse(source, { seed: randomInt(2 ** 32) })) };
  } catch (error) {
    if (!(error instanceof GeometryRefusal)) throw error;
    return { refusal: { code: error.code, message: error.message, hint: error.hint } };
  }
}
