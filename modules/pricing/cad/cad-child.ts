/**
 * A process for one CAD file: its reader is a large program that may run for ever, grow without end or fall over, and what
 * it leaves in its memory is nobody else's business. The reader works in a thread, so that this one hears that whoever
 * started it is gone, takes its folder away and ends; a reader in the midst of its work would not.
 */
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CadAnswer, CadOrder } from './cad-messages.ts';
import { gaveUp } from './gave-up.ts';

const HEAP_MEGABYTES = 1024;

const order = JSON.parse(process.argv[2]!) as CadOrder;

function giveUp(): void {
  rmSync(order.folder, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
}

process.on('disconnect', giveUp);
// They may be gone before this line was reached.
if (!process.connected) giveUp();
// Ctrl-C in a terminal reaches the whole group: whoever started it decides.
process.on('SIGINT', () => {});

function end(answer: CadAnswer): void {
  process.send!(answer, () => process.kill(process.pid, 'SIGKILL'));
}

const reader = new Worker(new URL('./cad-thread.ts', import.meta.url), {
  workerData: order,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
});
reader.once('message', end);
reader.once('error', (error: Error & { code?: unknown }) => {
  end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? { overrun: true } : { refusal: gaveUp(order.format) });
});
