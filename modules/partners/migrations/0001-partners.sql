create table client (
  id uuid primary key,
  name text not null,
  state text not null default 'active' check (state in ('active', 'suspended')),
  requests_per_minute integer not null default 600,
  burst integer not null default 100,
  models_per_day integer not null default 10000,
  quotes_per_day integer not null default 20000,
  orders_per_day integer not null default 20000,
  -- Number of the client's last event. Counting under the row lock leaves no gap, so a reader can prove that it saw all.
  last_sequence bigint not null default 0,
  created_at timestamptz not null default platform.now()
);

-- One token bucket per key, shared by all processes. Losing it in a crash only gives everybody a full bucket.
create unlogged table bucket (
  credential text primary key,
  per_minute integer not null,
  burst integer not null,
  tokens double precision not null,
  at timestamptz not null,
  allowed boolean not null
);

create function refilled(tokens double precision, since interval, per_minute integer, burst integer)
returns double precision language sql immutable parallel safe
as $$ select least(burst, tokens + greatest(0, extract(epoch from since)) * per_minute / 60.0) $$;

create table daily_usage (
  client_id uuid not null,
  day date not null,
  kind text not null check (kind in ('models', 'quotes', 'orders')),
  count integer not null,
  primary key (client_id, day, kind)
);

-- What an Idempotency-Key was first used for, and the answer once there is one.
create table idempotency (
  client_id uuid not null,
  key text not null,
  fingerprint text not null,
  -- json, not jsonb: a repeat gets the same bytes.
  answer json,
  at timestamptz not null default platform.now(),
  primary key (client_id, key)
);
create index idempotency_age on idempotency (at);

create table order_view (
  id uuid primary key,
  client_id uuid not null,
  version integer not null,
  status text not null,
  placed_at timestamptz not null,
  body jsonb not null
);
create index order_view_newest on order_view (client_id, placed_at desc, id desc);
create index order_view_status on order_view (client_id, status, placed_at desc, id desc);

create table order_change (
  order_id uuid not null,
  version integer not null,
  body jsonb not null,
  primary key (order_id, version)
);

create table client_event (
  client_id uuid not null,
  sequence bigint not null,
  body json not null,
  at timestamptz not null default platform.now(),
  primary key (client_id, sequence)
);
create index client_event_age on client_event (at);

create table endpoint (
  id uuid primary key,
  client_id uuid not null references client,
  url text not null,
  secret text not null,
  events text[] not null,
  active boolean not null default true,
  created_at timestamptz not null default platform.now()
);
create index endpoint_client on endpoint (client_id);

create table delivery (
  id uuid primary key default uuidv7(),
  endpoint_id uuid not null,
  client_id uuid not null,
  event_id uuid not null,
  type text not null,
  -- json keeps the text as it was written: every attempt signs and sends the same bytes.
  payload json not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  -- Of all attempts ever: it fences an attempt that outlived its lease.
  attempts integer not null default 0,
  -- Of the present round: a resend starts a new one.
  tries integer not null default 0,
  due_at timestamptz not null default platform.now(),
  leased_until timestamptz,
  last_status integer,
  last_error text,
  traceparent text,
  created_at timestamptz not null default platform.now(),
  unique (endpoint_id, event_id)
);
create index delivery_due on delivery (endpoint_id, due_at) where state = 'pending';
create index delivery_newest on delivery (client_id, id desc);

create table delivery_attempt (
  delivery_id uuid not null references delivery on delete cascade,
  attempt integer not null,
  at timestamptz not null default platform.now(),
  milliseconds integer not null,
  status integer,
  error text,
  answer text not null,
  primary key (delivery_id, attempt)
);

create table inbox (
  consumer text not null,
  event_id uuid not null,
  at timestamptz not null default platform.now(),
  primary key (consumer, event_id)
);

-- The last event that a consumer has handled: where events come through a broker, that is how old the read model is.
create table progress (
  consumer text primary key,
  occurred_at timestamptz not null
);
