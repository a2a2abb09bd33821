-- Applied by the administrator to every database before the rooms.

-- The program's only clock in SQL: leases, deadlines and stamps never trust a process's own. A simulation sets
-- `platform.now` for its session. Marked stable (clock_timestamp() itself is volatile) so that `due < platform.now()`
-- can use an index; within one statement a few microseconds' difference carries no meaning.
create function platform.now() returns timestamptz
language sql stable parallel safe
as $$ select coalesce(nullif(current_setting('platform.now', true), '')::timestamptz, clock_timestamp()) $$;

-- Search by a part of a number or name: rooms index with platform.gin_trgm_ops.
create extension pg_trgm schema platform;

grant usage on schema platform to public;
