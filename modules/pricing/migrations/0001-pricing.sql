-- What may be asked for and what it costs. A version never changes once it is here.
create table price_list (
  version text primary key,
  currency text not null,
  valid_from timestamptz not null,
  body jsonb not null,
  added_at timestamptz not null default platform.now()
);
create index price_list_live on price_list (currency, valid_from desc);

-- Who uploaded what: the proof of possession. The bytes lie in the blob store under their hash.
create table model (
  id uuid primary key,
  tenant uuid not null,
  sha256 text not null,
  file_name text not null,
  bytes bigint not null,
  uploaded_at timestamptz not null default platform.now()
);
create index model_file on model (sha256);

-- What the kernel found, once per content and kernel version, for ever: figures, or why there are none.
create table geometry (
  sha256 text not null,
  kernel_version text not null,
  report jsonb,
  failure jsonb,
  milliseconds double precision not null,
  measured_at timestamptz not null default platform.now(),
  primary key (sha256, kernel_version),
  check ((report is null) <> (failure is null))
);

-- The queue of record. A job is one tenant's wish to know a file's geometry; it stays as the proof that they may know it.
create table job (
  id uuid primary key default uuidv7(),
  tenant uuid not null,
  sha256 text not null,
  kernel_version text not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'cancelled')),
  lane text not null check (lane in ('interactive', 'partner', 'bulk')),
  weight double precision not null check (weight > 0),
  -- Estimated milliseconds of a worker.
  cost double precision not null check (cost > 0),
  -- Place in start-time fair queuing.
  vstart double precision not null,
  attempts integer not null default 0,
  -- Raised by every lease: a result under an older fence is not written.
  fence integer not null default 0,
  worker text,
  lease_until timestamptz,
  queued_at timestamptz not null default platform.now(),
  started_at timestamptz,
  finished_at timestamptz,
  traceparent text,
  unique (tenant, sha256, kernel_version)
);
create index job_next on job (vstart, id) where state = 'queued';
create index job_backlog on job (tenant) where state = 'queued';
create index job_lease on job (lease_until) where state = 'running';
-- One run per content and kernel version at a time, whoever asked.
create unique index job_single_flight on job (sha256, kernel_version) where state = 'running';

-- Start-time fair queuing: where each tenant's last job ends in virtual time, and how far virtual time has come.
create table tenant_share (
  tenant uuid primary key,
  last_finish double precision not null
);
create table virtual_time (
  only_one boolean primary key default true check (only_one),
  v double precision not null
);
insert into virtual_time (v) values (0);

create table worker (
  id text primary key,
  threads integer not null,
  seen_at timestamptz not null
);

-- `body` is the whole quote; the columns are what it is found by.
create table quote (
  id uuid primary key,
  tenant uuid not null,
  order_id uuid,
  order_version integer,
  state text not null,
  version integer not null,
  body jsonb not null,
  traceparent text,
  created_at timestamptz not null default platform.now(),
  unique (order_id, order_version)
);
create table quote_model (
  quote_id uuid not null references quote on delete cascade,
  sha256 text not null,
  primary key (sha256, quote_id)
);
create index quote_model_quote on quote_model (quote_id);

create table inbox (
  consumer text not null,
  event_id uuid not null,
  at timestamptz not null default platform.now(),
  primary key (consumer, event_id)
);
