-- A customer's orders in some statuses are passed through inside the index of all of theirs, several statuses as well as one.
drop index order_view_newest, order_view_status;
create index order_view_newest on order_view (buyer_id, placed_at desc, id desc, status);
