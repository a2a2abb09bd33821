-- Readers compare their copies with the truth every few minutes; what they compare by is read from this index alone, never
-- from the orders themselves. Filling the column rewrites the table once.
alter table orders add column buyer_kind text not null generated always as (body #>> '{buyer,kind}') stored;
create index orders_digest on orders (get_byte(uuid_send(id), 15), id) include (version, status, buyer_kind);
