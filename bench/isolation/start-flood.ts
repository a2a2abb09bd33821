import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Flood, Flooded } from './flood.ts';

const FLOOD = path.join(import.meta.dirname, 'flood.ts');

export interface RunningFlood {
  stop(): Promise<Flooded>;
}

export function startFlood(flood: Flood): RunningFlood {
  const child = spawn(process.execPath, [FLOOD], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(flood));
  const said = text(child.stdout);
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return JSON.parse(await said) as Flooded;
    },
  };
}
