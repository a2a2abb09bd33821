import type { Progress } from '#contracts/pricing';

export interface ProgressWriter {
  /** How far it is; may come at any rate. */
  hear(progress: Progress): void;
  /** Nothing is written any more once this has resolved. */
  stop(): Promise<void>;
}

/** A run that is over sooner has nothing to tell, and is not held up by telling it. */
const QUIET_MS = 300;
/** Within one stage. */
const EVERY_MS = 500;

/** Passes on each new stage and, within one, twice a second: one write at a time, always the newest. */
export function progressWriter(
  write: (progress: Progress) => Promise<void>,
  onError: (error: unknown) => void,
): ProgressWriter {
  let newest: Progress | null = null;
  let written: Progress | null = null;
  let writing: Promise<void> | null = null;
  let isStopped = false;
  let isYoung = true;
  let timer: NodeJS.Timeout | null = setTimeout(look, QUIET_MS);

  function look(): void {
    timer = null;
    isYoung = false;
    if (isStopped || writing || !newest || newest === written) return;
    const progress = newest;
    written = progress;
    writing = write(progress)
      .catch(onError)
      .finally(() => {
        writing = null;
        if (!isStopped) timer = setTimeout(look, newest?.stage === progress.stage ? EVERY_MS : 0);
      });
  }

  return {
    hear(progress) {
      const isNews = progress.stage !== newest?.stage;
      newest = progress;
      if (isYoung || writing || (timer && !isNews)) return;
      if (timer) clearTimeout(timer);
      timer = setTimeout(look, 0);
    },
    async stop() {
      isStopped = true;
      if (timer) clearTimeout(timer);
      await writing;
    },
  };
}
