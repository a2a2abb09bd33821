import { createHash, type Hash } from 'node:crypto';
import { Random } from './random.ts';

type Outcome = { value: unknown } | { error: unknown };

/** Whoever has something to do, as far as the scheduler looks at them. */
export interface Doer {
  readonly name: string;
  readonly alive: boolean;
  /** Does nothing until this moment of the world. */
  readonly pausedUntil: number;
}

/** Something that takes a real moment (a statement), begun when the seed says so and answered when the scheduler says so. */
export interface Step {
  sequence: number;
  actor: Doer;
  label: string;
  run: (step: Step) => Promise<unknown>;
  /** Where it runs: known before where it belongs to a transaction. */
  connection: object | null;
  deliver: (outcome: Outcome) => void;
  outcome: Outcome | null;
}

export interface Timer {
  due: number;
  sequence: number;
  actor: Doer | null;
  /** The world goes on to an essential timer; others fire when time has passed them. */
  essential: boolean;
  fire: () => void;
}

/** Null: nothing; `later`: it is not begun yet; else what happens instead. */
export type Struck = (() => Promise<unknown>) | 'later' | null;

/** Which of these running steps wait for a lock. */
export type FindBlocked = (running: readonly Step[]) => Promise<Set<Step>>;

/** Many times what the longest worlds take: one that comes to no end by itself. */
const MOST_STEPS = 200_000;
/** Milliseconds of the world that a step takes, at most. */
const STEP_MS = 0.4;
/** Real milliseconds after which a step is asked whether it waits for a lock. */
const PATIENCE_MS = 4;
/** Real milliseconds after which the database must have found a deadlock. */
const STUCK_MS = 20_000;
const realTimeout = setTimeout;
const realImmediate = setImmediate;

/** Runs one thing at a time, chosen by the seed, on a clock of its own. */
export class Scheduler {
  readonly random: Random;
  /** Milliseconds since the epoch. */
  now: number;
  steps = 0;
  /** Decides at each step whether something strikes it. */
  strike: (step: Step) => Struck = () => null;
  /** Called between steps, when nothing runs that is not blocked. */
  betweenSteps: () => Promise<void> = async () => {};
  readonly #blocked: FindBlocked;
  readonly #trace: Hash = createHash('sha256');
  readonly #ready: Step[] = [];
  readonly #running = new Set<Step>();
  readonly #timers = new Set<Timer>();
  #sequence = 0;
  #activity = 0;
  #onEnd = () => {};

  constructor(seed: number, startsAt: number, blocked: FindBlocked) {
    this.random = new Random(seed);
    this.now = startsAt;
    this.#blocked = blocked;
  }

  /** Resolves with what `run` gives, in its turn; never when the actor dies before. */
  step<T>(actor: Doer, label: string, run: (step: Step) => Promise<T>, connection: object | null = null): Promise<T> {
    this.#activity += 1;
    return new Promise((resolve, reject) => {
      const deliver = (outcome: Outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T));
      if (!actor.alive) return;
      this.#ready.push({ sequence: this.#sequence++, actor, label, run, connection, deliver, outcome: null });
    });
  }

  timer(actor: Doer | null, delayMs: number, fire: () => void, essential: boolean): Timer {
    this.#activity += 1;
    const due = this.now + Math.max(0, delayMs);
    const timer = { due, sequence: this.#sequence++, actor, essential, fire };
    this.#timers.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.#timers.delete(timer);
  }

  /** Resolves after so much time of the world, which goes on to that moment. Never when the actor dies. */
  sleep(actor: Doer, ms: number): Promise<void> {
    return new Promise((resolve) => this.timer(actor, ms, resolve, true));
  }

  /** Forgets what a dead actor had under way; a statement that is being run ends by itself. */
  forget(actor: Doer): void {
    for (let i = this.#ready.length - 1; i >= 0; i -= 1) if (this.#ready[i]!.actor === actor) this.#ready.splice(i, 1);
    for (const timer of this.#timers) if (timer.actor === actor) this.#timers.delete(timer);
  }

  /** The statements of this actor that wait for a lock at this moment. */
  runningOf(actor: Doer): Step[] {
    return [...this.#running].filter((step) => step.actor === actor);
  }

  note(...words: (string | number)[]): void {
    this.#trace.update(words.join(' ')).update('\n');
    if (process.env['FORGELINE_SIM_TRACE']) console.error(this.steps, Math.round(this.now) % 1e9, ...words);
  }

  /** What has happened so far, in one word: the same for the same seed. */
  get traceHash(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }

  /** Goes on until nothing is left to do but timers that nobody waits for, or until `enough` says so. */
  async run(enough: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#settle();
      if (enough()) return;
      await this.betweenSteps();
      if (await this.#fireDue()) continue;
      const ready = this.#ready.filter(({ actor }) => actor.pausedUntil <= this.now);
      if (ready.length > 0) await this.#execute(this.random.pick(ready));
      else if (!(await this.#advance())) return;
    }
  }

  /** Time passes, and whatever is due then happens. */
  async passTime(ms: number): Promise<void> {
    this.now += ms;
    this.note('time', Math.round(ms));
    await this.run();
  }

  /** Lets everything go on that needs no statement and no timer. Between turns only the program itself runs. */
  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      const before = this.#activity;
      await new Promise<void>((resolve) => realImmediate(resolve));
      quiet = this.#activity === before ? quiet + 1 : 0;
    }
  }

  async #fireDue(): Promise<boolean> {
    const due = [...this.#timers]
      .filter((timer) => timer.due <= this.now && (timer.actor?.pausedUntil ?? 0) <= this.now)
      .sort((a, b) => a.due - b.due || a.sequence - b.sequence);
    for (const timer of due) {
      if (!this.#timers.delete(timer)) continue;
      timer.fire();
      await this.#settle();
    }
    return due.length > 0;
  }

  async #execute(step: Step): Promise<void> {
    this.#ready.splice(this.#ready.indexOf(step), 1);
    this.now += this.random.between(0.02, STEP_MS);
    this.steps += 1;
    if (this.steps > MOST_STEPS) throw new Error(`The world comes to no end within ${MOST_STEPS} steps`);
    const instead = this.strike(step);
    if (!step.actor.alive) return;
    if (instead === 'later') {
      this.#ready.push(step);
      return;
    }
    this.#running.add(step);
    (instead ?? step.run)(step).then(
      (value) => this.#ended(step, { value }),
      (error: unknown) => this.#ended(step, { error }),
    );
    this.note(step.actor.name, step.label);
    await this.#untilDoneOrBlocked();
  }

  #ended(step: Step, outcome: Outcome): void {
    step.outcome = outcome;
    this.#onEnd();
  }

  /** False when nothing that runs has ended within so many real milliseconds. */
  #somethingDone(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = realTimeout(() => resolve(false), withinMs);
      this.#onEnd = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** Statements that wait for a lock stay; the others are answered, in the order in which they were begun. */
  async #untilDoneOrBlocked(): Promise<void> {
    let patience = PATIENCE_MS;
    for (;;) {
      const open = [...this.#running].filter(({ outcome }) => outcome === null);
      if (open.length === 0) break;
      if (await this.#somethingDone(patience)) continue;
      const blocked = await this.#blocked(open);
      if (open.every((step) => step.outcome !== null || blocked.has(step))) break;
      patience = Math.min(patience * 2, 50);
    }
    const done = [...this.#running].filter(({ outcome }) => outcome !== null);
    for (const step of done.sort((a, b) => a.sequence - b.sequence)) {
      this.#running.delete(step);
      const { error } = step.outcome as { error?: { code?: string; message?: string } };
      this.note('=', step.actor.name, step.label, error ? (error.code ?? error.message ?? 'failed') : 'done');
      if (step.actor.alive) step.deliver(step.outcome!);
      await this.#settle();
    }
  }

  /** To the next moment at which somebody has something to do; false when there is none. */
  async #advance(): Promise<boolean> {
    const moments = [...this.#timers].filter(({ essential }) => essential).map((timer) => this.#dueOf(timer));
    for (const { actor } of this.#ready) moments.push(actor.pausedUntil);
    if (moments.length > 0) {
      this.now = Math.max(this.now, Math.min(...moments));
      return true;
    }
    if (this.#running.size === 0) return false;
    // Everybody waits for somebody's lock: the database ends it.
    const began = performance.now();
    while ([...this.#running].every(({ outcome }) => outcome === null)) {
      if (performance.now() - began > STUCK_MS) throw new Error('Statements wait for locks that nobody gives up');
      await new Promise((resolve) => realTimeout(resolve, 2));
    }
    await this.#untilDoneOrBlocked();
    return true;
  }

  #dueOf({ due, actor }: Timer): number {
    return Math.max(due, actor?.pausedUntil ?? 0);
  }
}
