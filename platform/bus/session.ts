import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import type { Sql } from '#platform/database';

/**
 * One connection of its own, for advisory locks: they live exactly as long as it does. It reconnects by itself, and then
 * the locks are gone; `holds` is how work done under a lock proves that it is still the same session.
 */
export interface Session {
  sql: Sql;
  /** SQL condition: this session took this lock, and it is still the same session. */
  holds(name: string): ReturnType<Sql>;
  /** True when this session has the lock, now or already. */
  tryLock(name: string): Promise<boolean>;
  unlock(name: string): Promise<void>;
  end(): Promise<void>;
}

export function openSession(pool: Sql): Session {
  // The pool's own options (address, parsers, time-outs), as postgres.js itself reuses them for LISTEN.
  const { options } = pool as unknown as { options: postgres.Options<Record<string, never>> };
  const raw = postgres({ ...options, max: 1, idle_timeout: null, max_lifetime: null } as never);
  const sql = raw as unknown as Sql;
  const token = randomUUID();
  const held = new Set<string>();
  return {
    sql,
    // By name: after a cut another lock's holder may have made the session anew, and this lock is then somebody else's.
    holds: (name) => sql`coalesce(${held.has(name)} and current_setting('forgeline.session', true) = ${token}, false)`,
    async tryLock(name) {
      const [row] = await sql<{ same: boolean }[]>`
        select coalesce(current_setting('forgeline.session', true), '') = ${token} as same`;
      if (!row!.same) {
        held.clear();
        // A page of a feed is read along its index; the planner, knowing nothing of the topics, would sort the backlog.
        await sql`select set_config('forgeline.session', ${token}, false), set_config('enable_sort', 'off', false),
                         set_config('enable_bitmapscan', 'off', false)`;
      }
      if (held.has(name)) return true;
      const [lock] = await sql<{ won: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${name}, 0)) as won`;
      if (lock!.won) held.add(name);
      return lock!.won;
    },
    async unlock(name) {
      if (!held.delete(name)) return;
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`;
    },
    end: () => raw.end({ timeout: 5 }),
  };
}
