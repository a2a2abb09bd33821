import type { Sql } from '#platform/database';

interface Node {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

interface Explained {
  'Query Text': string;
  Plan: Node & { 'Shared Hit Blocks': number; 'Shared Read Blocks': number };
}

export interface Work {
  /** Rows of tables that were looked at, whether they were wanted or not. */
  rows: number;
  /** Blocks of 8 KiB that were looked at, of tables and indexes. */
  blocks: number;
}

/** Has the server tell how it did each statement of this connection; `tell` must be given its notices. */
export async function explainAll(sql: Sql): Promise<void> {
  await sql`load 'auto_explain'`;
  for (const setting of ['log_min_duration = 0', 'log_analyze = on', 'log_timing = off', 'log_format = json']) {
    await sql.unsafe(`set auto_explain.${setting}`);
  }
  await sql`set auto_explain.log_buffers = on`;
  await sql`set client_min_messages = log`;
}

/** What the statements on this table did, out of the notices of `explainAll`. */
export function workOf(notices: readonly string[], table: string): Work {
  const plans = notices.flatMap((notice) => {
    const from = notice.indexOf('{');
    return from < 0 ? [] : [JSON.parse(notice.slice(from)) as Explained];
  });
  const work = { rows: 0, blocks: 0 };
  for (const { Plan: plan, 'Query Text': text } of plans) {
    if (!text.includes(table)) continue;
    work.rows += rowsOf(plan);
    work.blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  }
  return work;
}

function rowsOf(node: Node): number {
  const isTable = /^(Seq|Index|Index Only|Bitmap Heap) Scan$/.test(node['Node Type']);
  const passedOver = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const own = isTable ? (node['Actual Rows'] + passedOver) * node['Actual Loops'] : 0;
  return (node.Plans ?? []).reduce((sum, below) => sum + rowsOf(below), own);
}
