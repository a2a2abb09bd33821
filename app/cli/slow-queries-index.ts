import type { Sql } from '#platform/database';
import { type Candidate, candidatesOf, type PlanNode } from './slow-queries-plan.ts';

/** What the planner thinks of a statement, and the index that it lacks. */
export interface Advice {
  /** In the planner's units; null when it cannot plan the statement. */
  cost: number | null;
  /** Why there is nothing more to say. */
  note: string | null;
  index: MissingIndex | null;
}

export interface MissingIndex {
  /** To be run as it is. */
  ddl: string;
  table: string;
  /** What the statement does without it. */
  reason: string;
  tableRows: number;
  /** With the index, as tried in a transaction that was rolled back; null: not tried. */
  costWith: number | null;
  /** Cost without through cost with. */
  gain: number | null;
}

/** Smaller tables are read whole in less time than it takes to think about it. */
const LEAST_ROWS = 1_000;
/** Trying an index makes writers of the table wait; on tables up to this size for some tenths of a second. */
const TRIED_UNASKED_ROWS = 200_000;
const WORTH_IT = 1.5;
const MOST_TRIED = 6;

/**
 * Plans a statement for any parameters and looks for the index that would make it cheapest. `tryAll`: also on tables so
 * large that trying one holds writers up for seconds.
 */
export async function adviseOn(sql: Sql, query: string, { tryAll }: { tryAll: boolean }): Promise<Advice> {
  let plan: PlanNode;
  try {
    plan = await planOf(sql, query);
  } catch (error) {
    return { cost: null, note: `It cannot be planned: ${(error as Error).message}`, index: null };
  }
  const cost = plan['Total Cost'];
  const candidates = await onLargeTables(sql, candidatesOf(plan));
  if (candidates.length === 0) return { cost, note: null, index: null };
  const untried = candidates.filter(({ tableRows }) => tableRows > TRIED_UNASKED_ROWS && !tryAll);
  const tried = candidates.filter((candidate) => !untried.includes(candidate)).slice(0, MOST_TRIED);
  const best = await cheapest(sql, query, tried);
  if (best && cost / best.cost >= WORTH_IT) {
    return { cost, note: null, index: { ...missing(best.candidate), costWith: best.cost, gain: cost / best.cost } };
  }
  const [likeliest] = untried;
  if (!likeliest) return { cost, note: 'No index that was tried makes it cheaper', index: null };
  const note = 'Its table is large, so the index was not tried: --try does, and writers of the table wait meanwhile';
  return { cost, note, index: { ...missing(likeliest), costWith: null, gain: null } };
}

type Sized = Candidate & { tableRows: number };

interface Tried {
  candidate: Sized;
  cost: number;
}

function missing(candidate: Sized): Pick<MissingIndex, 'ddl' | 'table' | 'reason' | 'tableRows'> {
  const { schema, table, reason, tableRows } = candidate;
  return { ddl: ddlOf(candidate, 'concurrently '), table: `${schema}.${table}`, reason, tableRows };
}

async function onLargeTables(sql: Sql, candidates: readonly Candidate[]): Promise<Sized[]> {
  const rows = await sql<{ name: string; rows: number }[]>`
    select format('%s.%s', n.nspname, c.relname) as name, c.reltuples::float8 as rows
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = any(${candidates.map(({ schema }) => schema)})`;
  const sizes = new Map(rows.map(({ name, rows: count }) => [name, count]));
  return candidates
    .map((candidate) => ({ ...candidate, tableRows: sizes.get(`${candidate.schema}.${candidate.table}`) ?? 0 }))
    .filter(({ tableRows }) => tableRows >= LEAST_ROWS);
}

async function cheapest(sql: Sql, query: string, candidates: readonly Sized[]): Promise<Tried | null> {
  let best: Tried | null = null;
  for (const candidate of candidates) {
    const cost = await costWith(sql, query, candidate);
    if (cost !== null && (best === null || isBetter({ candidate, cost }, best))) best = { candidate, cost };
  }
  return best;
}

/** Clearly cheaper, or as cheap with fewer columns. */
function isBetter(one: Tried, other: Tried): boolean {
  if (one.cost < other.cost * 0.98) return true;
  return one.cost <= other.cost * 1.02 && one.candidate.columns.length < other.candidate.columns.length;
}

class RolledBack extends Error {
  readonly cost: number;

  constructor(cost: number) {
    super('The index was only tried');
    this.cost = cost;
  }
}

/** Null where the index cannot be made: a table of somebody else, a type without an order, a lock that does not come. */
async function costWith(sql: Sql, query: string, candidate: Candidate): Promise<number | null> {
  try {
    await sql.begin(async (tx) => {
      await tx`set local lock_timeout = '500ms'`;
      await tx.unsafe(ddlOf(candidate)).simple();
      throw new RolledBack((await planOf(tx, query))['Total Cost']);
    });
    return null;
  } catch (error) {
    return error instanceof RolledBack ? error.cost : null;
  }
}

async function planOf(sql: Sql, query: string): Promise<PlanNode> {
  const rows = await sql
    .unsafe<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(`explain (generic_plan, verbose, format json) ${query}`)
    .simple();
  return rows[0]!['QUERY PLAN'][0].Plan;
}

function ddlOf({ schema, table, method, columns }: Candidate, how = ''): string {
  const using = method === 'btree' ? '' : ` using ${method}`;
  return `create index ${how}on ${schema}.${table}${using} (${columns.join(', ')})`;
}
