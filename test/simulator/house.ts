import { crm } from '#crm';
import { mes } from '#mes';
import { orders } from '#orders';
import { type Bus, openBus } from '#platform/bus';
import type { Room, RoomClient } from '#platform/http';
import { createLog, createMetrics } from '#platform/telemetry';
import { pricing } from '#pricing';
import { shop } from '#shop';
import { listenForPartners } from '../../modules/partners/listen.ts';
import { Actor } from './actor.ts';
import { send, Unknown } from './client.ts';
import { pricingWorker } from './pricing-worker.ts';
import { Scheduler } from './scheduler.ts';
import { steppedSql } from './stepped-sql.ts';
import { webhookSender } from './webhook-sender.ts';
import type { Household, World } from './world.ts';
import { brokerTransport, feedTransport } from './world-bus.ts';
import type { WorldDatabase } from './world-database.ts';
import { type Place, placeFor, type RoomOf, unavailable } from './world-http.ts';

const ABOUT = { service: 'forgeline', role: 'simulator', version: '0' };
export const log = createLog({
  ...ABOUT,
  level: (process.env['FORGELINE_SIM_LOG'] ?? 'silent') as 'silent',
  // Line by line: a destination that gathers them would do so by a timer, which is a step of the world.
  destination: { write: (line) => void process.stderr.write(line) },
});
const metrics = createMetrics(ABOUT);

/** What a process is there for, and how many there are. */
const ROLES = { orders: 2, pricing: 1, shop: 1, crm: 2, mes: 2, partners: 1, worker: 2, webhooks: 1 } as const;
type ProcessRole = keyof typeof ROLES;

const TIME_ZONE = 'Europe/Moscow';
/** How wrong a clock may be. */
const SKEW_MS = 600_000;

interface Process {
  actor: Actor;
  place: Place | null;
  isReady: boolean;
}

/** Servers of the rooms, kept over all worlds of this program. */
const places = new Map<string, Place>();

/**
 * Opens every place, before the first world: what Fastify does once at its start would else happen in the first world of a
 * program and in no other.
 */
export async function openPlaces({ connections }: WorldDatabase): Promise<void> {
  const nobody = new Actor('nobody', new Scheduler(0, 0, async () => new Set()));
  for (const role of ['orders', 'pricing', 'shop', 'crm', 'mes'] as const) {
    for (let slot = 0; slot < ROLES[role]; slot += 1) {
      const place = placeFor(`${role}/${slot}`, log, metrics);
      const sql = steppedSql(nobody, connections[role]);
      const bus = openBus({
        room: role,
        sql,
        transport: { name: 'postgres', open: () => ({}) as never },
        log,
        metrics,
      });
      makeRoom(role, bus, sql, { orders: NOBODY, pricing: NOBODY, identity: NOBODY }).routes(place.recorder);
      await place.server.http.ready();
      places.set(`${role}/${slot}`, place);
    }
  }
}

type Sql = ReturnType<typeof steppedSql>;
type Rooms = Record<'orders' | 'pricing' | 'identity', RoomClient>;

function makeRoom(role: RoomOf, bus: Bus, sql: Sql, rooms: Rooms): Room {
  const needs = { sql, bus, clock: { now: () => Date.now() }, log, metrics };
  switch (role) {
    case 'orders':
      return orders({ ...needs, rooms });
    case 'pricing':
      return pricing({ ...needs, blobs: {} as never });
    case 'shop':
      return shop({ ...needs, rooms });
    case 'crm':
      return crm({ ...needs, rooms, timeZone: TIME_ZONE });
    case 'mes':
      return mes({ ...needs, rooms, timeZone: TIME_ZONE, claimMinutes: 2 });
  }
}

/** Every process of a world: made, killed, made anew. */
export class House implements Household {
  readonly #world: World;
  readonly #processes = new Map<string, Process>();
  #generation = 0;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    for (const role of Object.keys(ROLES) as ProcessRole[]) {
      for (let slot = 0; slot < ROLES[role]; slot += 1) this.#begin(role, slot);
    }
  }

  get actors(): Actor[] {
    return [...this.#processes.values()].map(({ actor }) => actor);
  }

  processOf(room: RoomOf): { actor: Actor; place: Place } | null {
    const ready = [...this.#processes].filter(([name, { isReady }]) => isReady && name.startsWith(`${room}/`));
    if (ready.length === 0) return null;
    const [, { actor, place }] = this.#world.faults.random.pick(ready);
    return { actor, place: place! };
  }

  kill(actor: Actor): void {
    const [name, process] = [...this.#processes].find(([, one]) => one.actor === actor)!;
    const { scheduler, faults } = this.#world;
    process.isReady = false;
    actor.die();
    scheduler.forget(actor);
    scheduler.note('killed', actor.name);
    this.#world.abandoned.push(actor);
    const [role, slot] = name.split('/') as [ProcessRole, string];
    scheduler.timer(null, faults.random.between(50, 4_000), () => this.#begin(role, Number(slot)), true);
  }

  #begin(role: ProcessRole, slot: number): void {
    const { scheduler, faults } = this.#world;
    const skew = faults.strikes('clock wrong') ? faults.random.between(-SKEW_MS, SKEW_MS) : 0;
    this.#generation += 1;
    const actor = new Actor(`${role}/${slot}#${this.#generation}`, scheduler, skew);
    const process: Process = { actor, place: null, isReady: false };
    this.#processes.set(`${role}/${slot}`, process);
    actor.run(() => {
      this.#furnish(role, slot, process).then(
        () => {
          process.isReady = true;
        },
        // It did not come up: whoever supervises it tries again.
        () => actor.alive && this.kill(actor),
      );
    });
  }

  async #furnish(role: ProcessRole, slot: number, process: Process): Promise<void> {
    const { actor } = process;
    if (role === 'worker') return pricingWorker(this.#world, actor, log);
    if (role === 'webhooks') return webhookSender(this.#world, actor);
    const sql = steppedSql(actor, this.#world.database.connections[role]);
    const bus = openBus({ room: role, sql, transport: this.#transport(actor), log, metrics });
    if (role === 'partners') {
      listenForPartners({ sql, bus, wakeSender() {} } as never);
      return bus.start!();
    }
    const rooms = { orders: this.#client(actor, 'orders'), pricing: this.#client(actor, 'pricing'), identity: NOBODY };
    const room = makeRoom(role, bus, sql, rooms);
    process.place = places.get(`${role}/${slot}`)!;
    room.routes(process.place.recorder);
    await room.start?.();
    await bus.start!();
  }

  #transport(actor: Actor) {
    const { broker } = this.#world;
    return broker ? brokerTransport(actor, broker, this.#world) : feedTransport(actor, this.#world);
  }

  #client(actor: Actor, room: RoomOf): RoomClient {
    return {
      call: async <T>(call: Parameters<RoomClient['call']>[0]) => {
        const answer = await send(this.#world, actor, room, call).catch((error: unknown) => {
          throw error instanceof Unknown ? unavailable(error.message) : error;
        });
        if (answer.status >= 500) throw unavailable(`Status ${answer.status} of ${call.path}`);
        return { ...answer, body: answer.body as T };
      },
    };
  }
}

/** Nobody in a world asks identity: tokens say who somebody is. */
const NOBODY: RoomClient = {
  call: async () => {
    throw unavailable('There is no identity in this world');
  },
};
