import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { databaseUrl, openDatabase } from '#platform/database';
import { freePorts } from '../app/cli/topology.ts';
import { cpuOf } from './process.ts';
import { VENDURE_ADMIN } from './vendure/admin.ts';
import { seedVendure } from './vendure-orders.ts';

/** Vendure as a process of its own, on a database of its own. */
export interface Vendure {
  /** Asks the administrators' API. */
  admin<T>(query: string, variables?: object): Promise<T>;
  /** A customer's visit to the shop, signed in as nobody. */
  visit(): <T>(query: string, variables?: object) => Promise<T>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const FOLDER = path.join(import.meta.dirname, 'vendure');
const READY_WITHIN_MS = 120_000;

/**
 * Installs Vendure where it is not yet, starts it on a new database of this PostgreSQL and gives it so many orders. Null where
 * it cannot be installed; the reason is on stderr.
 */
export async function startVendure({
  adminUrl,
  orders,
}: {
  adminUrl: string;
  orders: number;
}): Promise<Vendure | null> {
  if (!installed()) return null;
  const name = 'vendure_peer';
  const maintenance = openDatabase({ url: adminUrl, room: 'bench', max: 1 });
  await maintenance.sql`create database ${maintenance.sql(name)}`;
  await maintenance.end();
  const url = databaseUrl(adminUrl, name);
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [path.join(FOLDER, 'server.ts'), `${port}`, url], {
    cwd: FOLDER,
    env: { ...process.env, NODE_ENV: 'production', VENDURE_DISABLE_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  };
  try {
    await ready(child);
    const origin = `http://127.0.0.1:${port}`;
    const admin = caller(`${origin}/admin-api`);
    await admin(
      'mutation ($name: String!, $password: String!) { login(username: $name, password: $password) { __typename } }',
      VENDURE_ADMIN,
    );
    const visit = () => caller(`${origin}/shop-api`);
    await placeOrder(visit());
    await seedVendure(url, orders);
    return { admin, visit, cpuSeconds: () => cpuOf(child.pid!), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Vendure lives in a folder of its own, so that the program does not depend on it. */
function installed(): boolean {
  const cwd = FOLDER;
  if (existsSync(path.join(cwd, 'node_modules/@vendure/core'))) return true;
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd, encoding: 'utf8' });
  if (status !== 0) console.error(`Vendure could not be installed: ${stderr.trim().split('\n').at(-1)}`);
  return status === 0;
}

async function ready(child: ChildProcess): Promise<void> {
  const timeout = AbortSignal.timeout(READY_WITHIN_MS);
  const lines = createInterface({ input: child.stdout! });
  const said = (async () => {
    for await (const line of lines) if (line === 'ready') return;
  })();
  await Promise.race([
    said,
    once(child, 'exit', { signal: timeout }).then(() => {
      throw new Error('Vendure ended before it was ready');
    }),
  ]);
  child.stdout!.resume();
}

/** Asks in one session: its token comes with an answer and goes with every later question. */
function caller(url: string): <T>(query: string, variables?: object) => Promise<T> {
  let token: string | null = null;
  return async <T>(query: string, variables: object = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    token = answer.headers.get('vendure-auth-token') ?? token;
    const { data, errors } = (await answer.json()) as { data: T; errors?: unknown };
    if (errors) throw new Error(`Vendure refuses ${query}: ${JSON.stringify(errors)}`);
    refuseErrorResult(data);
    return data;
  };
}

/** Refusals are data: a union of the result and of errors with a message. */
function refuseErrorResult(data: unknown): void {
  for (const value of Object.values(data as Record<string, { __typename?: string; message?: string } | null>)) {
    if (value?.message !== undefined) throw new Error(`Vendure refuses: ${value.message}`);
  }
}

const REFUSAL = '... on ErrorResult { message }';

/** From the empty cart to the authorised payment, as its storefronts do it. */
export async function placeOrder(shop: <T>(query: string, variables?: object) => Promise<T>): Promise<void> {
  await shop(`mutation { addItemToOrder(productVariantId: 1, quantity: 1) { __typename ${REFUSAL} } }`);
  await shop(`mutation { setCustomerForOrder(input: { firstName: "Ivan", lastName: "Ivanov",
    emailAddress: "ivan@demo.example" }) { __typename ${REFUSAL} } }`);
  await shop(`mutation { setOrderShippingAddress(input: { fullName: "B", streetLine1: "B 1", city: "B", postalCode: "1",
    countryCode: "RU" }) { __typename ${REFUSAL} } }`);
  await shop(`mutation { setOrderShippingMethod(shippingMethodId: [1]) { __typename ${REFUSAL} } }`);
  await shop(`mutation { transitionOrderToState(state: "ArrangingPayment") { __typename ... on OrderStateTransitionError {
    message: transitionError } } }`);
  await shop(`mutation { addPaymentToOrder(input: { method: "on-account", metadata: {} }) { __typename ${REFUSAL} } }`);
}

/** What the list of orders of its dashboard shows. */
export const ORDERS_QUERY = `query ($skip: Int!, $take: Int!) {
  orders(options: { skip: $skip, take: $take, sort: { orderPlacedAt: DESC } }) {
    items { id createdAt updatedAt type orderPlacedAt code state total totalWithTax currencyCode
      customer { id firstName lastName } shippingLines { shippingMethod { name } } }
    totalItems
  }
}`;

/** The cheapest change of an order's state that it has: nothing but the state and its history. */
export const CHANGE_STATE = `mutation ($id: ID!) {
  transitionOrderToState(id: $id, state: "Modifying") {
    __typename ... on OrderStateTransitionError { message: transitionError }
  }
}`;
