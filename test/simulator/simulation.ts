import type { RoomName } from '#app/rooms';
import type { OperationRow } from '#contracts/mes';
import { newId } from '#platform/clock';
import { outboxDrains } from '../invariants/bus.ts';
import { checkInvariants } from '../invariants/invariants.ts';
import { emptyLedger, type Ledger, type Witness } from '../invariants/witness.ts';
import { Actor } from './actor.ts';
import { Faults } from './faults.ts';
import { House } from './house.ts';
import {
  type Buyer,
  buy,
  decideOn,
  FOREMANS_WILL,
  live,
  lookAtShop,
  mindOwnOrder,
  packAndShip,
  person,
  SELLERS_WILL,
  workOnFloor,
} from './people.ts';
import { publishPoison } from './poison.ts';
import { Scheduler } from './scheduler.ts';
import { strikeBy } from './strike.ts';
import { watchModels } from './watch-models.ts';
import type { World, WorldResult } from './world.ts';
import { WorldBroker, WorldHints, WorldLocks } from './world-bus.ts';
import type { WorldDatabase } from './world-database.ts';

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Until then there is nothing to make. */
const FLOOR_OPENS_MS = 1_500;
/** A Monday. */
const STARTS_AT = Date.parse('2026-03-02T06:00:00Z');
/** How long a world may need to come to rest after the last person has gone, in growing strides of milliseconds. */
const STRIDES = [1_000, 5_000, 30_000, 120_000, 600_000, 600_000, 1_800_000, 3_600_000, 3_600_000, 7_200_000] as const;

/** One world: a house of processes, the people who use it, and what strikes them, all of it from one seed. */
export class Simulation implements World {
  readonly seed: number;
  readonly database: WorldDatabase;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly locks = new WorldLocks();
  readonly hints = new WorldHints();
  readonly broker: WorldBroker | null;
  readonly house: House;
  readonly ledger: Ledger = emptyLedger();
  readonly orders = new Map<string, string>();
  readonly wanted: OperationRow[] = [];
  looking: string | null = null;
  readonly abandoned: Actor[] = [];
  #active = 0;

  constructor(seed: number, database: WorldDatabase) {
    this.seed = seed;
    this.database = database;
    this.scheduler = new Scheduler(seed, STARTS_AT, database.findBlocked);
    this.faults = new Faults(this.scheduler.random.fork(), () => this.scheduler.now);
    this.broker = this.scheduler.random.chance(0.5) ? new WorldBroker(this.faults) : null;
    this.house = new House(this);
  }

  begin(day: Promise<unknown>): void {
    this.#active += 1;
    day.then(
      () => {
        this.#active -= 1;
      },
      (error: unknown) => {
        this.ledger.unexplained.push(
          `A person of this world came to grief: ${String((error as Error).stack ?? error)}`,
        );
        this.#active -= 1;
      },
    );
  }

  async run(models: readonly string[]): Promise<WorldResult> {
    await this.database.empty();
    const watch = watchModels(this);
    this.scheduler.strike = strikeBy(this);
    this.scheduler.betweenSteps = async () => {
      for (const actor of this.abandoned.splice(0)) await this.database.abandon(actor);
      await watch();
    };
    this.house.start();
    await this.#people(models);
    await this.scheduler.run(() => this.#active === 0);
    await this.#comeToRest();
    await watch(true);
    const violations = await checkInvariants(this.#witness(), { quiet: true });
    const { seed, faults, scheduler, orders } = this;
    await this.#end();
    return {
      seed,
      violations,
      faults: faults.counts,
      traceHash: scheduler.traceHash,
      steps: scheduler.steps,
      orders: orders.size,
      commands: countBy(this.ledger.answers.map(({ name }) => name)),
    };
  }

  #witness(): Witness {
    const transport = this.broker ? 'rabbitmq' : 'postgres';
    return { database: (_room: RoomName) => this.database.admin, ledger: this.ledger, transport };
  }

  async #people(models: readonly string[]): Promise<void> {
    const { random } = this.scheduler;
    const size = 1 + random.below(2);
    const anna = this.#buyer('anna', 'customer', await this.#modelsOf(models));
    const boris = this.#buyer('boris', 'customer', await this.#modelsOf(models));
    const partner = this.#buyer('partner', 'partner', await this.#modelsOf(models));
    await this.#keepModels([anna, boris, partner], models);
    for (const buyer of [anna, boris, partner]) {
      live(this, buyer.client, size, () => buy(this, buyer));
      live(this, buyer.client, size * 3, () => mindOwnOrder(this, buyer));
    }
    for (const buyer of [anna, boris]) live(this, buyer.client, size, () => lookAtShop(this, buyer));
    const pick = ({ actor: { random } }: ReturnType<typeof person>) =>
      this.looking && random.chance(0.4) ? this.looking : random.pick([...this.orders.keys()]);
    const decides = (
      name: string,
      role: 'seller' | 'lead_seller' | 'foreman',
      times: number,
      will: typeof SELLERS_WILL,
    ) => {
      const client = person(this, name, [role]);
      live(this, client, times, async () => this.orders.size > 0 && decideOn(this, client, pick(client), will));
    };
    decides('sergei', 'seller', size * 20, SELLERS_WILL);
    decides('lena', 'lead_seller', size * 6, SELLERS_WILL);
    decides('fedor', 'foreman', size * 2, FOREMANS_WILL);
    for (const name of ['oleg', 'olga']) {
      const client = person(this, name, ['operator', 'quality']);
      const mine: OperationRow[] = [];
      live(this, client, size * 20, () => workOnFloor(this, client, mine), FLOOR_OPENS_MS);
    }
    const packer = person(this, 'pavel', ['packer']);
    live(this, packer, size * 8, () => packAndShip(this, packer), 2 * FLOOR_OPENS_MS);
    if (this.faults.strikes('poison published')) this.begin(publishPoison(this));
  }

  #buyer(name: string, role: 'customer' | 'partner', modelIds: string[]): Buyer {
    const clientId = role === 'partner' ? new Actor('client', this.scheduler).run(() => newId()) : undefined;
    const client = person(this, name, [role], clientId);
    return { client, id: clientId ?? client.person.id, models: modelIds };
  }

  async #modelsOf(models: readonly string[]): Promise<string[]> {
    const maker = new Actor('maker', this.scheduler);
    return models.map(() => maker.run(() => newId()));
  }

  /** What was uploaded before this world began, and the partner's endpoint. */
  async #keepModels(buyers: readonly Buyer[], models: readonly string[]): Promise<void> {
    const { admin } = this.database;
    for (const { id, models: ids, client } of buyers) {
      await admin`
        insert into pricing.model (id, tenant, sha256, file_name, bytes, format)
        select model_id, ${id}, sha256, 'ring.stl', 10000, 'stl-binary'
        from unnest(${ids}::uuid[], ${[...models]}::text[]) as m (model_id, sha256)`;
      if (!client.person.clientId) continue;
      await admin`insert into partners.client (id, name) values (${id}, 'A partner')`;
      await admin`
        insert into partners.endpoint (id, client_id, url, secret, events)
        values (${id}, ${id}, 'https://partner.example/hook', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '{}')`;
    }
  }

  /** Nobody acts any more and nothing strikes; what is under way comes to its end. */
  async #comeToRest(): Promise<void> {
    this.faults.intensity = 0;
    for (const stride of STRIDES) {
      await this.scheduler.passTime(stride);
      this.hints.wakeAll();
      await this.scheduler.run();
      if (await this.#isQuiet()) return;
    }
  }

  async #isQuiet(): Promise<boolean> {
    if (this.broker && !this.broker.isEmpty) return false;
    const [row] = await this.database.admin<{ waiting: boolean }[]>`
      select exists (select from bus.retry) or exists (select from partners.delivery where state = 'pending')
        or exists (select from pricing.job where state in ('queued', 'running'))
        or exists (select from pricing.job where settle_after is not null) as waiting`;
    return !row!.waiting && (await outboxDrains(this.#witness())).length === 0;
  }

  /** Its processes end with it. */
  async #end(): Promise<void> {
    for (const actor of this.house.actors) {
      actor.die();
      this.scheduler.forget(actor);
      await this.database.abandon(actor);
    }
  }
}
