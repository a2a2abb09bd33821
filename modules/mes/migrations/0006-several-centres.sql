-- The queue of several work centres passes over the others' operations inside the index; behind `include` they were fetched.
drop index operation_queue, operation_waiting;
create index operation_queue on operation (rank, due_at, placed_at, id, work_centre) where state = 'ready' and not held;
create index operation_waiting on operation (rank, due_at, placed_at, id, work_centre)
  where state = 'waiting' or (state = 'ready' and held);
