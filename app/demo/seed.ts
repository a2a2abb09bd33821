import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { signIn, type Visitor } from '../visitor.ts';
import type { Products } from '../wiring.ts';
import { type Crew, driveDelivery, driveFloor, driveSales, placeDemoOrder } from './drive.ts';
import { DEMO_PASSWORD, DEMO_PEOPLE, type DemoName } from './people.ts';
import { demoOrders, type Goal } from './plan.ts';

/** Written when the demo begins: says at later starts that this installation is one, and how many of its orders are placed. */
const MARK = 'demo';
const ALL_PLACED = 'The people and orders of the demo are in this installation.\n';
const somePlaced = (count: number) =>
  `The people of the demo are in this installation; of its orders ${count} are placed.\n`;

export interface Seeding {
  /** The orders, made in the background; resolves with how many; null where they were there before, or could not all be made. Never rejects. */
  orders: Promise<number | null>;
}

/**
 * Fills an empty installation with people and orders, through the same HTTP that everybody uses. Resolves when the people
 * can sign in; the orders follow in the background, and where a start was ended before they were all placed, the next one goes
 * on. Null: somebody was here before, so that nothing was done: the demo's password is in the source, and an installation in
 * use must not get an administrator with it.
 */
export async function seedDemo(config: Config, products: Products): Promise<Seeding | null> {
  const mark = path.join(config.dataDir, MARK);
  if (!existsSync(mark)) {
    if (!(await products.identity.room.nobodyYet())) return null;
    mkdirSync(config.dataDir, { recursive: true });
    writeFileSync(mark, somePlaced(0));
  }
  await seedPeople(products);
  const placed = /orders (\d+) are placed/.exec(readFileSync(mark, 'utf8'))?.[1];
  if (placed === undefined) return { orders: Promise.resolve(null) };
  const origin = `http://${config.host}:${config.port}`;
  return { orders: placeTheRest(origin, { mark, placed: Number(placed), log: products.log }) };
}

async function placeTheRest(
  origin: string,
  { mark, placed, log }: { mark: string; placed: number; log: Products['log'] },
): Promise<number | null> {
  try {
    const count = await seedOrders(origin, placed, (sum) => writeFileSync(mark, somePlaced(sum)));
    writeFileSync(mark, ALL_PLACED);
    log.info({ event: 'demo.seeded', orders: count }, 'The demo orders are there');
    return count;
  } catch (err) {
    log.error({ event: 'demo.failed', err }, 'The demo orders could not all be made');
    console.error('  The demo’s orders could not all be made (the log says why); the next start goes on with them.');
    return null;
  }
}

async function seedPeople({ identity }: Products): Promise<void> {
  for (const { email, name, roles } of Object.values(DEMO_PEOPLE)) {
    await identity.room.ensurePerson({ email, name, roles: [...roles], password: DEMO_PASSWORD });
  }
}

/** Those that are not placed yet; `onPlaced` is told how many are. */
async function seedOrders(origin: string, placed: number, onPlaced: (count: number) => void): Promise<number> {
  const as = (name: DemoName): Promise<Visitor> => signIn(origin, DEMO_PEOPLE[name].email, DEMO_PASSWORD);
  const crew: Crew = {
    seller: await as('seller'),
    leadSeller: await as('leadSeller'),
    makers: [await as('operator'), await as('secondOperator'), await as('quality')],
    packer: await as('packer'),
  };
  const buyers = { customer: await as('customer'), secondCustomer: await as('secondCustomer') };
  const goals = new Map<string, Goal>();
  for (const [at, wanted] of demoOrders().entries()) {
    if (at < placed) continue;
    const { name, email } = DEMO_PEOPLE[wanted.buyer];
    const orderId = await placeDemoOrder(buyers[wanted.buyer], { name, email }, wanted);
    onPlaced(at + 1);
    goals.set(orderId, wanted.goal);
    await driveSales(crew, orderId, wanted.goal);
  }
  await driveFloor(crew, goals);
  for (const [orderId, goal] of goals) await driveDelivery(crew, orderId, goal);
  return goals.size;
}
