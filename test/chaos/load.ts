import { setTimeout as pause } from 'node:timers/promises';
import type { OperationPage } from '#contracts/mes';
import type { CommandAnswer, OrderStatus, OrderView, PlaceOrder } from '#contracts/orders';
import type { PartnerModel, PartnerOrderAnswer, PartnerQuote } from '#contracts/partners';
import type { Model, Quote } from '#contracts/pricing';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { Refused, type Visitor } from '../../app/visitor.ts';
import type { Answered, Violation } from '../invariants/witness.ts';
import type { Random } from '../simulator/random.ts';
import { Left, type Patience, patientClients } from './clients.ts';
import type { World } from './world.ts';

export interface Load {
  /** Orders that were promised in this run. */
  readonly placed: readonly string[];
  /** Quotes that have their price and may be ordered, with who has them. */
  readonly priced: readonly { buyer: Visitor; quoteId: string }[];
  /** One more calculation for the workers, which nobody takes back. */
  askPrice(): Promise<void>;
  /** Begins nothing new; resolves when everybody has got their answers. */
  stop(): Promise<LoadCounts>;
}

export interface LoadCounts {
  orders: number;
  shipped: number;
  quotes: number;
  retries: number;
}

export const ORDERS = '/api/internal/v1/orders';
export const PRICING = '/api/internal/v1/pricing';
const MES = '/api/internal/v1/mes';
const SHOP = '/api/internal/v1/shop';
const CRM = '/api/internal/v1/crm';
const PARTNERS = '/api/internal/v1/partners';
const EXTERNAL = '/api/external/v1';
/** Of a command that was answered, how many are sent once more. */
const REPEATED = 0.25;

/** Everybody at work, each doing one thing after the other, at moments that the seed chooses. */
export function startLoad(world: World, random: Random): Load {
  const shift = new Shift(world, random);
  shift.start();
  return shift;
}

class Shift implements Load {
  readonly placed: string[] = [];
  readonly priced: { buyer: Visitor; quoteId: string }[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #patience: Patience;
  readonly #counts: LoadCounts = { orders: 0, shipped: 0, quotes: 0, retries: 0 };
  /** Orders that a seller has to look at. */
  readonly #desk: string[] = [];
  #working = true;
  #everybody: Promise<void>[] = [];

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#patience = patientClients(random.fork(), this.#say);
  }

  readonly #say = (violation: Violation): void => void this.#world.seen.push(violation);

  start(): void {
    const { buyers, cast } = this.#world;
    const strangers = [buyers[1]!, buyers[0]!];
    this.#everybody = [
      ...buyers.map((buyer, i) => this.#buys(buyer, strangers[i]!)),
      this.#partnerOrders(cast.partner),
      this.#asksPrices(buyers[0]!),
      this.#sells(cast.seller),
      ...cast.makers.map((maker) => this.#makes(maker)),
      this.#packs(cast.packer),
      this.#looks(cast.seller),
      this.#keepsViews(cast.leadSeller),
      this.#registersClients(cast.admin),
    ];
  }

  async askPrice(): Promise<void> {
    await this.#quote(this.#world.buyers[0]!, this.#random.fork());
  }

  async stop(): Promise<LoadCounts> {
    this.#working = false;
    await Promise.all(this.#everybody);
    return { ...this.#counts, orders: this.placed.length, retries: this.#patience.retries };
  }

  /** Goes on with `act` until the shift ends. A refusal is part of the day; nothing else is. */
  async #daily(everyMs: number, random: Random, act: () => Promise<void>): Promise<void> {
    while (this.#working) {
      try {
        await act();
      } catch (error) {
        if (error instanceof Left) return;
        if (!(error instanceof Refused)) throw error;
      }
      await pause(random.between(everyMs * 0.5, everyMs * 1.5));
    }
  }

  /** Sends a command until it is answered, sometimes once more, and writes the answers down. */
  async #command<T extends object>(who: Visitor, sent: Sent, random: Random): Promise<T> {
    const { path, body } = sent;
    const answer = await this.#patience.sure<T>(who, path, { method: 'POST', body });
    this.#note(who, sent, answer);
    if (random.chance(REPEATED)) {
      this.#note(who, sent, await this.#patience.sure<T>(who, path, { method: 'POST', body }));
    }
    return answer;
  }

  #note(who: Visitor, { room, name, body, subjectId }: Sent, answer: object): void {
    const { repeated: _, ...stable } = answer as Partial<CommandAnswer>;
    const version = stable.version ?? 0;
    this.#world.ledger.answers.push({
      room,
      name,
      commandId: body.commandId,
      actorId: who.id,
      subjectId: subjectId ?? stable.orderId!,
      sentVersion: room === 'orders' && 'version' in body ? Number(body['version']) : null,
      version,
      text: sameText(stable),
    });
  }

  async #quote(buyer: Visitor, random: Random): Promise<string> {
    const ring = makeRing({ diameter: random.between(12, 24), width: random.between(2, 6), thickness: 1.8 });
    const upload = `${PRICING}/models?fileName=${ring.fileName}`;
    const model = await this.#patience.sure<Model>(buyer, upload, { method: 'POST', body: ring.stl });
    const items = [{ modelId: model.id, unit: 'mm', material: 'brass', quantity: 1 }];
    const body = { items, currency: 'EUR', leadTier: 'standard' };
    const quote = await this.#patience.sure<Quote>(buyer, `${PRICING}/quotes`, { method: 'POST', body });
    this.#counts.quotes++;
    return quote.id;
  }

  /** Until the quote has its price, or the shift is over. */
  async #isPriced(path: string, who: Visitor): Promise<boolean> {
    for (;;) {
      const { state } = await this.#patience.sure<Quote>(who, path);
      if (state === 'ready') return true;
      if (!this.#working || state === 'failed' || state === 'cancelled' || state === 'needs_review') return false;
      await pause(200);
    }
  }

  async #buys(buyer: Visitor, stranger: Visitor): Promise<void> {
    const random = this.#random.fork();
    let quoteId: string | null = null;
    await this.#daily(400, random, async () => {
      if (quoteId === null) {
        const asked = await this.#quote(buyer, random);
        if (!(await this.#isPriced(`${PRICING}/quotes/${asked}`, buyer))) return;
        quoteId = asked;
        this.priced.push({ buyer, quoteId });
        return;
      }
      const body = placement(quoteId);
      const sent: Sent = { room: 'orders', name: 'place', path: ORDERS, body };
      const { orderId, version } = await this.#command<CommandAnswer>(buyer, sent, random);
      this.placed.push(orderId);
      this.#desk.push(orderId);
      await this.#seesOwnWrite(buyer, orderId, version);
      await this.#seesNothingForeign(stranger, buyer, orderId);
    });
  }

  async #seesOwnWrite(buyer: Visitor, orderId: string, version: number): Promise<void> {
    const path = `${SHOP}/orders/${orderId}?version=${version}`;
    const { order } = await this.#patience.sure<{ order: { version: number } }>(buyer, path);
    if (order.version < version) {
      const detail = `the shop showed version ${order.version} to its buyer, who had been told ${version}`;
      this.#say({ invariant: 'versions-never-back', orderId, detail });
    }
  }

  async #seesNothingForeign(stranger: Visitor, buyer: Visitor, orderId: string): Promise<void> {
    for (const path of [`${SHOP}/orders/${orderId}`, `${ORDERS}/${orderId}`]) {
      const answer = await this.#patience.answered(stranger, path);
      if (!answer.ok) continue;
      this.#world.ledger.shown.push({ readerId: stranger.id, orderId, buyerId: buyer.id, where: path });
    }
  }

  async #partnerOrders(partner: Visitor): Promise<void> {
    const random = this.#random.fork();
    let quoteId: string | null = null;
    const terms = { currency: 'RUB', leadTier: 'standard', rush: false } as const;
    const ask = async (): Promise<string> => {
      const ring = makeRing({ diameter: random.between(12, 24), width: 4, thickness: 1.8 });
      const upload = `${EXTERNAL}/models?fileName=${ring.fileName}`;
      const model = await this.#patience.sure<PartnerModel>(partner, upload, { method: 'POST', body: ring.stl });
      const item = { modelId: model.id, unit: 'mm', material: 'silver-925', quantity: 2 };
      const body = { ...terms, items: [item] };
      return (await this.#patience.sure<PartnerQuote>(partner, `${EXTERNAL}/quotes`, { method: 'POST', body })).id;
    };
    await this.#daily(900, random, async () => {
      if (quoteId === null) {
        const asked = await ask();
        if (await this.#isPriced(`${EXTERNAL}/quotes/${asked}`, partner)) quoteId = asked;
        return;
      }
      const { quoteId: _, commandId: __, ...address } = placement(quoteId);
      const body = { ...address, ...terms, quoteId, reference: `PO ${newId()}` };
      const ordering = { method: 'POST', headers: { 'idempotency-key': newId() }, body } as const;
      const first = await this.#patience.sure<PartnerOrderAnswer>(partner, `${EXTERNAL}/orders`, ordering);
      const again = await this.#patience.sure<PartnerOrderAnswer>(partner, `${EXTERNAL}/orders`, ordering);
      if (JSON.stringify(first) !== JSON.stringify(again)) {
        const detail = `one idempotency key was answered ${JSON.stringify(first)} and then ${JSON.stringify(again)}`;
        this.#say({ invariant: 'accepted-once', orderId: first.id, detail });
      }
      this.placed.push(first.id);
      this.#desk.push(first.id);
    });
  }

  /** Prices that nobody orders: work for the workers. Some are not waited for. */
  async #asksPrices(buyer: Visitor): Promise<void> {
    const random = this.#random.fork();
    await this.#daily(1_500, random, async () => {
      const quoteId = await this.#quote(buyer, random);
      if (random.chance(0.2))
        await this.#patience.answered(buyer, `${PRICING}/quotes/${quoteId}`, { method: 'DELETE' });
    });
  }

  async #sells(seller: Visitor): Promise<void> {
    const random = this.#random.fork();
    const act = async (orderId: string, name: 'record_payment' | 'approve', more: object): Promise<void> => {
      const { order } = await this.#patience.sure<OrderView>(seller, `${ORDERS}/${orderId}`);
      const body = { commandId: newId(), version: order.version, ...more };
      const path = `${ORDERS}/${orderId}/${name.replaceAll('_', '-')}`;
      await this.#command(seller, { room: 'orders', name, path, body, subjectId: orderId }, random);
    };
    await this.#daily(250, random, async () => {
      const orderId = this.#desk.shift();
      // Some wait for their seller for ever.
      if (orderId === undefined || random.chance(0.3)) return;
      await act(orderId, 'record_payment', { state: 'recorded', reference: 'chaos' });
      await act(orderId, 'approve', {});
    });
  }

  async #makes(maker: Visitor): Promise<void> {
    const random = this.#random.fork();
    await this.#daily(300, random, async () => {
      const { items } = await this.#patience.sure<OperationPage>(maker, `${MES}/queue?limit=10`);
      const operation = items.length > 0 ? random.pick(items) : undefined;
      if (!operation) return;
      const verb = (name: 'claim' | 'start' | 'finish', more: object = {}) => {
        const path = `${MES}/operations/${operation.id}/${name}`;
        const body = { commandId: newId(), ...more };
        return this.#command(maker, { room: 'mes', name, path, body, subjectId: operation.id }, random);
      };
      // Two tabs of one person.
      const claims = random.chance(0.5) ? [verb('claim'), verb('claim')] : [verb('claim')];
      const [won] = (await Promise.allSettled(claims)).filter(({ status }) => status === 'fulfilled');
      if (!won) return;
      await verb('start');
      await verb('finish', { good: operation.quantity, scrapped: 0 });
    });
  }

  async #packs(packer: Visitor): Promise<void> {
    const random = this.#random.fork();
    await this.#daily(400, random, async () => {
      const path = `${MES}/packing?limit=20`;
      const { items } = await this.#patience.sure<{ items: PackingRow[] }>(packer, path);
      const next = items.find(({ hold }) => hold === null);
      if (!next) return;
      const head = { commandId: newId(), version: next.version };
      const isPacked = next.status === 'packed';
      const body = isPacked ? { ...head, carrier: 'CDEK', trackingNumber: `C${next.orderId.slice(-8)}` } : head;
      const verb = isPacked ? 'ship' : 'pack';
      await this.#patience.sure(packer, `${MES}/orders/${next.orderId}/${verb}`, { method: 'POST', body });
      if (isPacked) this.#counts.shipped++;
    });
  }

  /** A write and the read after it in the CRM's database. A view of its own each time: a try that was given up may still come. */
  async #keepsViews(seller: Visitor): Promise<void> {
    const random = this.#random.fork();
    await this.#daily(400, random, async () => {
      const id = newId();
      const body = { name: `view ${id}`, shared: false, query: {} };
      await this.#patience.sure(seller, `${CRM}/views/${id}`, { method: 'PUT', body });
      const { items } = await this.#patience.sure<{ items: { id: string }[] }>(seller, `${CRM}/views`);
      const isShown = items.some((view) => view.id === id);
      this.#world.ledger.ownWrites.push({ writerId: seller.id, what: `view ${id} in the CRM`, isShown });
      await this.#patience.answered(seller, `${CRM}/views/${id}`, { method: 'DELETE' });
    });
  }

  /** The same in the database of everybody else. */
  async #registersClients(admin: Visitor): Promise<void> {
    const random = this.#random.fork();
    await this.#daily(400, random, async () => {
      const id = newId();
      const body = { id, name: `Client ${id}` };
      await this.#patience.sure(admin, `${PARTNERS}/clients`, { method: 'POST', body });
      const { status } = await this.#patience.answered(admin, `${PARTNERS}/clients/${id}`);
      this.#world.ledger.ownWrites.push({
        writerId: admin.id,
        what: `client ${id} of partners`,
        isShown: status === 200,
      });
    });
  }

  /** One pair of eyes on the sellers' list: what it shows of an order never goes back. */
  async #looks(seller: Visitor): Promise<void> {
    const random = this.#random.fork();
    let etag: string | null = null;
    await this.#daily(300, random, async () => {
      const headers: Record<string, string> = etag ? { 'if-none-match': etag } : {};
      const answer = await this.#patience.answered(seller, `${CRM}/orders?limit=20`, { headers });
      if (!answer.ok) return;
      etag = answer.headers.get('etag');
      const { items } = (await answer.json()) as { items: { id: string; version: number }[] };
      for (const { id, version } of items) {
        this.#world.ledger.watched.push({ model: 'crm list', orderId: id, version });
      }
    });
  }
}

/** The order of an object's fields says nothing; PostgreSQL keeps its own. */
export function sameText(answer: object): string {
  return JSON.stringify(answer, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

interface Sent {
  room: Answered['room'];
  name: Answered['name'];
  path: string;
  body: { commandId: string } & Record<string, unknown>;
  /** Left out where the answer says it. */
  subjectId?: string;
}

interface PackingRow {
  orderId: string;
  version: number;
  status: OrderStatus;
  hold: string | null;
}

export function placement(quoteId: string): PlaceOrder & Record<string, unknown> {
  return {
    commandId: newId(),
    quoteId,
    accept: true,
    currency: 'EUR',
    leadTier: 'standard',
    deliveryAddress: { recipient: 'A', line1: 'B 1', line2: '', city: 'C', postcode: '1', country: 'DE' },
    contact: { name: 'Guest', email: 'guest@chaos.example' },
  };
}
