import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Flood, Flooded } from './flood.ts';

const FLOOD = path.join(import.meta.dirname, 'flood.ts');

export interface RunningFlood {
  stop(): Promise<Flooded>;
}

/** Resolves when the first request has been answered: a load that has not begun would measure nothing. */
export async function startFlood(flood: Flood): Promise<RunningFlood> {
  const child = spawn(process.execPath, [FLOOD], { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] });
  child.stdin!.end(JSON.stringify(flood));
  const said = text(child.stdout!);
  await once(child, 'message');
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return JSON.parse(await said) as Flooded;
    },
  };
}
