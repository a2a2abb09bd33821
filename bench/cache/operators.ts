import { setTimeout as pause } from 'node:timers/promises';
import type { OperationRow } from '#contracts/mes';
import { eventually } from '../../app/visitor.ts';
import { PLACES } from '../../modules/mes/routes.ts';
import { exampleItem, exampleOrder, startFloor, type TestFloor, type Worker } from '../../modules/mes/test-floor.ts';
import { atLeast, type Row } from '../report.ts';

const OPERATORS = 50;
const CHANGES_PER_SECOND = 10;
const SECONDS = 30;
const ORDERS = 120;
/** As the floor's screens do (ui/mes/use-floor-live.ts): lists follow a change so soon, counts so late, milliseconds. */
const LISTS_EVERY_MS = 300;
const COUNTS_EVERY_MS = 2_000;

/** How often the floor's answers come from memory: fifty operators' screens, live, while ten operations a second change. */
export async function operatorRows(): Promise<Row[]> {
  const floor = await startFloor();
  try {
    const operators = await hire(floor);
    await fill(floor);
    const state = { over: false };
    const before = await answersOf(floor);
    const screens = operators.map((operator) => screen(operator, state));
    const changes = await work(floor, operators);
    state.over = true;
    await Promise.all(screens);
    const after = await answersOf(floor);
    const of = (how: string) => (after.get(how) ?? 0) - (before.get(how) ?? 0);
    const all = ['unchanged', 'held', 'joined', 'filled'].reduce((sum, how) => sum + of(how), 0);
    return [
      atLeast(
        `answers without a read, ${OPERATORS} operators, ${CHANGES_PER_SECOND} changes/s`,
        (1 - of('filled') / all) * 100,
        '%',
        80,
      ),
      atLeast('of them 304', (of('unchanged') / all) * 100, '%'),
      atLeast('answers meanwhile', all / SECONDS, 'requests/s'),
      atLeast('changes meanwhile', changes / SECONDS, 'changes/s', CHANGES_PER_SECOND * 0.9),
    ];
  } finally {
    await floor.close();
  }
}

/** Each at one work centre, as on a floor. */
async function hire(floor: TestFloor): Promise<Worker[]> {
  const foreman = await floor.person('foreman', 'Foreman');
  const operators: Worker[] = [];
  for (let number = 0; number < OPERATORS; number++) {
    const operator = await floor.person(['operator', 'quality'], `Operator ${number}`);
    const workCentres = [PLACES[number % PLACES.length]!.id];
    await foreman.put(`/operators/${operator.id}`, { name: operator.name, claimCap: 5, workCentres });
    operators.push(operator);
  }
  return operators;
}

const PROCESSES = ['mjf', 'lost-wax-casting', 'lpbf', 'cnc'];

async function fill(floor: TestFloor): Promise<void> {
  for (let number = 0; number < ORDERS; number++) {
    const process = PROCESSES[number % PROCESSES.length]!;
    await floor.publish(exampleOrder({ items: [exampleItem({ process }), exampleItem({ process }, 2)] }));
  }
  await eventually(
    'the floor has every order',
    async () => {
      const [row] = await floor.sql<{ count: number }[]>`select count(*)::int as count from floor_order`;
      return row!.count === ORDERS || null;
    },
    120_000,
  );
}

/** What one operator's screen asks for, with the tags that its browser has kept. */
async function screen(operator: Worker, state: { over: boolean }): Promise<void> {
  const tags = new Map<string, string>();
  const stream = new AbortController();
  let changed = true;
  const hearing = follow(operator, stream.signal, () => {
    changed = true;
  });
  const ask = async (path: string) => {
    const { status, tag } = await operator.conditional(path, tags.get(path));
    if (status === 200 && tag) tags.set(path, tag);
    if (status !== 200 && status !== 304) throw new Error(`${path} answered ${status}`);
  };
  let countsAt = 0;
  // Screens were not opened at one moment.
  await pause(Math.random() * LISTS_EVERY_MS);
  while (!state.over) {
    if (changed) {
      changed = false;
      await Promise.all([ask('/queue?limit=50'), ask('/waiting?limit=50'), ask('/my-work')]);
      if (performance.now() - countsAt > COUNTS_EVERY_MS) {
        countsAt = performance.now();
        await ask('/board');
      }
    }
    await pause(LISTS_EVERY_MS);
  }
  stream.abort();
  await hearing;
}

async function follow(operator: Worker, signal: AbortSignal, onChange: () => void): Promise<void> {
  try {
    const response = await operator.stream('/live?scope=floor', signal);
    for await (const _ of response.body!) onChange();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Ten commands a second, each by whoever can do the next one. Returns how many were done. */
async function work(floor: TestFloor, operators: readonly Worker[]): Promise<number> {
  const began = performance.now();
  let done = 0;
  for (let turn = 0; ; turn++) {
    const dueIn = began + (turn * 1_000) / CHANGES_PER_SECOND - performance.now();
    if (turn >= SECONDS * CHANGES_PER_SECOND) return done;
    if (dueIn > 0) await pause(dueIn);
    if (await actOnce(floor, operators, turn)) done += 1;
  }
}

async function actOnce(floor: TestFloor, operators: readonly Worker[], turn: number): Promise<boolean> {
  for (let tried = 0; tried < operators.length; tried++) {
    const operator = operators[(turn * 7 + tried) % operators.length]!;
    const centre = PLACES[operators.indexOf(operator) % PLACES.length]!.id;
    const [row] = await floor.sql<Pick<OperationRow, 'id' | 'state' | 'quantity'>[]>`
      select id, state, quantity from operation
      where (holder_id = ${operator.id} and state in ('claimed', 'running'))
        or (state = 'ready' and not held and work_centre = ${centre})
      order by holder_id nulls last limit 1`;
    if (!row) continue;
    const [verb, body] =
      row.state === 'ready'
        ? (['claim', {}] as const)
        : row.state === 'claimed'
          ? (['start', {}] as const)
          : (['finish', { good: row.quantity, scrapped: 0 }] as const);
    return (await operator.act(row.id, verb, body)).status === 200;
  }
  return false;
}

/** By how they were answered. */
async function answersOf(floor: TestFloor): Promise<Map<string, number>> {
  const metrics = await (await fetch(`${floor.origin}/metrics`)).text();
  const counts = new Map<string, number>();
  for (const [, how, count] of metrics.matchAll(/^forgeline_cache_answers_total\{.*how="(\w+)".*\} (\d+)$/gm)) {
    counts.set(how!, (counts.get(how!) ?? 0) + Number(count));
  }
  return counts;
}
