-- Everything that is announced in this room is numbered without gaps; an epoch ends when generations lose their meaning.
create table live_state (
  only_one boolean primary key default true check (only_one),
  number bigint not null,
  epoch bigint not null
);
insert into live_state values (true, 0, extract(epoch from clock_timestamp()) * 1000);

-- The transaction that raised the generation and numbered it. Whatever else writes here, the release before this one
-- included, does not know all the scopes: nothing that was held before counts after it.
alter table live_gen add column raised_by xid8;
create function end_epoch() returns trigger language plpgsql as $$
begin
  update live_state set number = number + 1, epoch = greatest(epoch + 1, extract(epoch from clock_timestamp()) * 1000);
  return null;
end $$;
create trigger unnumbered after insert or update on live_gen for each row
  when (new.raised_by is distinct from pg_current_xact_id()) execute function end_epoch();
