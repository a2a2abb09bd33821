import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Envelope } from '#contracts/events';
import type { CommandAnswer } from '#contracts/orders';
import { newId } from '#platform/clock';
import { makeRing } from '#pricing/geometry';
import { eventually } from '../../../app/visitor.ts';
import { ORDERS, PRICING, placement, sameText } from '../load.ts';
import type { Fault, Scene } from './fault.ts';

/** Nobody counts how old it is. */
const HOUR_MS = 3_600_000;
const STORM_CLIENTS = 500;
const STORM_COMMANDS = 40;
const APART_MS = 200;
const WAVES = 3;
const WAVE_EVERY_MS = 1_000;
const TRY_MS = 8_000;
const HANG_MS = 15_000;

/** Who has to set an event of this type aside. */
const SET_ASIDE_BY: Readonly<Record<string, readonly string[]>> = {
  'order.amended': ['shop.orders', 'crm.orders', 'mes.orders', 'partners.orders'],
  'quote.ready': ['orders.facts', 'shop.quotes', 'crm.quotes', 'partners.orders'],
  'production.made': ['orders.facts', 'crm.production'],
};

const poison: Fault = {
  doc: 'an event that nobody can handle',
  lane: 'messages',
  async strike({ world, random }) {
    const type = random.pick(Object.keys(SET_ASIDE_BY));
    const consumers = SET_ASIDE_BY[type]!;
    const event: Envelope = {
      id: newId(),
      type,
      key: newId(),
      occurredAt: new Date().toISOString(),
      traceparent: null,
      data: { poison: random.below(1_000_000) },
    };
    world.ledger.poison.push({ eventId: event.id, consumers });
    await world.tap.tell([event]);
    return `${type} ${event.id} was told`;
  },
};

async function someHeard({ world }: Scene): Promise<readonly Envelope[]> {
  const business = () => world.tap.heard.filter(({ type }) => /^(order|quote|production)\./.test(type));
  const enough = async () => (business().length >= 5 ? business() : null);
  // Poison is not told twice: it would only be the same dead letter.
  const isPoison = new Set(world.ledger.poison.map(({ eventId }) => eventId));
  return (await eventually('events are heard', enough).catch(business)).filter(({ id }) => !isPoison.has(id));
}

const duplicates: Fault = {
  doc: 'events are delivered twice more',
  lane: 'messages',
  async strike(scene) {
    const some = (await someHeard(scene)).slice(-20);
    if (some.length === 0) return null;
    await scene.world.tap.tell([...some, ...some]);
    return `${some.length} events were told twice more`;
  },
};

const reordering: Fault = {
  doc: 'the events of orders are delivered backwards',
  lane: 'messages',
  async strike(scene) {
    const byKey = Map.groupBy(await someHeard(scene), ({ key }) => key);
    const several = [...byKey.values()].filter((events) => events.length > 1).slice(-5);
    if (several.length === 0) return null;
    // Apart, so that nobody finds them in one batch and takes the newest.
    const steps = Math.max(...several.map((events) => events.length));
    for (let i = 1; i <= steps; i++) {
      await scene.world.tap.tell(several.flatMap((events) => events.at(-i) ?? []));
      await pause(APART_MS);
    }
    return `${several.length} orders and quotes were told backwards`;
  },
};

const lateDelivery: Fault = {
  doc: 'events arrive an hour late',
  lane: 'messages',
  async strike(scene) {
    const some = (await someHeard(scene)).slice(0, 10);
    if (some.length === 0) return null;
    const hourAgo = new Date(Date.now() - HOUR_MS).toISOString();
    await scene.world.tap.tell(some.map((event) => ({ ...event, occurredAt: hourAgo })));
    return `${some.length} events of an hour ago were told`;
  },
};

const retryStorm: Fault = {
  doc: `${STORM_CLIENTS} clients ask at the same moment, and again in step`,
  lane: 'messages',
  async strike({ world, load }) {
    const known = await eventually('a quote may be ordered', async () => load.priced[0] ?? null).catch(() => null);
    if (!known) return null;
    const { buyer, quoteId } = known;
    const bodies = Array.from({ length: STORM_COMMANDS }, () => placement(quoteId));
    let left = Array.from({ length: STORM_CLIENTS }, (_, i) => bodies[i % bodies.length]!);
    let sent = 0;
    for (let wave = 0; wave < WAVES && left.length > 0; wave++) {
      sent += left.length;
      const answers = await Promise.all(
        left.map(async (body) => {
          const ask = { method: 'POST', body, signal: AbortSignal.timeout(TRY_MS) } as const;
          const answer = await buyer.call<CommandAnswer>(ORDERS, ask).catch(() => null);
          if (!answer) return body;
          const { repeated: _, ...stable } = answer;
          world.ledger.answers.push({
            room: 'orders',
            name: 'place',
            commandId: body.commandId,
            actorId: buyer.id,
            subjectId: answer.orderId,
            sentVersion: null,
            version: answer.version,
            text: sameText(stable),
          });
          return null;
        }),
      );
      left = answers.filter((body) => body !== null);
      // In step: nobody spreads out.
      if (left.length > 0) await pause(WAVE_EVERY_MS);
    }
    return `${sent} requests for ${STORM_COMMANDS} orders`;
  },
};

/** Each with how it has to end: refused at the door, or taken and then not priced. */
function badFiles(): { name: string; bytes: Buffer }[] {
  const { stl } = makeRing({ diameter: 18, width: 4, thickness: 1.8 });
  const lies = Buffer.from(stl);
  lies.writeUInt32LE(0xffff_fff0, 80);
  const nan = Buffer.from(stl);
  for (let at = 96; at < nan.length - 4; at += 50) nan.writeUInt32LE(0x7fc0_0000, at);
  return [
    { name: 'truncated.stl', bytes: stl.subarray(0, Math.floor(stl.length * 0.6)) },
    { name: 'lies.stl', bytes: lies },
    { name: 'nan.stl', bytes: nan },
    { name: 'empty.stl', bytes: Buffer.alloc(0) },
    { name: 'zip.3mf', bytes: Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(500, 0xff)]) },
    { name: 'deep.gltf', bytes: Buffer.from('{"a":'.repeat(50_000)) },
  ];
}

const hostileFiles: Fault = {
  doc: 'truncated, lying, empty and hostile files, and one that is too large',
  lane: 'messages',
  async strike({ world, random }) {
    const buyer = random.pick(world.buyers);
    let refused = 0;
    for (const { name, bytes } of badFiles()) {
      const path = `${PRICING}/models?fileName=${name}`;
      const answer = await buyer
        .raw(path, { method: 'POST', body: bytes, signal: AbortSignal.timeout(TRY_MS) })
        .catch(() => null);
      if (!answer) continue;
      const text = await answer.text().catch(() => '');
      if (answer.status === 500 || text.includes('internal.error')) {
        world.seen.push({
          invariant: 'no-failure-without-fault',
          detail: `${name} was answered ${answer.status} ${text}`,
        });
      }
      // One that only shows when it is measured is taken; its quote then fails.
      if (answer.status < 500) refused++;
    }
    return refused > 0 ? `${refused} files were answered` : null;
  },
};

const FULL_AT_BYTES = 32 * 1024 * 1024;

const diskFull: Fault = {
  doc: 'the disk is full during an upload',
  lane: 'messages',
  async strike({ world, random }) {
    const members = world.cluster.of('pricing').filter(({ child }) => child.pid !== null);
    const limit = (bytes: number | 'unlimited') => {
      for (const { child } of members) {
        if (child.pid !== null) spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`]);
      }
    };
    const file = Buffer.alloc(FULL_AT_BYTES + 1024 * 1024, random.below(256));
    limit(FULL_AT_BYTES);
    try {
      const ask = { method: 'POST', body: file, signal: AbortSignal.timeout(20_000) } as const;
      const answer = await random
        .pick(world.buyers)
        .raw(`${PRICING}/models?fileName=full.stl`, ask)
        .catch(() => null);
      const text = (await answer?.text().catch(() => '')) ?? '';
      return text.includes('storage.full') ? `an upload was answered ${answer!.status} storage.full` : null;
    } finally {
      limit('unlimited');
    }
  },
};

const hangingWebhook: Fault = {
  doc: 'a partner’s endpoint takes webhooks and answers 15 s later',
  lane: 'messages',
  async strike({ world }) {
    const hanging = world.receiver.hang(HANG_MS);
    await eventually('a sender gives up', async () => hanging.gaveUp() || null).catch(() => null);
    const gaveUp = hanging.release();
    return gaveUp > 0 ? `${gaveUp} attempts were given up` : null;
  },
};

export const MESSAGE_FAULTS: Readonly<Record<string, Fault>> = {
  poison,
  duplicates,
  reordering,
  'late-delivery': lateDelivery,
  'retry-storm': retryStorm,
  'hostile-files': hostileFiles,
  'disk-full': diskFull,
  'hanging-webhook': hangingWebhook,
};
