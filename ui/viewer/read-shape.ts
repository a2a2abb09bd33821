import type { Reading } from './reader.worker.ts';
import { type Shape, ShapeError } from './stl.ts';

/** Reads a model in a worker of its own, which ends with it. Throws ShapeError; aborting ends the worker at once. */
export function readShape(file: Blob, signal?: AbortSignal): Promise<Shape> {
  const worker = new Worker(new URL('./reader.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Shape>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Reading>) => {
      if (data.ok) resolve(data.shape);
      else reject(new ShapeError(data.problem));
    };
    worker.onerror = () => reject(new ShapeError('unreadable'));
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    worker.postMessage(file);
  }).finally(() => worker.terminate());
}
