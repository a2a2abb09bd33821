import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { MOST_IDS, type ReplayPage } from '#contracts/order-truth';
import type { Sql } from '#platform/database';
import type { Log } from '#platform/telemetry';
import type { ReadModel, Truth } from './contract.ts';
import { digestsOfIds } from './digests.ts';
import { type Shadow, shadowOf } from './shadow.ts';
import { endRebuild, holdRebuild, leaveRebuild, takeRebuild } from './state.ts';

const ORDERS_AT_ONCE = 200;
/** So few changes are taken over while the writers wait. */
const FEW = 50;
const MOST_ROUNDS = 500;
const MOST_SWAPS = 100;
/** Milliseconds between attempts to get the locks of the swap. */
const SWAP_PAUSE_MS = 100;

export interface Rebuilt {
  orders: number;
  milliseconds: number;
}

export interface RebuildOptions {
  model: ReadModel;
  truth: Truth;
  log: Log;
  signal?: AbortSignal;
}

/**
 * Makes the copy anew from the whole history while it serves: beside itself, or in place where others hang on its rows.
 * Whoever calls sees to it that there is one at a time; should that fail, the last to begin goes on and the others end with
 * RebuildOverrun.
 */
export async function rebuild({ model, truth, log, signal }: RebuildOptions): Promise<Rebuilt> {
  const started = performance.now();
  const run: Run = { model, truth, token: randomUUID(), signal };
  await takeRebuild(model.sql, model.name, run.token);
  log.info({ event: 'read_model.rebuild', model: model.name }, `${model.name} is made anew`);
  const orders = model.copies ? await besideItself(run, model.copies) : await inPlace(run);
  const milliseconds = Math.round(performance.now() - started);
  log.info({ event: 'read_model.rebuilt', model: model.name, orders, milliseconds }, `${model.name} is new`);
  return { orders, milliseconds };
}

interface Run {
  model: ReadModel;
  truth: Truth;
  token: string;
  signal: AbortSignal | undefined;
}

type Beside = Run & { shadow: Shadow };

async function inPlace(run: Run): Promise<number> {
  const { sql, name } = run.model;
  const orders = await replay(run);
  await sql.begin(async (tx) => {
    await holdRebuild(tx, name, run.token, orders);
    await endRebuild(tx, name);
  });
  return orders;
}

/** Replays every order into new tables, takes over what changed meanwhile, and swaps in one transaction. */
async function besideItself(wanted: Run, copies: readonly string[]): Promise<number> {
  const shadow = shadowOf({ ...wanted.model, copies, idColumn: wanted.model.table.id });
  const run: Beside = { ...wanted, shadow };
  try {
    await patiently(run, () => held(run, 0, (tx) => shadow.make(tx)));
    const orders = await replay(run, shadow);
    await catchUp(run);
    await patiently(run, () => swap(run));
    return orders;
  } catch (error) {
    await giveUp(run);
    throw error;
  }
}

/** Leaves nothing behind, unless another one has begun meanwhile or the database is away: then the next one cleans up. */
async function giveUp({ model, shadow, token }: Beside): Promise<void> {
  const cleaned = model.sql.begin(async (tx) => {
    await holdRebuild(tx, model.name, token, null);
    await shadow.drop(tx);
    await leaveRebuild(tx, model.name);
  });
  await cleaned.catch(() => undefined);
}

/** The next page is on its way while one is written. */
async function replay(run: Run, shadow?: Shadow): Promise<number> {
  const { model, truth } = run;
  const read = (after: string | null) =>
    truth.replay(model.scope, { limit: ORDERS_AT_ONCE, ...(after === null ? {} : { after }) });
  let orders = 0;
  let next: Promise<ReplayPage> | null = read(null);
  while (next) {
    const page: ReplayPage = await next;
    next = page.next === null ? null : read(page.next);
    // Awaited only after the page is written; a failure until then must not end the process.
    next?.catch(() => undefined);
    orders += page.items.length;
    await held(run, orders, async (tx) => {
      await shadow?.enter(tx);
      await model.project(tx, page.items);
    });
  }
  return orders;
}

/** Takes over what changed in the live tables meanwhile, until it is little. */
async function catchUp(run: Beside): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const noted = await run.shadow.noted(run.model.sql, MOST_IDS);
    if (noted.seqs.length === 0) return;
    const told = await run.truth.replay(run.model.scope, { ids: noted.orderIds, limit: MOST_IDS });
    await held(run, null, async (tx) => {
      await run.shadow.enter(tx);
      await takeOver(run, tx, noted, told);
    });
    if (noted.seqs.length < FEW) return;
  }
}

type Noted = Awaited<ReturnType<Shadow['noted']>>;

/** As they are now: sellers' own doings may have changed a row whose order did not. */
async function takeOver({ model, shadow }: Beside, tx: Sql, noted: Noted, told: ReplayPage): Promise<void> {
  const known = (await digestsOfIds(tx, model.table, noted.orderIds)).map(({ id }) => id);
  if (known.length > 0) await model.giveWay(tx, known);
  await model.project(tx, told.items);
  await shadow.forgetNoted(tx, noted.seqs);
}

async function swap(run: Beside): Promise<void> {
  const { model, shadow, truth } = run;
  await model.sql.begin(async (tx) => {
    await holdRebuild(tx, model.name, run.token, null);
    await shadow.stopWriters(tx);
    for (;;) {
      const noted = await shadow.noted(tx, MOST_IDS);
      if (noted.seqs.length === 0) break;
      const told = await truth.replay(model.scope, { ids: noted.orderIds, limit: MOST_IDS });
      await shadow.enter(tx);
      await takeOver(run, tx, noted, told);
    }
    await shadow.leave(tx);
    await endRebuild(tx, model.name);
    await shadow.swap(tx);
    await model.announce(tx);
  });
}

/** One step, proven to be of the one rebuild. */
async function held(
  { model, token, signal }: Run,
  done: number | null,
  act: (tx: Sql) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  await model.sql.begin(async (tx) => {
    await holdRebuild(tx, model.name, token, done);
    await act(tx);
  });
}

/** Locks that are not to be had at once are asked for again: those who have them are done in milliseconds. */
async function patiently({ signal }: Run, act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      await act();
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      const isBusy = code === '55P03' || code === '40P01';
      if (!isBusy || attempt === MOST_SWAPS) throw error;
      await wait(SWAP_PAUSE_MS * (0.5 + Math.random()));
    }
  }
}
