import { nextOf } from '../../modules/partners/deliver.ts';
import { endAttempt, leaseDeliveries } from '../../modules/partners/store-webhooks.ts';
import type { Actor } from './actor.ts';
import { keepOn } from './pricing-worker.ts';
import { steppedSql } from './stepped-sql.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 1_000;
const LIMITS = { limit: 8, perEndpoint: 4, perClient: 8, leaseSeconds: 30 };

/** The leases, fences and back-off of the webhook sender; what the endpoint answers is the seed's matter. */
export async function webhookSender(world: World, actor: Actor): Promise<void> {
  const sql = steppedSql(actor, world.database.connections.partners);
  const { fences } = world.ledger;
  void keepOn(actor, LOOK_EVERY_MS, async () => {
    const leased = await leaseDeliveries(sql, LIMITS);
    for (const { id, attempts } of leased) {
      fences.push({ resource: `webhook ${id}`, fence: attempts, what: 'handed out' });
    }
    for (const delivery of leased) {
      const failed = world.faults.strikes('endpoint failed');
      const slow = failed && world.faults.strikes('lease outlived');
      await actor.scheduler.sleep(actor, slow ? 40_000 : world.faults.random.between(1, 50));
      const result = {
        milliseconds: 1,
        status: failed ? 500 : 200,
        error: failed ? 'It answered 500' : null,
        answer: '',
      };
      const next = nextOf(result, delivery.tries, Math.random());
      if (await endAttempt(sql, delivery, result, next)) {
        fences.push({ resource: `webhook ${delivery.id}`, fence: delivery.attempts, what: 'effect' });
      }
    }
    return leased.length > 0;
  });
}
