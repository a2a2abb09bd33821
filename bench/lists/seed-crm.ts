import { openDatabase, type Sql } from '#platform/database';

export interface Seeded {
  orders: number;
  seconds: number;
}

/** The sellers that orders are assigned to, and the partner with the most orders: for filters by a person. */
export const SELLERS = Array.from({ length: 12 }, (_, n) => idOf('seller', n));
export const LARGEST_BUYER = idOf('partner', 0);

/**
 * Fills the CRM's read model with so many orders of the last thousand days: nearly all are done, one in a hundred is being
 * worked on, buyers and partners are as unequal as they are in life, names are Russian and English. The same number gives
 * the same orders, relative to now. Indexes are made after the rows, as a restore does.
 */
export async function seedCrm(adminUrl: string, orders: number): Promise<Seeded> {
  const from = performance.now();
  // One connection: what is set for the session stays.
  const { sql, end } = openDatabase({ url: adminUrl, room: 'bench', max: 1 });
  try {
    await sql`set search_path = crm`;
    await sql`set statement_timeout = 0`;
    await sql`set transaction_timeout = 0`;
    await sql`set maintenance_work_mem = '512MB'`;
    await withoutIndexes(sql, ['order_row', 'order_search'], async () => {
      await insertRows(sql, orders);
      await insertSearch(sql);
    });
    await sql`vacuum (analyze) order_row, order_search`;
  } finally {
    await end();
  }
  return { orders, seconds: (performance.now() - from) / 1000 };
}

async function withoutIndexes(sql: Sql, tables: string[], fill: () => Promise<void>): Promise<void> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = any (${tables}::text[]::regclass[]) and not indisprimary`;
  for (const { name } of indexes) await sql`drop index ${sql(name)}`;
  await fill();
  for (const { definition } of indexes) await sql.unsafe(definition);
}

/** A uuid that can be named again: the hash of what it stands for. */
function idOf(kind: 'seller' | 'partner', n: number): string {
  return `${kind === 'seller' ? '5e11e5ff' : 'ba47e5ff'}-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

const ACTIVE = `(array['submitted', 'needs_review', 'priced', 'priced', 'priced', 'confirmed', 'confirmed', 'approved',
  'approved', 'approved', 'in_production', 'in_production', 'in_production', 'in_production', 'in_production',
  'in_production', 'produced', 'produced', 'packed', 'packed'])[1 + dice(n, 1, 20)]`;

async function insertRows(sql: Sql, orders: number): Promise<void> {
  // From 0 to sides - 1, the same for the same n and question.
  await sql.unsafe(`
    create function pg_temp.dice(n bigint, question bigint, sides bigint) returns bigint language sql immutable
      as $$ select (hashint8extended(n, question) & 9223372036854775807) % sides $$`);
  await sql.unsafe(
    `
    insert into order_row (id, version, number, status, status_since, source, buyer_id, buyer_name, rush, on_hold,
      total_minor, currency, payment, placed_at, due_at, items, pieces, files, open_conflicts, assignee_id, assignee_name)
    select id, 7, 'FL-' || 100000 + n, status, least(placed_at + 6 * interval '1 day', now), source, buyer_id, buyer_name,
      pg_temp.dice(n, 4, 100) < 4, pg_temp.dice(n, 5, 1000) < case when is_active then 40 else 1 end,
      5000 + pg_temp.dice(n, 6, 4000000), (array['RUB', 'RUB', 'RUB', 'EUR', 'USD'])[1 + pg_temp.dice(n, 7, 5)],
      case when is_active then 'none' else 'recorded' end, placed_at,
      case when status not in ('submitted', 'needs_review', 'priced', 'rejected')
        then placed_at + (5 + pg_temp.dice(n, 8, 20)) * interval '1 day' end,
      1 + pg_temp.dice(n, 9, 3), 1 + pg_temp.dice(n, 10, 200), files,
      case when pg_temp.dice(n, 11, 10000) < case when is_active then 100 else 2 end then 1 else 0 end,
      case when is_assigned then ('5e11e5ff-0000-7000-8000-' || lpad(seller::text, 12, '0'))::uuid end,
      case when is_assigned then (array['Ольга', 'Иван', 'Мария', 'Anna', 'Пётр', 'Lev', 'Ирина', 'Max', 'Юлия', 'Oleg', 'Nina', 'Фёдор'])[1 + seller] end
    from generate_series(1, $1::bigint) n
    cross join lateral (select platform.now() as now) clock
    cross join lateral (
      select now - ($1 - n) * interval '1000 days' / $1 - pg_temp.dice(n, 12, 60) * interval '1 second' as placed_at,
        n > $1 * 0.99 or pg_temp.dice(n, 13, 2000) = 0 as is_active,
        (array['shop', 'shop', 'shop', 'shop', 'shop', 'shop', 'partner', 'partner', 'partner', 'crm'])[1 + pg_temp.dice(n, 2, 10)] as source
    ) one
    cross join lateral (
      select ('0192' || lpad(to_hex(n), 8, '0') || '70008' || lpad(to_hex(pg_temp.dice(n, 14, 1152921504606846976)), 15, '0'))::uuid as id,
        case when is_active then ${ACTIVE.replace('dice', 'pg_temp.dice')}
          when n > $1 * 0.985 then 'shipped'
          when pg_temp.dice(n, 3, 1000) < 45 then 'cancelled'
          when pg_temp.dice(n, 3, 1000) < 65 then 'rejected' else 'closed' end as status,
        case when source = 'partner' then floor(40 * power(pg_temp.dice(n, 15, 100000) / 100000.0, 3))
          else floor(120000 * power(pg_temp.dice(n, 15, 100000) / 100000.0, 2)) end::int as buyer,
        floor(12 * power(pg_temp.dice(n, 16, 1000) / 1000.0, 2))::int as seller,
        pg_temp.dice(n, 17, 100) < case when is_active then 60 when source = 'crm' then 50 else 5 end as is_assigned,
        array[
          (array['ring', 'signet ring', 'pendant', 'bracket', 'gear', 'housing', 'кольцо', 'кулон', 'корпус', 'втулка', 'brooch', 'cover'])[1 + pg_temp.dice(n, 18, 12)]
          || (array[' ', '-', '_'])[1 + pg_temp.dice(n, 19, 3)] || (array['', 'v', 'rev ', 'D'])[1 + pg_temp.dice(n, 20, 4)]
          || (array['100', '17.5', '2', '3', '18', '640'])[1 + pg_temp.dice(n, 21, 6)] || '-' || pg_temp.dice(n, 22, 100000)
          || (array['.stl', '.stl', '.stl', '.step', '.3mf'])[1 + pg_temp.dice(n, 23, 5)],
          'part ' || pg_temp.dice(n, 24, 5000) || '.stl'
        ] as files
    ) two
    cross join lateral (
      select case when source = 'partner' then ('ba47e5ff-0000-7000-8000-' || lpad(buyer::text, 12, '0'))::uuid
          else md5('buyer ' || buyer)::uuid end as buyer_id,
        case when source = 'partner'
          then (array['ООО «Ювелирный дом ', 'Carver Studio ', 'АО «Станкодеталь ', 'Foundry and Sons '])[1 + buyer % 4] || buyer
        when buyer % 3 = 0 then
          (array['Ivan', 'Anna', 'Boris', 'Clara', 'Daniel', 'Eva', 'Felix', 'Greta', 'Hugo', 'Ida'])[1 + buyer / 3 % 10] || ' '
          || (array['Ivanov', 'Carver', 'Smith', 'Keller', 'Novak', 'Rossi', 'Dubois', 'Meyer', 'Silva', 'Kowalski', 'Larsen', 'Hughes'])[1 + buyer / 30 % 12]
        else
          (array['Иван', 'Анна', 'Борис', 'Дарья', 'Егор', 'Вера', 'Пётр', 'Ольга', 'Мария', 'Юрий'])[1 + buyer / 3 % 10] || ' '
          || (array['Иванов', 'Кузнецова', 'Смирнов', 'Попова', 'Соколов', 'Лебедева', 'Новиков', 'Морозова', 'Павлов', 'Зайцева', 'Ефимов', 'Ювелирова'])[1 + buyer / 30 % 12]
        end as buyer_name
    ) three`,
    [orders],
  );
}

async function insertSearch(sql: Sql): Promise<void> {
  await sql`
    insert into order_search (order_id, placed_at, text)
    select id, placed_at, lower(number || ' ' || buyer_name || ' po ' || pieces || ' ' || array_to_string(files, ' ')) from order_row
    order by placed_at on conflict do nothing`;
}
