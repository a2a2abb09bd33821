import type { Sql } from '#platform/database';
import type { RoomName } from '../rooms.ts';

/** A statement of a room as the server has counted it, its constants replaced by parameters. */
export interface Statement {
  room: RoomName;
  query: string;
  calls: number;
  totalMs: number;
  meanMs: number;
  /** Given or changed, of all calls. */
  rows: number;
  /** Pages of 8 kB read, from memory or disk, by one call. */
  pagesPerCall: number;
  /** Of the time of all statements of this database. */
  share: number;
}

/** The server does not count statements, or does not show them here. */
export class NoStatistics extends Error {
  override name = 'NoStatistics';

  constructor() {
    super(
      'This server does not count its statements. The embedded PostgreSQL does; on one of your own set ' +
        "shared_preload_libraries = 'pg_stat_statements', restart it, and run `npm run migrate` with an administrator " +
        'who may create extensions (or create extension pg_stat_statements schema platform yourself).',
    );
  }
}

const NOT_LOADED = '55000';

/** The room's own statements, dearest in all first. Throws NoStatistics. */
export async function readStatements(sql: Sql, room: RoomName, limit: number): Promise<Statement[]> {
  const [known] = await sql<
    { there: boolean }[]
  >`select to_regclass('platform.pg_stat_statements') is not null as there`;
  if (!known!.there) throw new NoStatistics();
  try {
    const rows = await sql<Omit<Statement, 'room'>[]>`
      with counted as (
        select *, sum(total_exec_time) over () as all_time from platform.pg_stat_statements
        where dbid = (select oid from pg_database where datname = current_database())
      )
      select query, calls, total_exec_time as "totalMs", mean_exec_time as "meanMs", rows,
        ((shared_blks_hit + shared_blks_read) / greatest(calls, 1))::float8 as "pagesPerCall",
        (total_exec_time / nullif(all_time, 0))::float8 as share
      from counted
      where userid = (select oid from pg_roles where rolname = current_user)
        and query ~* '^\\s*(with|select|insert|update|delete|merge)\\M'
      order by total_exec_time desc limit ${limit}`;
    return rows.map((row) => ({ room, ...row }));
  } catch (error) {
    if ((error as { code?: string }).code === NOT_LOADED) throw new NoStatistics();
    throw error;
  }
}
