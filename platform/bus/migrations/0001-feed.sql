-- The feed: the outbox of every room in this database, and the log that the PostgreSQL transport reads.
-- Runs as admin. Rooms are members of bus_user; each reads the feed through a view of its own (bus.feed_<room>).

create table bus.feed (
  seq bigint generated always as identity,
  -- With pg_snapshot_xmin this says which rows can no longer be joined by an earlier one. Rooms cannot forge it.
  xid xid8 not null default pg_current_xact_id(),
  id uuid not null default uuidv7(),
  at timestamptz not null default platform.now(),
  owner name not null default current_user,
  topic text not null check (topic ~ '^[a-z][a-z-]*([.][a-z_-]+)+$'),
  key text not null,
  body jsonb not null,
  traceparent text,
  primary key (xid, seq)
);

-- The relay of one room must not walk over the backlog of the others.
create index feed_owner on bus.feed (owner, xid, seq);

alter table bus.feed enable row level security;
-- What a room may insert is a policy of its own, made with its view by platform/database.
create policy own_select on bus.feed for select to bus_user using (owner = current_user);
create policy own_delete on bus.feed for delete to bus_user using (owner = current_user);
grant insert (topic, key, body, traceparent) on bus.feed to bus_user;
grant select, delete on bus.feed to bus_user;

-- Transaction ids belong to one cluster. A dump restored into another one starts counting anew, so positions and
-- rows of the old one must not be compared with the new ones.
create function bus.system_identifier() returns bigint
  language sql stable security definer set search_path = pg_catalog
  return (select system_identifier from pg_control_system());

create table bus.epoch (system_identifier bigint not null);
insert into bus.epoch values (bus.system_identifier());

/* Gives every row a transaction id of this cluster if the database came from another one. */
create function bus.renew_epoch() returns void
  language plpgsql security definer set search_path = pg_catalog as $$
begin
  if (select e.system_identifier from bus.epoch e) = bus.system_identifier() then
    return;
  end if;
  update bus.epoch set system_identifier = bus.system_identifier()
    where system_identifier <> bus.system_identifier();
  if found then
    update bus.feed set xid = pg_current_xact_id();
  end if;
end $$;

create table bus.cursor (
  owner name not null default current_user,
  consumer text not null,
  epoch bigint not null default bus.system_identifier(),
  xid xid8 not null default '0',
  seq bigint not null default 0,
  moved_at timestamptz not null default platform.now(),
  primary key (owner, consumer)
);

-- An event whose handler failed, waiting for its next attempt; a replayed dead letter too.
create table bus.retry (
  owner name not null default current_user,
  consumer text not null,
  id uuid not null,
  at timestamptz not null,
  topic text not null,
  key text not null,
  body jsonb not null,
  traceparent text,
  attempts integer not null,
  due_at timestamptz not null,
  reason text not null,
  primary key (owner, consumer, id)
);
create index retry_due on bus.retry (owner, consumer, due_at);

create table bus.dead_letter (
  owner name not null default current_user,
  consumer text not null,
  id uuid not null,
  at timestamptz not null,
  topic text not null,
  key text not null,
  body jsonb not null,
  traceparent text,
  attempts integer not null,
  reason text not null,
  died_at timestamptz not null default platform.now(),
  primary key (owner, consumer, id)
);
create index dead_letter_newest on bus.dead_letter (owner, died_at, id);

create table bus.dead_letter_audit (
  seq bigint generated always as identity primary key,
  owner name not null default current_user,
  at timestamptz not null default platform.now(),
  consumer text not null,
  event_id uuid not null,
  act text not null check (act in ('replayed', 'discarded')),
  actor text not null,
  note text not null
);

do $$
declare
  name text;
begin
  foreach name in array array['cursor', 'retry', 'dead_letter', 'dead_letter_audit'] loop
    execute format('alter table bus.%I enable row level security', name);
    execute format('create policy own on bus.%I to bus_user using (owner = current_user)', name);
  end loop;
end $$;
grant select, insert, update, delete on bus.cursor, bus.retry, bus.dead_letter to bus_user;
grant select, insert on bus.dead_letter_audit to bus_user;

/* Deletes what every subscriber has passed and is older than `keep`; answers how many rows. One caller at a time. */
create function bus.trim(keep interval, at_most integer) returns integer
  language plpgsql security definer set search_path = pg_catalog as $$
declare
  slowest record;
  gone integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('bus.trim', 0)) then
    return 0;
  end if;
  select case when c.epoch = bus.system_identifier() then c.xid else '0' end as xid, c.seq
    into slowest from bus.cursor c order by 1, 2 limit 1;
  if not found then
    return 0;
  end if;
  delete from bus.feed f using (
    select d.xid, d.seq from bus.feed d
    where (d.xid, d.seq) <= (slowest.xid, slowest.seq) and d.at < platform.now() - keep
    order by d.xid, d.seq limit at_most
  ) doomed where (f.xid, f.seq) = (doomed.xid, doomed.seq);
  get diagnostics gone = row_count;
  return gone;
end $$;

/* Seconds since the oldest running write of the whole cluster began: how far readers of the feed are held back. */
create function bus.horizon_age() returns double precision
  language sql stable security definer set search_path = pg_catalog
  return (
    select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8
    from pg_stat_activity where backend_xid is not null
  );

revoke execute on all functions in schema bus from public;
grant execute on all functions in schema bus to bus_user;
