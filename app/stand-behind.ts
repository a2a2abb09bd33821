import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Linux keeps the priority of each thread: those that run already are told one by one, later ones have their maker's. */
export function standBehind(nice: number): void {
  if (nice === 0) return;
  for (const id of process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [process.pid]) {
    setPriority(id, nice);
  }
}
