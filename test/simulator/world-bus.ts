import type { Envelope } from '#contracts/events';
import type { Transport } from '#platform/bus';
import type { Sql } from '#platform/database';
import { asOfFeed } from '../../platform/bus/as-of.ts';
import type { Line, Site, Subscription } from '../../platform/bus/contract.ts';
import { deliverer } from '../../platform/bus/deliver.ts';
import { FeedReader } from '../../platform/bus/feed-reader.ts';
import { nextWait } from '../../platform/bus/ladder.ts';
import { publishers } from '../../platform/bus/patterns.ts';
import { envelopeOfMessage, type Outgoing } from '../../platform/bus/rabbit-message.ts';
import type { Publisher } from '../../platform/bus/rabbit-publisher.ts';
import { relay } from '../../platform/bus/rabbit-relay.ts';
import type { Session } from '../../platform/bus/session.ts';
import { bury, isDead } from '../../platform/bus/set-aside.ts';
import { Signal } from '../../platform/bus/signal.ts';
import { CONSUMERS } from '../invariants/bus.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';

/** Locks of a session in the database: gone with their holder. */
export class WorldLocks {
  readonly #held = new Map<string, Session>();

  session(actor: Actor, sql: Sql): Session {
    const held = this.#held;
    const session: Session = {
      sql,
      holds: (name) => sql`${held.get(name) === session}::boolean`,
      async tryLock(name) {
        // Nobody hears the answer to a dead process.
        if (!actor.alive) return new Promise(() => {});
        if (!held.has(name)) held.set(name, session);
        return held.get(name) === session;
      },
      async unlock(name) {
        if (held.get(name) === session) held.delete(name);
      },
      end: async () => this.#release(session),
    };
    actor.onDeath(() => this.#release(session));
    return session;
  }

  /** The session's connection was cut, and its process does not know it yet. */
  cut(random: Random): boolean {
    const sessions = [...new Set(this.#held.values())];
    if (sessions.length > 0) this.#release(random.pick(sessions));
    return sessions.length > 0;
  }

  #release(session: Session): void {
    for (const [name, holder] of this.#held) if (holder === session) this.#held.delete(name);
  }
}

/** Milliseconds until another process hears. */
const HINT_MS = 25;

interface Ear {
  actor: Actor;
  rooms: Set<string> | null;
  signal: Signal;
}

/** Hints between the processes of a world: at once within one, later or never to others. */
export class WorldHints {
  #ears: Ear[] = [];

  signal(actor: Actor, rooms: Set<string> | null): Signal {
    const ear = { actor, rooms, signal: new Signal() };
    this.#ears.push(ear);
    actor.onDeath(() => {
      this.#ears = this.#ears.filter((one) => one !== ear);
    });
    return ear.signal;
  }

  hint(from: Actor, room: string, faults: Faults): void {
    for (const ear of this.#ears) {
      if (ear.rooms !== null && !ear.rooms.has(room)) continue;
      if (ear.actor === from) ear.signal.wake();
      else if (!faults.strikes('hint lost')) {
        from.scheduler.timer(null, HINT_MS, () => ear.actor.alive && ear.signal.wake(), true);
      }
    }
  }

  wakeAll(): void {
    for (const { signal } of this.#ears) signal.wake();
  }
}

interface BusOfWorld {
  locks: WorldLocks;
  hints: WorldHints;
  faults: Faults;
}

/** The PostgreSQL transport: its own reader over the real feed; only locks and hints are the world's. */
export function feedTransport(actor: Actor, { locks, hints, faults }: BusOfWorld): Transport {
  return {
    name: 'postgres',
    open(site): Line {
      const session = locks.session(actor, site.sql);
      const readers = site.subscriptions.map(
        (subscription) =>
          new FeedReader(site, subscription, session, hints.signal(actor, publishers(subscription.events))),
      );
      return {
        async start() {
          for (const reader of readers) await reader.start();
        },
        stop: async () => {},
        hint: () => hints.hint(actor, site.room, faults),
        asOf: (subscription) => asOfFeed(site, subscription),
      };
    },
  };
}

interface Message {
  envelope: Envelope;
  attempts: number;
  /** Moment of the world before which nobody gets it. */
  notBefore: number;
  /** Who has it and has not acknowledged it. */
  with: Actor | null;
}

const HOUR_MS = 3_600_000;
const MOST_AT_ONCE = 20;

/** A broker that keeps what it has confirmed, and promises nothing else: repeats, any order, an hour late. */
export class WorldBroker {
  readonly queues = new Map<string, { patterns: readonly string[]; messages: Message[] }>();
  readonly #faults: Faults;

  /** The queues are there from the installation on, whoever comes up first. */
  constructor(faults: Faults) {
    this.#faults = faults;
    for (const [consumer, patterns] of Object.entries(CONSUMERS)) this.queues.set(consumer, { patterns, messages: [] });
  }

  /** Nothing waits and nobody has anything. */
  get isEmpty(): boolean {
    return [...this.queues.values()].every(({ messages }) => messages.length === 0);
  }

  publish(envelope: Envelope, now: number): void {
    for (const { patterns, messages } of this.queues.values()) {
      if (!patterns.some((pattern) => matches(pattern, envelope.type))) continue;
      messages.push({ envelope, attempts: 0, notBefore: now + this.#late(), with: null });
      if (this.#faults.strikes('delivered twice')) {
        // Another message: it is read anew.
        messages.push({ envelope: { ...envelope }, attempts: 0, notBefore: now + this.#late(), with: null });
      }
    }
  }

  #late(): number {
    return this.#faults.strikes('delivered late') ? this.#faults.random.between(0, HOUR_MS) : 0;
  }

  /** Some of what waits for this consumer, in no order that anybody may rely on. */
  take(consumer: string, actor: Actor, now: number): Message[] {
    const { messages } = this.queues.get(consumer)!;
    const waiting = messages.filter((message) => message.with === null && message.notBefore <= now);
    const count = Math.min(waiting.length, 1 + this.#faults.random.below(MOST_AT_ONCE));
    const taken = this.#faults.strikes('delivered out of order')
      ? waiting.toSorted(() => this.#faults.random.unit() - 0.5).slice(0, count)
      : waiting.slice(0, count);
    for (const message of taken) message.with = actor;
    return taken;
  }

  /** A copy for the next attempt; the one that failed is acknowledged with the others. */
  again(consumer: string, { envelope }: Message, attempts: number, notBefore: number): void {
    this.queues.get(consumer)!.messages.push({ envelope, attempts, notBefore, with: null });
  }

  acknowledge(consumer: string, done: readonly Message[]): void {
    const queue = this.queues.get(consumer)!;
    queue.messages = queue.messages.filter((message) => !done.includes(message));
  }

  /** What a dead consumer had is given to others. */
  giveBack(actor: Actor): void {
    for (const { messages } of this.queues.values()) {
      for (const message of messages) if (message.with === actor) message.with = null;
    }
  }
}

function matches(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

/** The RabbitMQ transport: its own relay over the real outbox, into a broker that is the world's. */
export function brokerTransport(actor: Actor, broker: WorldBroker, { locks, hints, faults }: BusOfWorld): Transport {
  const { scheduler } = actor;
  const publish = async (messages: readonly Outgoing[]) => {
    await scheduler.step(actor, 'publish', async () => {
      for (const { content, options } of messages) {
        broker.publish(envelopeOfMessage({ content, properties: options, fields: {} } as never), scheduler.now);
      }
    });
    if (faults.strikes('confirm lost')) throw new Error('The broker has not confirmed');
    hints.wakeAll();
  };
  return {
    name: 'rabbitmq',
    open(site): Line {
      const session = locks.session(actor, site.sql);
      const signal = hints.signal(actor, new Set([site.room]));
      const stands = { publish, isBlocked: () => false, mention() {} } as unknown as Publisher;
      const carrying = relay({
        site,
        session: locks.session(actor, site.sql),
        signal,
        exchange: 'world',
        batch: 50,
        ahead: 2,
        publisher: () => stands,
        tick() {},
      });
      actor.onDeath(() => broker.giveBack(actor));
      return {
        async start() {
          carrying.start();
          for (const subscription of site.subscriptions)
            void consume(actor, broker, session, hints, site, subscription);
        },
        stop: async () => {},
        hint: () => hints.hint(actor, site.room, faults),
        asOf: async () => null,
      };
    },
  };
}

/** One active consumer per queue: takes, handles, acknowledges. It dies with its process. */
async function consume(
  actor: Actor,
  broker: WorldBroker,
  session: Session,
  hints: WorldHints,
  site: Site,
  subscription: Subscription,
): Promise<void> {
  const { scheduler } = actor;
  const { consumer } = subscription;
  const signal = hints.signal(actor, null);
  const deliver = deliverer(subscription, site);
  for (;;) {
    const seen = signal.count;
    const taken = (await session.tryLock(consumer)) ? broker.take(consumer, actor, scheduler.now) : [];
    if (taken.length === 0) {
      await signal.wait(seen, 200);
      continue;
    }
    try {
      await scheduler.step(actor, `take ${consumer}`, async () => {});
      await handle(taken);
      await scheduler.step(actor, `acknowledge ${consumer}`, async () => {});
      broker.acknowledge(consumer, taken);
    } catch {
      // The channel is gone: what was not acknowledged comes again.
      for (const message of taken) message.with = null;
    }
  }

  async function handle(taken: readonly Message[]): Promise<void> {
    const failures = await deliver(taken.map(({ envelope }) => envelope));
    const failed = new Map(failures.map((failure) => [failure.event.id, failure]));
    for (const message of taken) {
      const failure = failed.get(message.envelope.id);
      if (!failure) continue;
      const attempts = message.attempts + 1;
      const after = { ...failure, attempts };
      if (isDead(after)) await bury(site.sql, consumer, [after]);
      else broker.again(consumer, message, attempts, scheduler.now + nextWait(attempts)!);
    }
  }
}
