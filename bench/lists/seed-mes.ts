import { openDatabase } from '#platform/database';

/** Where the seven steps of every job are done. */
export const CENTRES = ['printing', 'casting', 'casting', 'cutting', 'finishing', 'finishing', 'quality'];

/**
 * Fills the floor with so many jobs of seven operations, one for an order: nine of ten are done, the others stand at every
 * step, most of them at the fifth.
 */
export async function seedMes(adminUrl: string, jobs: number): Promise<void> {
  const { sql, end } = openDatabase({ url: `${adminUrl}?search_path=mes`, room: 'bench', max: 1 });
  try {
    await sql`set statement_timeout = 0`;
    await sql`set transaction_timeout = 0`;
    // What is made here refers to what is made here.
    await sql`set session_replication_role = replica`;
    await sql`
      insert into floor_order (order_id, number, version, status, rush, due_at, placed_at, buyer_name, delivery_address)
      select md5('job ' || n)::uuid, 'FL-' || 100000 + n, 5, case when n <= ${jobs} * 0.9 then 'closed' else 'in_production' end,
        n % 25 = 0, placed.at + (n * 7 % 10) * interval '1 day', placed.at, 'Buyer', '{}'
      from generate_series(1, ${jobs}::int) n
      cross join lateral (select platform.now() + (n - ${jobs}::int) * interval '10 minutes' as at) placed`;
    await sql`
      insert into floor_item (item_id, order_id, line, model_id, sha256, file_name, unit, material, process, finish, quantity,
        note, packed, shipped, route)
      select order_id, order_id, 1, order_id, 'sha', 'ring.stl', 'mm', 'silver-925', 'lost-wax', 'polished', 3, '', 0, 0, '[]'
      from floor_order`;
    await sql`
      insert into job (id, item_id, serial, kind, state)
      select order_id, order_id, 1, 'original', case status when 'closed' then 'done' else 'open' end from floor_order`;
    await sql`
      insert into operation (id, job_id, item_id, order_id, step, code, work_centre, norm_seconds, state, quantity, good, held,
        rank, due_at, placed_at, ready_at, holder_id, holder_name, claimed_at, rate_minor, rate_currency, ended_at)
      select gen_random_uuid(), j.id, j.id, j.id, step, (array['print_wax', 'invest_and_burn_out', 'cast', 'cut_sprues', 'finish',
          'polish', 'inspect'])[step], (${CENTRES}::text[])[step], 60,
        case when is_done then 'done' when step = done + 1 then 'ready' else 'waiting' end, 3, case when is_done then 3 else 0 end,
        dice % 50 = 0, o.rank, o.due_at, o.placed_at, case when step = done + 1 then platform.now() end,
        case when is_done then j.id end, case when is_done then 'Fyodor' end, case when is_done then o.placed_at end,
        case when is_done then 9000 end, case when is_done then 'RUB' end, case when is_done then o.placed_at end
      from job j join floor_order o on o.order_id = j.id
      cross join lateral (select abs(hashtext(j.id::text)) as dice) d
      cross join lateral (select case j.state when 'done' then 7 else least(4, dice % 12) end as done) stage
      cross join generate_series(1, 7) step
      cross join lateral (select step <= done as is_done) s`;
    await sql`vacuum (analyze) operation, job, floor_item, floor_order`;
  } finally {
    await end();
  }
}
