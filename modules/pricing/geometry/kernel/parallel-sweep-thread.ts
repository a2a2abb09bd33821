/** A thread that sweeps blocks for the thread that made it: sleeps until it is called, then takes part in the run. */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Run, withFile, workOn } from './parallel-sweep-blocks.ts';

const { calls, port } = workerData as { calls: Int32Array<SharedArrayBuffer>; port: MessagePort };

for (let answered = 0; ; ) {
  const received = receiveMessageOnPort(port) as { message: Run } | undefined;
  if (received) {
    answered++;
    join(received.message);
  } else {
    Atomics.wait(calls, 0, answered);
  }
}

function join(run: Run): void {
  try {
    withFile(run.path, (source) => workOn(run, source));
  } catch {
    // A file that does not open here does not open for the caller either, who then says why.
  }
}
