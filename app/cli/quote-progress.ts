import path from 'node:path';
import { type Progress, STAGES } from '#contracts/pricing';

const WORTH_SHOWING_MS = 300;
const EVERY_MS = 80;
const WIDTH = 24;

/** Shows a person at a terminal how far a long measurement is; silent elsewhere. */
export function progressBar(file: string): { show(progress: Progress): void; clear(): void } {
  const terminal = process.stderr;
  const began = performance.now();
  let next = began + WORTH_SHOWING_MS;
  let isShown = false;
  return {
    show({ stage, share }) {
      const now = performance.now();
      if (!terminal.isTTY || now < next) return;
      next = now + EVERY_MS;
      isShown = true;
      const done = (STAGES.indexOf(stage) + share) / STAGES.length;
      const filled = Math.round(done * WIDTH);
      const seconds = ((now - began) / 1000).toFixed(1);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
      terminal.write(`\r\x1b[2K${bar} ${stage} ${path.basename(file)} ${seconds} s`);
    },
    clear() {
      if (isShown) terminal.write('\r\x1b[2K');
    },
  };
}
