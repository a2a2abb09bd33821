import type { Client, ClientLimits, Usage } from '#contracts/partners';
import type { Sql } from '#platform/database';

interface ClientRow {
  id: string;
  name: string;
  state: Client['state'];
  requests_per_minute: number;
  burst: number;
  models_per_day: number;
  quotes_per_day: number;
  orders_per_day: number;
  created_at: string;
}

function asClient(row: ClientRow): Client {
  return { id: row.id, name: row.name, state: row.state, limits: asLimits(row), createdAt: row.created_at };
}

function asLimits(row: Omit<ClientRow, 'id' | 'name' | 'state' | 'created_at'>): ClientLimits {
  return {
    requestsPerMinute: row.requests_per_minute,
    burst: row.burst,
    modelsPerDay: row.models_per_day,
    quotesPerDay: row.quotes_per_day,
    ordersPerDay: row.orders_per_day,
  };
}

function asColumns(limits: Partial<ClientLimits>): Record<string, number> {
  const columns = {
    requests_per_minute: limits.requestsPerMinute,
    burst: limits.burst,
    models_per_day: limits.modelsPerDay,
    quotes_per_day: limits.quotesPerDay,
    orders_per_day: limits.ordersPerDay,
  };
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** Makes the client unless it is there; an existing one keeps its name and limits. */
export async function ensureClient(
  sql: Sql,
  { id, name, limits = {} }: { id: string; name: string; limits?: Partial<ClientLimits> },
): Promise<Client> {
  await sql`insert into client ${sql({ id, name, ...asColumns(limits) })} on conflict (id) do nothing`;
  return (await findClient(sql, id))!;
}

export async function findClient(sql: Sql, id: string): Promise<Client | null> {
  const [row] = await sql<ClientRow[]>`select * from client where id = ${id}`;
  return row ? asClient(row) : null;
}

export async function changeClient(
  sql: Sql,
  id: string,
  change: { name?: string; state?: Client['state']; limits?: Partial<ClientLimits> },
): Promise<Client | null> {
  const columns = {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.state !== undefined && { state: change.state }),
    ...asColumns(change.limits ?? {}),
  };
  if (Object.keys(columns).length === 0) return findClient(sql, id);
  const [row] = await sql<ClientRow[]>`update client set ${sql(columns)} where id = ${id} returning *`;
  return row ? asClient(row) : null;
}

export async function listClients(sql: Sql, after: string | null, limit: number): Promise<Client[]> {
  const rows = await sql<ClientRow[]>`
    select * from client where ${after}::uuid is null or id > ${after}::uuid order by id limit ${limit}`;
  return rows.map(asClient);
}

export interface Taken {
  allowed: boolean;
  /** Whole requests left now. */
  remaining: number;
  burst: number;
  /** Seconds until the bucket is full; when refused, until the next request is allowed. */
  seconds: number;
}

/** Takes one request from the key's bucket. Null: there is no active client of this id. */
export async function takeRequest(sql: Sql, clientId: string, credential: string): Promise<Taken | null> {
  const [row] = await sql<{ allowed: boolean; tokens: number; burst: number; per_minute: number }[]>`
    insert into bucket as b (credential, per_minute, burst, tokens, at, allowed)
    select ${credential}, requests_per_minute, burst, burst - 1, platform.now(), true
    from client where id = ${clientId} and state = 'active'
    on conflict (credential) do update set
      per_minute = excluded.per_minute,
      burst = excluded.burst,
      allowed = refilled(b.tokens, excluded.at - b.at, excluded.per_minute, excluded.burst) >= 1,
      tokens = refilled(b.tokens, excluded.at - b.at, excluded.per_minute, excluded.burst)
        - (refilled(b.tokens, excluded.at - b.at, excluded.per_minute, excluded.burst) >= 1)::int,
      at = greatest(b.at, excluded.at)
    returning allowed, tokens, burst, per_minute`;
  if (!row) return null;
  const missing = row.allowed ? row.burst - row.tokens : 1 - row.tokens;
  return {
    allowed: row.allowed,
    remaining: Math.floor(row.tokens),
    burst: row.burst,
    seconds: Math.max(0, (missing * 60) / row.per_minute),
  };
}

export type UsageKind = 'models' | 'quotes' | 'orders';

/** Counts one more of this kind today, unless the quota is used up: then false. */
export async function countUsage(sql: Sql, clientId: string, kind: UsageKind): Promise<boolean> {
  const quota = sql(`${kind}_per_day`);
  const rows = await sql`
    insert into daily_usage as u (client_id, day, kind, count)
    select id, (platform.now() at time zone 'UTC')::date, ${kind}, 1 from client where id = ${clientId} and ${quota} > 0
    on conflict (client_id, day, kind) do update set count = u.count + 1
      where u.count < (select ${quota} from client where id = u.client_id)
    returning 1`;
  return rows.length === 1;
}

/** Today's counts and the limits. Null: no such client. */
export async function readUsage(sql: Sql, clientId: string): Promise<Usage | null> {
  const [row] = await sql<(ClientRow & { day: string; counts: Partial<Record<UsageKind, number>> | null })[]>`
    select c.*, today.day::text as day, (
      select jsonb_object_agg(u.kind, u.count) from daily_usage u where u.client_id = c.id and u.day = today.day
    ) as counts
    from client c, (select (platform.now() at time zone 'UTC')::date as day) today where c.id = ${clientId}`;
  if (!row) return null;
  const counts = row.counts ?? {};
  return {
    day: row.day,
    models: counts.models ?? 0,
    quotes: counts.quotes ?? 0,
    orders: counts.orders ?? 0,
    limits: asLimits(row),
  };
}
