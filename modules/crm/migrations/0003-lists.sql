-- Urgent first in one column: rush before the rest, what is done last; no date after every date. One, because the planner
-- takes the selectivity of a row comparison from its first column, and a rank of three values says nothing about depth.
alter table order_row add column urgency timestamp not null generated always as (
  coalesce(due_at at time zone 'UTC', timestamp '4000-01-01')
    + case when status in ('shipped', 'closed', 'cancelled', 'rejected') then 2 when rush then 0 else 1 end * interval '4000 years'
) stored;

drop index order_newest, order_urgent, order_status_newest, order_status_urgent, order_assignee_newest,
  order_assignee_urgent, order_source_newest, order_source_urgent, order_buyer_newest, order_rush_newest,
  order_hold_newest, order_conflict_newest, order_stuck;

-- What stands behind the id changes no order: a list narrowed twice passes over what does not match inside the index,
-- without a look at the table.
create index order_newest on order_row (placed_at desc, id desc, status, source, rush);
create index order_urgent on order_row (urgency, placed_at, id, status, source, rush);
create index order_status_newest on order_row (status, placed_at desc, id desc, source, rush, assignee_id);
create index order_status_urgent on order_row (status, urgency, placed_at, id, source, rush);
create index order_source_newest on order_row (source, placed_at desc, id desc, status, rush);
create index order_source_urgent on order_row (source, urgency, placed_at, id, status, rush);
create index order_buyer_newest on order_row (buyer_id, placed_at desc, id desc, status, source, rush, assignee_id);
create index order_buyer_urgent on order_row (buyer_id, urgency, placed_at, id, status, source, rush, assignee_id);
-- Somebody's and nobody's apart: "is null" is no equality to the planner, it would not see the order behind it.
create index order_assignee_newest on order_row (assignee_id, placed_at desc, id desc, status, source, rush)
  where assignee_id is not null;
create index order_assignee_urgent on order_row (assignee_id, urgency, placed_at, id, status, source, rush)
  where assignee_id is not null;
create index order_nobody_newest on order_row (placed_at desc, id desc, status, source, rush) where assignee_id is null;
create index order_nobody_urgent on order_row (urgency, placed_at, id, status, source, rush) where assignee_id is null;
-- Few orders each.
create index order_rush_newest on order_row (placed_at desc, id desc, status, source, buyer_id, assignee_id) where rush;
create index order_rush_urgent on order_row (urgency, placed_at, id, status, source, buyer_id, assignee_id) where rush;
create index order_hold_newest on order_row (placed_at desc, id desc, status, source) where on_hold;
create index order_hold_urgent on order_row (urgency, placed_at, id, status, source) where on_hold;
create index order_conflict_newest on order_row (placed_at desc, id desc, status, source) where open_conflicts > 0;
create index order_conflict_urgent on order_row (urgency, placed_at, id, status, source) where open_conflicts > 0;
create index order_promised_newest on order_row (placed_at desc, id desc, due_at, status, source)
  where status in ('confirmed', 'approved', 'in_production', 'produced', 'packed');
create index order_promised_urgent on order_row (urgency, placed_at, id, due_at, status, source)
  where status in ('confirmed', 'approved', 'in_production', 'produced', 'packed');
create index order_stuck on order_row (status, status_since)
  where status in ('submitted', 'needs_review', 'priced', 'confirmed', 'approved', 'produced', 'packed');

-- A search walks through the newest texts. The default serves instances of the release before, which do not name the column;
-- the order's next event puts the true time.
alter table order_search add column placed_at timestamptz not null default platform.now();
update order_search s set placed_at = o.placed_at from order_row o where o.id = s.order_id;
create index order_search_newest on order_search (placed_at desc, order_id desc);
