-- Who put a list up and why; empty for those that the program came with.
alter table price_list
  add column published_by uuid,
  add column publisher_name text,
  add column reason text not null default '';

create function refuse_price_list_change() returns trigger language plpgsql as $$
begin
  raise exception 'A price list never changes: publish another one';
end $$;
create trigger price_list_stands before update or delete on price_list
  for each row execute function refuse_price_list_change();

-- What an admin works on before it is a list.
create table price_draft (
  id uuid primary key,
  name text not null,
  currency text not null,
  based_on text not null references price_list,
  body jsonb not null,
  version integer not null default 1,
  author_name text not null,
  created_at timestamptz not null default platform.now(),
  changed_at timestamptz not null default platform.now()
);

-- Who did what to prices, and why, for ever.
create table price_audit (
  id uuid primary key,
  at timestamptz not null default platform.now(),
  person_id uuid not null,
  person_name text not null,
  action text not null check (action in ('draft_made', 'draft_changed', 'draft_deleted', 'published', 'metal_fixed')),
  currency text not null,
  -- The draft's name, or the list's version.
  subject text not null,
  reason text not null
);

-- The newest ready quotes of a currency, for what a draft would have asked.
create index quote_priced on quote ((body ->> 'currency'), id desc) where state = 'ready';
