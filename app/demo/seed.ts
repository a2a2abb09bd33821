import type { Config } from '../config.ts';
import { signIn, type Visitor } from '../visitor.ts';
import type { Products } from '../wiring.ts';
import { type Crew, driveDelivery, driveFloor, driveSales, placeDemoOrder } from './drive.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE, type DemoName } from './people.ts';
import { demoOrders, type Goal } from './plan.ts';

/**
 * Fills an empty installation with people and orders, through the same HTTP that everybody uses. Does nothing where the
 * demo's people exist already. Resolves when the people can sign in; the orders follow in the background.
 */
export async function seedDemo(config: Config, products: Products): Promise<void> {
  const isNew = await seedPeople(products);
  if (!isNew) return;
  const { log } = products;
  seedOrders(`http://${config.host}:${config.port}`).then(
    (count) => log.info({ event: 'demo.seeded', orders: count }, 'The demo orders are there'),
    (err: unknown) => log.error({ event: 'demo.failed', err }, 'The demo orders could not all be made'),
  );
}

async function seedPeople({ identity }: Products): Promise<boolean> {
  let isNew = false;
  for (const { email, name, roles } of Object.values(DEMO_PEOPLE)) {
    const { created } = await identity.room.ensurePerson({ email, name, roles: [...roles], password: DEMO_PASSWORD });
    isNew ||= created;
  }
  return isNew;
}

async function seedOrders(origin: string): Promise<number> {
  const as = (name: DemoName): Promise<Visitor> => signIn(origin, DEMO_PEOPLE[name].email, DEMO_PASSWORD);
  const crew: Crew = {
    seller: await as('seller'),
    leadSeller: await as('leadSeller'),
    makers: [await as('operator'), await as('secondOperator'), await as('quality')],
    packer: await as('packer'),
  };
  const buyers = { customer: await as('customer'), secondCustomer: await as('secondCustomer') };
  const goals = new Map<string, Goal>();
  for (const wanted of demoOrders()) {
    const { name, email } = DEMO_PEOPLE[wanted.buyer];
    const orderId = await placeDemoOrder(buyers[wanted.buyer], { name, email }, wanted);
    goals.set(orderId, wanted.goal);
    await driveSales(crew, orderId, wanted.goal);
  }
  await driveFloor(crew, goals);
  for (const [orderId, goal] of goals) await driveDelivery(crew, orderId, goal);
  return goals.size;
}
