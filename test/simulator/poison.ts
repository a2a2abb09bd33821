import { Actor } from './actor.ts';
import type { World } from './world.ts';

/** Events that are not what their contract says, and who has to set them aside. */
const POISON = [
  {
    room: 'pricing',
    topic: 'quote.ready',
    consumers: ['orders.facts', 'shop.quotes', 'crm.quotes', 'partners.orders'],
  },
  { room: 'mes', topic: 'production.made', consumers: ['orders.facts', 'crm.production'] },
  {
    room: 'orders',
    topic: 'order.amended',
    consumers: ['shop.orders', 'crm.orders', 'mes.orders', 'partners.orders'],
  },
] as const;

/** A release with a defect says something that nobody can understand. */
export async function publishPoison({ scheduler, faults, database, ledger }: World): Promise<void> {
  const actor = new Actor('poisoner', scheduler);
  const { room, topic, consumers } = faults.random.pick(POISON);
  await scheduler.sleep(actor, faults.random.between(500, 10_000));
  await scheduler.step(actor, `poison ${topic}`, async () => {
    const [row] = await database.admin<{ id: string }[]>`
      insert into bus.feed (owner, topic, key, body) values (${room}, ${topic}, 'nobody', '{"is": "poison"}') returning id`;
    ledger.poison.push({ eventId: row!.id, consumers });
  });
}
