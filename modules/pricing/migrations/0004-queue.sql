-- How far a run is, the estimate once the triangles are counted, and when to look whether quotes still wait for a finished
-- job: null when all are settled.
alter table job
  add column stage text,
  add column share double precision,
  add column estimate double precision,
  add column settle_after timestamptz;
create index job_settle on job (settle_after) where settle_after is not null;
create index job_cancelled on job (queued_at) where state = 'cancelled';
create index job_of_kernel on job (kernel_version, finished_at) where state = 'done';

-- A worker that is not seen for this long is gone, and its jobs with it; null: only a lease's end says so.
alter table worker add column gone_after_ms double precision;

-- What the first bytes said: a job's estimate starts from it.
alter table model add column format text;

-- An order was placed with this quote: it is kept for ever.
alter table quote add column ordered boolean not null default false;
create index quote_unordered on quote (created_at) where order_id is null and not ordered;
create index inbox_at on inbox (at);
create index tenant_share_idle on tenant_share (last_finish);

-- Which quotes were ordered before this was written down, or by the release that ran beside, nobody knows: all are kept.
create table retention (
  only_one boolean primary key default true check (only_one),
  quotes_since timestamptz not null default platform.now() + interval '1 day'
);
insert into retention default values;
