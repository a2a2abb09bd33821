-- How the copy of orders stands: its rounds of comparison with the truth, and when it was made anew.
create table read_model (
  name text primary key,
  due_at timestamptz not null default platform.now(),
  -- The last round.
  checked_at timestamptz,
  compared integer not null default 0,
  drift integer not null default 0,
  repaired integer not null default 0,
  under_way integer not null default 0,
  -- Of the rebuild that runs, or died: it fences one that runs although it was taken for dead.
  token uuid,
  done integer not null default 0,
  rebuilt_at timestamptz
);
