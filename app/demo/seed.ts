import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { signIn, type Visitor } from '../visitor.ts';
import type { Products } from '../wiring.ts';
import { type Crew, driveDelivery, driveFloor, driveSales, placeDemoOrder } from './drive.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE, type DemoName } from './people.ts';
import { demoOrders, type Goal } from './plan.ts';

/** Written when the demo begins: says at later starts that this installation is one, and which people are its own. */
const MARK = 'demo';

/**
 * Fills an empty installation with people and orders, through the same HTTP that everybody uses. Resolves when the people
 * can sign in; the orders follow in the background. False: somebody was here before, so that nothing was done: the demo's
 * password is in the source, and an installation in use must not get an administrator with it.
 */
export async function seedDemo(config: Config, products: Products): Promise<boolean> {
  const mark = path.join(config.dataDir, MARK);
  if (!existsSync(mark)) {
    if (!(await products.identity.room.nobodyYet())) return false;
    mkdirSync(config.dataDir, { recursive: true });
    writeFileSync(mark, 'The people and orders of the demo are in this installation.\n');
  }
  const isNew = await seedPeople(products);
  if (!isNew) return true;
  const { log } = products;
  seedOrders(`http://${config.host}:${config.port}`).then(
    (count) => log.info({ event: 'demo.seeded', orders: count }, 'The demo orders are there'),
    (err: unknown) => log.error({ event: 'demo.failed', err }, 'The demo orders could not all be made'),
  );
  return true;
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
