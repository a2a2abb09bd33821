-- Where a server is in the log of changes that its replicas follow: how far it has written, or, on a replica, replayed.
-- `server` is the same on a primary and its replicas; `timeline` rises when a replica is made the primary.
-- The administrator's rights show what a replica receives now; without them its control file says it, later.
create function platform.wal_position(out server text, out timeline int, out lsn pg_lsn, out is_replica boolean)
language sql volatile security definer set search_path = pg_catalog
as $$
  select system_identifier::text,
    case when pg_is_in_recovery()
      then coalesce(
        (select received_tli from pg_stat_wal_receiver),
        (select greatest(timeline_id, min_recovery_end_timeline) from pg_control_checkpoint(), pg_control_recovery()))
      else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
    end,
    case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end,
    pg_is_in_recovery()
  from pg_control_system()
$$;
