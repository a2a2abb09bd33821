import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { TimerOptions } from 'node:timers';
import timers from 'node:timers/promises';
import { currentActor } from './actor.ts';

/**
 * Whoever runs in a simulated world has the world's time, timers and chances, without knowing it; everybody else the real ones.
 * Once per process, before the rooms are imported.
 */
export function patchGlobals(): void {
  const realNow = Date.now;
  Date.now = () => Math.floor(currentActor()?.clockNow() ?? realNow());
  const realMeasure = performance.now.bind(performance);
  performance.now = () => currentActor()?.scheduler.now ?? realMeasure();
  const realRandom = Math.random;
  Math.random = () => currentActor()?.random.unit() ?? realRandom();
  patchCrypto();
  patchTimers();
}

/** Ids are 16 bytes; the driver of the database draws others for its handshake, which are nobody's business. */
const ID_BYTES = 16;

function patchCrypto(): void {
  const { randomBytes, randomUUID } = crypto;
  crypto.randomBytes = ((count: number, done?: (error: Error | null, bytes: Buffer) => void) => {
    const actor = currentActor();
    if (!actor || count !== ID_BYTES || done) return done ? randomBytes(count, done) : randomBytes(count);
    return actor.random.bytes(count);
  }) as typeof randomBytes;
  crypto.randomUUID = ((options?: object) => {
    const actor = currentActor();
    if (!actor) return randomUUID(options);
    const bytes = actor.random.bytes(ID_BYTES);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }) as typeof randomUUID;
  syncBuiltinESMExports();
}

/** What `setTimeout` gives out in a simulated world. */
class WorldTimer {
  cancel = () => {};
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
}

/** A timer may fire late and never early: a busy machine is part of every world. It keeps polls from filling it, too. */
const MOST_TIMES_LATE = 20;

function patchTimers(): void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval };
  const begin = (act: () => void, ms: number, again: boolean): WorldTimer => {
    const actor = currentActor()!;
    const handle = new WorldTimer();
    const arm = () => {
      const late = actor.random.between(1, MOST_TIMES_LATE);
      const timer = actor.scheduler.timer(actor, ms * late, fire, false);
      handle.cancel = () => actor.scheduler.cancel(timer);
    };
    const fire = () => {
      if (again) arm();
      actor.run(act);
    };
    arm();
    return handle;
  };
  const patched =
    (genuine: typeof setTimeout, again: boolean) =>
    (act: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) =>
      currentActor() ? begin(() => act(...args), Math.max(1, ms), again) : genuine(act, ms, ...args);
  const clear = (genuine: typeof clearTimeout) => (handle?: unknown) => {
    if (!(handle instanceof WorldTimer)) return genuine(handle as NodeJS.Timeout);
    handle.cancel();
  };
  const realWait = timers.setTimeout;
  timers.setTimeout = ((ms?: number, value?: unknown, options?: TimerOptions) =>
    currentActor()
      ? new Promise<unknown>((resolve) => setTimeout(() => resolve(value), ms))
      : realWait(ms, value, options)) as typeof realWait;
  syncBuiltinESMExports();
  Object.assign(globalThis, {
    setTimeout: patched(real.setTimeout, false),
    setInterval: patched(real.setInterval as typeof setTimeout, true),
    clearTimeout: clear(real.clearTimeout),
    clearInterval: clear(real.clearInterval as typeof clearTimeout),
  });
}
