-- The queue of one work centre, also when nothing of it is ready among much that is.
create index operation_queue_centre on operation (work_centre, rank, due_at, placed_at, id) where state = 'ready' and not held;
create index operation_waiting_centre on operation (work_centre, rank, due_at, placed_at, id)
  where state = 'waiting' or (state = 'ready' and held);
-- Counts by work centre are read from this index alone.
create index operation_counts on operation (work_centre, state, held, due_at, ready_at) where state in ('waiting', 'ready');
