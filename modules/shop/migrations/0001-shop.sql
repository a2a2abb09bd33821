-- What this room owns.
create table address (
  id uuid primary key,
  owner_id uuid not null,
  address jsonb not null,
  saved_at timestamptz not null default platform.now()
);
create index address_owner on address (owner_id, saved_at desc);

create table cart (
  id uuid primary key,
  owner_id uuid not null,
  version integer not null default 1,
  items jsonb not null,
  currency text not null,
  lead_tier text not null,
  rush boolean not null,
  quote_id uuid,
  -- The order that it became.
  order_id uuid,
  updated_at timestamptz not null default platform.now()
);
create index cart_draft on cart (owner_id, updated_at desc) where order_id is null;
create index cart_ordered on cart (updated_at) where order_id is not null;

-- The read model: what a customer may see of their orders, made from order events, replaced only by a higher version.
create table order_view (
  id uuid primary key,
  version integer not null,
  buyer_id uuid not null,
  status text not null,
  placed_at timestamptz not null,
  -- ShopOrderRow and ShopOrder of #contracts/shop.
  summary jsonb not null,
  document jsonb not null
);
create index order_view_newest on order_view (buyer_id, placed_at desc, id desc);
create index order_view_status on order_view (buyer_id, status, placed_at desc, id desc);

create table order_step (
  order_id uuid not null,
  version integer not null,
  step jsonb not null,
  primary key (order_id, version)
);

create table quote (
  id uuid primary key,
  version integer not null,
  tenant uuid not null,
  -- What a draft shows of it: state, total, expiresAt.
  summary jsonb not null,
  changed_at timestamptz not null default platform.now()
);
create index quote_changed on quote (changed_at);

-- How far the read model is, where the transport does not keep its position in this database.
create table progress (
  consumer text primary key,
  occurred_at timestamptz not null
);

create table live_gen (
  scope text primary key,
  gen bigint not null
);
