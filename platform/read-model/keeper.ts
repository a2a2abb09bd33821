import type { ReadModelState } from '#contracts/read-models';
import { wantRebuild } from '#platform/bus';
import type { Part } from '#platform/lifecycle';
import type { Log, Metrics } from '#platform/telemetry';
import { type CheckResult, check } from './check.ts';
import type { ReadModel, Truth } from './contract.ts';
import { rebuild } from './rebuild.ts';
import { readState, recordCheck, register, takeTurn, wantCheck } from './state.ts';

export interface KeeperNeeds {
  model: ReadModel;
  truth: Truth;
  log: Log;
  metrics: Metrics;
  /** Between two rounds of comparison, over all processes together. 0: only when asked to. */
  everySeconds: number;
  /** False: no subscriber of the bus makes it anew, it is only mended. */
  rebuilds?: boolean;
  /** Most that a round waits for the copy to take what is under way. Default 30 s. */
  patienceMs?: number;
}

/** Keeps a copy equal to the truth: compares, mends, makes anew. Any number of processes may run one. */
export interface Keeper extends Part {
  readonly rebuilds: boolean;
  state(): Promise<ReadModelState>;
  /** Compares and mends now; resolves when done. */
  check(): Promise<CheckResult>;
  /** Makes it anew now; for the subscription that keeps the copy. */
  rebuild(stopping: AbortSignal): Promise<void>;
  /** Soon, in some process. */
  wantCheck(): Promise<void>;
  /** Marks it: the bus has its subscriber make it anew, one process at a time, and again until it succeeds. */
  wantRebuild(reason: string): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;
const NEVER_SECONDS = 10 * 365 * 86_400;

export function keeper(needs: KeeperNeeds): Keeper {
  const { model, truth, log, metrics, everySeconds, rebuilds = true, patienceMs = 30_000 } = needs;
  const { sql, name } = model;
  const interval = everySeconds > 0 ? everySeconds : NEVER_SECONDS;
  const labelNames = ['model'] as const;
  const found = metrics.counter({
    name: 'read_model_drift_total',
    help: 'Orders of which a copy differed from the truth although it had taken every event',
    labelNames,
  });
  const mended = metrics.counter({
    name: 'read_model_repaired_total',
    help: 'Orders of which a copy was put right',
    labelNames,
  });
  found.inc({ model: name }, 0);
  mended.inc({ model: name }, 0);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function checkNow(): Promise<CheckResult> {
    const result = await check({ model, truth, repairs: true, patienceMs, log });
    found.inc({ model: name }, result.drift.length);
    mended.inc({ model: name }, result.repaired.length);
    await recordCheck(sql, name, result);
    if (result.beyondMending && rebuilds) await markRebuild('too many orders differ');
    return result;
  }

  const markRebuild = (reason: string) => wantRebuild(sql, { consumer: name, reason });

  async function turn(): Promise<void> {
    if (await takeTurn(sql, name, interval)) await checkNow();
  }

  function look(afterMs = LOOK_EVERY_MS): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = turn()
        .catch((err: unknown) => {
          if (stopped) return;
          log.warn(
            { event: 'read_model.unkept', model: name, err },
            `${name} could not be compared with the truth now`,
          );
        })
        .then(() => {
          if (!stopped) look();
        });
    }, afterMs);
    timer.unref();
  }

  return {
    name: `keeper of ${name}`,
    rebuilds,
    state: () => readState(sql, name),
    check: checkNow,
    async rebuild(signal) {
      await rebuild({ model, truth, log, signal });
    },
    async wantCheck() {
      await wantCheck(sql, name);
      if (!stopped) look(0);
    },
    wantRebuild: markRebuild,
    async start() {
      await register(sql, name, interval);
      look();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
