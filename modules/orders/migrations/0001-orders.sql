create sequence order_number start 100001;

-- The one truth. `body` is the whole order; the columns are what it is found by. It always equals the last row of history.
create table orders (
  id uuid primary key,
  number text not null unique,
  version integer not null check (version >= 1),
  status text not null,
  -- When something happens to it by itself (price expires, order closes); null when nothing is due.
  timer_at timestamptz,
  body jsonb not null
);
create index orders_timer on orders (timer_at) where timer_at is not null;
create index orders_active on orders (status) where status not in ('closed', 'cancelled', 'rejected');

-- The permanent log: why each version exists, and the whole order after it, so that any reader can be rebuilt from here.
create table history (
  order_id uuid not null,
  version integer not null,
  change jsonb not null,
  state jsonb not null,
  primary key (order_id, version)
);

-- Answers by command id: the same command gets the same answer. The fingerprint tells a repeat from a reuse.
create table command (
  id uuid primary key,
  order_id uuid not null,
  fingerprint text not null,
  -- json, not jsonb: a repeat gets the same bytes.
  answer json not null,
  at timestamptz not null default platform.now()
);

create table inbox (
  consumer text not null,
  event_id uuid not null,
  at timestamptz not null default platform.now(),
  primary key (consumer, event_id)
);
