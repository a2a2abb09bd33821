-- What the floor keeps of an order: a copy, replaced only by a higher version of it.
create table floor_order (
  order_id uuid primary key,
  number text not null unique,
  version integer not null,
  status text not null,
  hold_reason text,
  rush boolean not null,
  -- Urgent first is (rank, due_at, placed_at, id) ascending: rush has rank 0, no date is the latest of all.
  rank smallint not null generated always as (case when rush then 0 else 1 end) stored,
  due_at timestamptz not null default 'infinity',
  placed_at timestamptz not null,
  buyer_name text not null,
  delivery_address jsonb not null,
  changed_at timestamptz not null default platform.now()
);
create index floor_order_packing on floor_order (rank, due_at, placed_at, order_id) where status in ('produced', 'packed');

create table floor_item (
  item_id uuid primary key,
  order_id uuid not null references floor_order,
  line integer not null,
  model_id uuid not null,
  sha256 text not null,
  file_name text not null,
  unit text not null,
  material text not null,
  process text not null,
  finish text not null,
  quantity integer not null,
  note text not null,
  hold_reason text,
  packed integer not null,
  shipped integer not null,
  -- The steps of the route as they were when the first job was made; null before it.
  route jsonb,
  -- The production record: `version` counts the facts told about this item.
  version integer not null default 0,
  started_at timestamptz,
  made integer not null default 0,
  scrapped integer not null default 0
);
create index floor_item_order on floor_item (order_id, line);

create table job (
  id uuid primary key,
  item_id uuid not null references floor_item,
  serial integer not null,
  kind text not null check (kind in ('original', 'remake', 'rework', 'split')),
  parent_job_id uuid references job,
  state text not null default 'open' check (state in ('open', 'done', 'stopped')),
  reason text not null default '',
  created_at timestamptz not null default platform.now(),
  ended_at timestamptz,
  unique (item_id, serial)
);
create index job_open on job (item_id) where state = 'open';

create table operation (
  id uuid primary key,
  job_id uuid not null references job,
  item_id uuid not null references floor_item,
  order_id uuid not null references floor_order,
  step smallint not null,
  code text not null,
  work_centre text not null,
  norm_seconds integer not null check (norm_seconds > 0),
  state text not null check (state in ('waiting', 'ready', 'claimed', 'running', 'paused', 'done', 'stopped')),
  version integer not null default 1,
  quantity integer not null check (quantity >= 0),
  good integer not null default 0 check (good >= 0),
  scrapped integer not null default 0 check (scrapped >= 0),
  -- Copied from the order, so that one index serves the queue.
  held boolean not null,
  rank smallint not null,
  due_at timestamptz not null,
  placed_at timestamptz not null,
  ready_at timestamptz,
  holder_id uuid,
  holder_name text,
  claimed_at timestamptz,
  claim_expires_at timestamptz,
  rate_minor integer,
  rate_currency text,
  worked_ms bigint not null default 0,
  running_since timestamptz,
  ended_at timestamptz,
  unique (job_id, step),
  check (good + scrapped <= quantity),
  check (state not in ('waiting', 'ready') or holder_id is null),
  check (state not in ('claimed', 'running', 'paused', 'done') or num_nulls(holder_id, holder_name, claimed_at, rate_minor, rate_currency) = 0),
  check ((state = 'running') = (running_since is not null)),
  check ((state = 'claimed') = (claim_expires_at is not null))
);
create index operation_queue on operation (rank, due_at, placed_at, id) include (work_centre) where state = 'ready' and not held;
create index operation_waiting on operation (rank, due_at, placed_at, id) include (work_centre) where state = 'waiting' or (state = 'ready' and held);
create index operation_in_work on operation (holder_id, claimed_at) where state in ('claimed', 'running', 'paused');
create index operation_finished on operation (holder_id, ended_at desc) where state = 'done';
create index operation_expiry on operation (claim_expires_at) where state = 'claimed';
create index operation_order on operation (order_id);

-- Every change of an operation, once per version: the permanent log.
create table operation_log (
  operation_id uuid not null references operation,
  version integer not null,
  at timestamptz not null default platform.now(),
  name text not null,
  actor_id text not null,
  actor_name text not null,
  text text not null default '',
  primary key (operation_id, version)
);

-- Time is taken by the server, per person and operation; an operation runs for one person at a time.
create table work_interval (
  id uuid primary key default uuidv7(),
  operation_id uuid not null references operation,
  person_id uuid not null,
  started_at timestamptz not null default platform.now(),
  ended_at timestamptz
);
create unique index work_interval_open on work_interval (operation_id) where ended_at is null;
create index work_interval_person on work_interval (person_id, started_at);

-- The row is locked by every command of its person: it serialises the cap and repeated command ids.
create table operator (
  person_id uuid primary key,
  name text not null,
  claim_cap integer not null check (claim_cap >= 0),
  work_centres text[],
  seen_at timestamptz not null default platform.now()
);

create table command (
  person_id uuid not null,
  command_id uuid not null,
  -- Verb and subject: an id that comes again for something else is refused.
  asked text not null,
  answer jsonb not null,
  at timestamptz not null default platform.now(),
  primary key (person_id, command_id)
);

create table rate (
  operation text primary key,
  minor integer not null check (minor >= 0),
  currency text not null,
  changed_at timestamptz not null default platform.now(),
  changed_by text not null default ''
);

create table pay_entry (
  id uuid primary key default uuidv7(),
  person_id uuid not null,
  person_name text not null,
  operation_id uuid not null references operation,
  kind text not null check (kind in ('credit', 'cancelled', 'reversal')),
  quantity integer not null check (quantity > 0),
  rate_minor integer not null,
  amount_minor bigint not null,
  currency text not null,
  reverses uuid references pay_entry,
  reason text not null default '',
  recorded_by text not null,
  at timestamptz not null default platform.now(),
  check ((kind = 'reversal') = (reverses is not null)),
  check (case when kind = 'reversal' then amount_minor <= 0 else amount_minor >= 0 end)
);
create unique index pay_entry_once on pay_entry (operation_id) where kind <> 'reversal';
create index pay_entry_person on pay_entry (person_id, at desc, id desc);
create index pay_entry_period on pay_entry (at, id);
create index pay_entry_reverses on pay_entry (reverses) where reverses is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger pay_entry_append_only before update or delete or truncate on pay_entry
  for each statement execute function refuse_change();
create trigger operation_log_append_only before update or delete or truncate on operation_log
  for each statement execute function refuse_change();

create table parcel (
  id uuid primary key,
  order_id uuid not null references floor_order,
  person_id uuid not null,
  command_id uuid not null,
  packed_by text not null,
  carrier text not null,
  tracking_number text not null,
  lines jsonb not null,
  at timestamptz not null default platform.now(),
  unique (person_id, command_id)
);
create index parcel_order on parcel (order_id, at);

create table live_gen (
  scope text primary key,
  gen bigint not null
);

insert into rate (operation, minor, currency) values
  ('print_wax', 6000, 'RUB'),
  ('invest_and_burn_out', 4500, 'RUB'),
  ('cast', 9000, 'RUB'),
  ('cut_sprues', 2500, 'RUB'),
  ('finish', 12000, 'RUB'),
  ('polish', 15000, 'RUB'),
  ('inspect', 2000, 'RUB'),
  ('print_polymer', 4000, 'RUB'),
  ('depowder', 2000, 'RUB'),
  ('wash_and_cure', 2500, 'RUB'),
  ('remove_supports', 2500, 'RUB'),
  ('print_metal', 20000, 'RUB'),
  ('relieve_stress', 3000, 'RUB'),
  ('cut_from_plate', 5000, 'RUB'),
  ('program_and_set_up', 18000, 'RUB'),
  ('mill', 16000, 'RUB'),
  ('deburr', 3000, 'RUB'),
  ('make', 15000, 'RUB');
