/**
 * Loaded before everything else (`--import`) by processes under fire. Plants the crash points, so that the product has no
 * trace of them, and shifts the process's clock by FORGELINE_CHAOS_CLOCK_MS.
 *
 * A point is armed by the file `<FORGELINE_CHAOS_DIR>/<pid>`, which names it: the process then dies there as by a power cut,
 * or gets the signal that stands beside the name, after it has written `<pid>.struck`.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { plant } from '../mutants/plant.ts';
import { CRASH_POINTS } from './crash-points.ts';

declare global {
  var forgelineMayCrash: ((point: string) => Promise<void>) | undefined;
}

/** Libraries gather what they send for a turn or two of the event loop. */
const SOCKETS_EMPTY_MS = 30;

const dir = process.env['FORGELINE_CHAOS_DIR'];
if (dir && isMainThread) {
  const file = path.join(dir, String(process.pid));
  globalThis.forgelineMayCrash = async (point) => {
    if (!existsSync(file)) return;
    const [armed, signal = 'SIGKILL'] = readFileSync(file, 'utf8').split(' ');
    if (armed !== point) return;
    // What was handed to a socket leaves the process first: it is only what comes after this point that must not happen.
    await pause(SOCKETS_EMPTY_MS);
    rmSync(file);
    writeFileSync(`${file}.struck`, point);
    process.kill(process.pid, signal);
  };
  plant({ name: 'crash points', edits: CRASH_POINTS.map(({ edit }) => edit) });
}

const shift = Number(process.env['FORGELINE_CHAOS_CLOCK_MS'] ?? 0);
if (shift !== 0) {
  const RealDate = Date;
  const ShiftedDate = class extends RealDate {
    constructor(...given: [] | ConstructorParameters<typeof Date>) {
      if (given.length === 0) super(RealDate.now() + shift);
      else super(...given);
    }
    static override now(): number {
      return RealDate.now() + shift;
    }
  };
  globalThis.Date = ShiftedDate as DateConstructor;
}
