-- Over a broker nobody can look into another database for what is still unread: each publisher says, after what it had
-- sent, up to when that was everything. Here stands what a consumer has heard of it.
create table bus.heard (
  owner name not null default current_user,
  consumer text not null,
  publisher text not null,
  as_of timestamptz not null default '-infinity',
  primary key (owner, consumer, publisher)
);

-- Read models that lack events and must be made again from their owners' history.
create table bus.rebuild (
  owner name not null default current_user,
  consumer text not null,
  wanted_at timestamptz not null default platform.now(),
  reason text not null,
  -- Up to here nothing is missing; null: nothing is known to be missing.
  complete_until timestamptz,
  -- Why the last attempt failed.
  error text,
  primary key (owner, consumer)
);

do $$
declare
  name text;
begin
  foreach name in array array['heard', 'rebuild'] loop
    execute format('alter table bus.%I enable row level security', name);
    execute format('create policy own on bus.%I to bus_user using (owner = current_user)', name);
  end loop;
end $$;
grant select, insert, update, delete on bus.heard, bus.rebuild to bus_user;

/* Up to when everything its publishers had committed has been handled; null: not known yet, or nothing comes by a broker. */
create function bus.heard_until(consumer text) returns timestamptz
  language sql stable set search_path = pg_catalog
  return (
    select nullif(min(h.as_of), '-infinity') from bus.heard h
    where h.owner = current_user and h.consumer = heard_until.consumer
  );
revoke execute on function bus.heard_until(text) from public;
grant execute on function bus.heard_until(text) to bus_user;
