-- One flat row per order, made from order events: what lists show, filter and sort by. Replaced only by a higher version.
create table order_row (
  id uuid primary key,
  version integer not null,
  number text not null,
  status text not null,
  status_since timestamptz not null,
  source text not null,
  buyer_id uuid not null,
  buyer_name text not null,
  rush boolean not null,
  on_hold boolean not null,
  total_minor bigint,
  currency text not null,
  payment text not null,
  placed_at timestamptz not null,
  due_at timestamptz,
  items integer not null,
  pieces bigint not null,
  files text[] not null,
  open_conflicts integer not null,
  assignee_id uuid,
  assignee_name text,
  -- Urgent first is (rank, due_key, placed_at, id) ascending: rush before the rest, what is done last; no date after every date.
  rank smallint not null generated always as (
    case when status in ('shipped', 'closed', 'cancelled', 'rejected') then 2 when rush then 0 else 1 end) stored,
  due_key timestamptz not null generated always as (coalesce(due_at, 'infinity'::timestamptz)) stored
);

-- A list is read in the order of an index, whatever it is narrowed to: one per filter and sort.
create index order_newest on order_row (placed_at desc, id desc);
create index order_urgent on order_row (rank, due_key, placed_at, id);
create index order_status_newest on order_row (status, placed_at desc, id desc);
create index order_status_urgent on order_row (status, rank, due_key, placed_at, id);
create index order_assignee_newest on order_row (assignee_id, placed_at desc, id desc);
create index order_assignee_urgent on order_row (assignee_id, rank, due_key, placed_at, id);
create index order_source_newest on order_row (source, placed_at desc, id desc);
create index order_source_urgent on order_row (source, rank, due_key, placed_at, id);
create index order_buyer_newest on order_row (buyer_id, placed_at desc, id desc);
create index order_rush_newest on order_row (placed_at desc, id desc) where rush;
create index order_hold_newest on order_row (placed_at desc, id desc) where on_hold;
create index order_conflict_newest on order_row (placed_at desc, id desc) where open_conflicts > 0;
create index order_due on order_row (due_at)
  where status in ('confirmed', 'approved', 'in_production', 'produced', 'packed');
create index order_stuck on order_row (status, status_since);

-- What orders are found by, lower case: number, buyer, reference, file names. Apart, because it hardly ever changes: a new
-- status would otherwise write every trigram again. No pending list, so that a search never reads one.
create table order_search (
  order_id uuid primary key,
  text text not null
);
create index order_search_text on order_search using gin (text platform.gin_trgm_ops) with (fastupdate = off);

-- The whole order, for the card; apart, so that lists read small rows.
create table order_document (
  order_id uuid primary key,
  version integer not null,
  body jsonb not null
);

-- Every history entry that came with an event: the card's timeline.
create table timeline (
  order_id uuid not null,
  version integer not null,
  entry jsonb not null,
  primary key (order_id, version)
);

-- What the floor told about an item.
create table production_note (
  order_id uuid not null,
  item_id uuid not null,
  version integer not null,
  name text not null,
  at timestamptz not null,
  actor text not null,
  made integer not null,
  scrapped integer not null,
  reason text not null,
  primary key (order_id, item_id, version)
);

-- Quotes with their breakdown.
create table quote (
  id uuid primary key,
  version integer not null,
  body jsonb not null
);

create table customer (
  id uuid primary key,
  name text not null,
  email text not null,
  phone text not null,
  last_order_at timestamptz not null,
  -- Lower case: name, e-mail, phone.
  search text not null
);
create index customer_search on customer using gin (search platform.gin_trgm_ops) with (fastupdate = off);

-- What this room itself owns; a rebuild of the read model leaves it alone.
create table comment (
  id uuid primary key,
  order_id uuid not null,
  text text not null,
  author_id uuid not null,
  author_name text not null,
  at timestamptz not null default platform.now()
);
create index comment_order on comment (order_id, at, id);

create table assignment (
  order_id uuid primary key,
  assignee_id uuid,
  assignee_name text,
  by_id uuid not null,
  by_name text not null,
  at timestamptz not null default platform.now(),
  check ((assignee_id is null) = (assignee_name is null))
);

create table saved_view (
  id uuid primary key,
  owner_id uuid not null,
  owner_name text not null,
  name text not null,
  shared boolean not null,
  query jsonb not null,
  changed_at timestamptz not null default platform.now()
);
create index saved_view_owner on saved_view (owner_id);
create index saved_view_shared on saved_view (name) where shared;

-- How far the read model is, where the transport does not keep its position in this database.
create table progress (
  consumer text primary key,
  occurred_at timestamptz not null
);

-- When the oldest order event that is still to be projected happened; null when there is none. The settings keep the server
-- to the feed's index: it would guess that few rows follow, and collect and sort a whole backlog.
create function oldest_unread() returns timestamptz
  language sql stable set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off as $$
  select unread.at from bus.cursor c cross join lateral (
    select f.at from bus.feed_crm f
    where (f.xid, f.seq) > (c.xid, c.seq) and f.topic like 'order.%' order by f.xid, f.seq limit 1
  ) unread
  where c.consumer = 'crm.orders'
$$;

create table live_gen (
  scope text primary key,
  gen bigint not null
);
