import type { WriteStream } from 'node:tty';
import { type Progress, STAGES } from '#contracts/pricing';

const WIDTH = 24;
/** Shorter work shows nothing. */
const PATIENCE_MS = 300;
const REDRAW_MS = 80;

/** What a stage makes up of the whole, about. */
const SHARES: Record<Progress['stage'], number> = {
  reading: 0.1,
  measuring: 0.15,
  topology: 0.3,
  thickness: 0.43,
  pricing: 0.02,
};

export interface ProgressBar {
  hear(progress: Progress): void;
  /** Takes the bar away. */
  done(): void;
}

/**
 * A line on a terminal that says how far a file is; nothing where `stream` is none. It is drawn from within `hear`, which
 * the kernel calls in the midst of its work, and by a timer while another process works.
 */
export function progressBar(stream: WriteStream, name: string): ProgressBar {
  if (!stream.isTTY) return { hear() {}, done() {} };
  const started = performance.now();
  let last: Progress = { stage: 'reading', share: 0 };
  let furthest = 0;
  let drawnAt = started + PATIENCE_MS - REDRAW_MS;
  let isShown = false;

  function draw(): void {
    const now = performance.now();
    if (now - drawnAt < REDRAW_MS) return;
    drawnAt = now;
    isShown = true;
    furthest = Math.max(furthest, shareOfAll(last));
    const full = Math.round(furthest * WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    const seconds = ((now - started) / 1000).toFixed(1);
    const text = `${bar} ${String(Math.floor(furthest * 100)).padStart(3)} %  ${last.stage.padEnd(9)} ${seconds} s  ${name}`;
    stream.write(`\r\u001b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
  }

  const timer = setInterval(draw, REDRAW_MS);
  return {
    hear(progress) {
      last = progress;
      draw();
    },
    done() {
      clearInterval(timer);
      if (isShown) stream.write('\r\u001b[2K');
    },
  };
}

function shareOfAll({ stage, share }: Progress): number {
  const before = STAGES.slice(0, STAGES.indexOf(stage)).reduce((sum, each) => sum + SHARES[each], 0);
  return before + SHARES[stage] * share;
}
