import type { Quote } from '#contracts/pricing';
import type { PastPrice } from '#contracts/similar-models';
import type { Sql } from '#platform/database';
import type { Resembled } from './geometry/index.ts';

export interface FoundModel {
  modelId: string;
  fileName: string;
  sha256: string;
  uploadedAt: string;
}

export interface SameModel extends FoundModel {
  likeness: 'same_file' | 'same_triangles' | 'same_shape' | 'mirror_image';
  scale: number;
}

export interface OwnShape extends Resembled {
  fingerprint: string;
  isCompared: boolean;
}

/** Whose models are looked through; null: everybody's. */
export type Scope = string | null;

/** What the model is known by; null where it was measured before shapes were, or has no body. */
export async function findShape(sql: Sql, sha256: string, kernelVersion: string): Promise<OwnShape | null> {
  const [row] = await sql<OwnShape[]>`
    select fingerprint, vector, distances, walls, compare_after is null as "isCompared"
    from shape where sha256 = ${sha256} and kernel_version = ${kernelVersion} and vector is not null`;
  return row ?? null;
}

/**
 * Models of the same file, of the same triangles, and of the same shape, newest first. Within a scope only those that its own
 * jobs have measured: others are not known to be alike yet.
 */
export async function findSame(
  sql: Sql,
  { id, sha256, kernelVersion, scope }: { id: string; sha256: string; kernelVersion: string; scope: Scope },
  limit: number,
): Promise<SameModel[]> {
  return sql<SameModel[]>`
    with own as (
      select fingerprint from shape where sha256 = ${sha256} and kernel_version = ${kernelVersion}
    ), alike as (
      select 0 as rank, ${sha256} as sha256, 'same_file' as likeness, 1::float8 as scale
      union all
      select 1, shape.sha256, 'same_triangles', 1
      from own join shape using (fingerprint) where shape.kernel_version = ${kernelVersion}
      union all
      select case when mirrored then 3 else 2 end, likeness.sha256,
             case when mirrored then 'mirror_image' else 'same_shape' end, scale
      from own
      join shape as mine on mine.fingerprint = own.fingerprint and mine.kernel_version = ${kernelVersion}
      join shape_match on shape_match.sha256 = mine.sha256 and shape_match.kernel_version = ${kernelVersion}
      join shape as other on other.sha256 = shape_match.other and other.kernel_version = ${kernelVersion}
      join shape as likeness on likeness.fingerprint = other.fingerprint and likeness.kernel_version = ${kernelVersion}
    ), surest as (
      select distinct on (sha256) * from alike order by sha256, rank
    )
    select model.id as "modelId", file_name as "fileName", model.sha256, uploaded_at as "uploadedAt", likeness, scale
    from surest join model using (sha256)
    where model.id <> ${id} and (${scope}::uuid is null or model.tenant = ${scope} and exists (
      select from job where job.tenant = model.tenant and job.sha256 = model.sha256
        and job.kernel_version = ${kernelVersion} and job.state = 'done'))
    order by rank, uploaded_at desc, model.id limit ${limit}`;
}

/** Shapes about as full as this one, nearest first, one for each fingerprint: those among which similar ones are looked for. */
export async function findResembling(
  sql: Sql,
  own: OwnShape,
  { kernelVersion, within, limit }: { kernelVersion: string; within: number; limit: number },
): Promise<(Resembled & { sha256: string; fingerprint: string })[]> {
  const fullness = own.vector[0]!;
  return sql<(Resembled & { sha256: string; fingerprint: string })[]>`
    select sha256, fingerprint, vector, distances, walls from (
      select * from (
        select * from shape where kernel_version = ${kernelVersion} and vector is not null
          and vector[1] >= ${fullness}::float8 and vector[1] <= ${fullness * (1 + within)}::float8
        order by vector[1] limit ${limit}) as fuller
      union all
      select * from (
        select * from shape where kernel_version = ${kernelVersion} and vector is not null
          and vector[1] < ${fullness}::float8 and vector[1] >= ${fullness * (1 - within)}::float8
        order by vector[1] desc limit ${limit}) as emptier) as near
    where fingerprint <> ${own.fingerprint}`;
}

/** The newest model of each of these files. */
export async function newestModels(sql: Sql, hashes: readonly string[]): Promise<FoundModel[]> {
  return sql<FoundModel[]>`
    select distinct on (sha256) id as "modelId", file_name as "fileName", sha256, uploaded_at as "uploadedAt"
    from model where sha256 = any(${hashes}::text[]) order by sha256, uploaded_at desc`;
}

/** What items of these files were quoted at, newest first, so many for each file. */
export async function pastPrices(sql: Sql, hashes: readonly string[], each: number): Promise<Map<string, PastPrice[]>> {
  const rows = await sql<
    { sha256: string; quote: Pick<Quote, 'id' | 'orderId' | 'createdAt'>; item: Quote['items'][number] }[]
  >`
    select file.sha256, jsonb_build_object('id', priced.id, 'orderId', priced.order_id, 'createdAt', priced.created) as quote, item
    from unnest(${hashes}::text[]) as file (sha256)
    cross join lateral (
      select quote.id, quote.order_id, quote.body ->> 'createdAt' as created, item
      from quote_model
      join quote on quote.id = quote_model.quote_id
      cross join lateral jsonb_array_elements(quote.body -> 'items') as item
      where quote_model.sha256 = file.sha256 and item -> 'specification' ->> 'sha256' = file.sha256
        and jsonb_typeof(item -> 'total') = 'object'
      order by quote.created_at desc limit ${each}) as priced`;
  const prices = new Map<string, PastPrice[]>();
  for (const { sha256, quote, item } of rows) {
    const { fileName, unit, material, finish, quantity } = item.specification;
    const { unitPrice, total } = item;
    const price = { fileName, unit, material, finish, quantity, unitPrice, total: total! };
    const past = { quoteId: quote.id, orderId: quote.orderId, at: quote.createdAt, ...price };
    prices.set(sha256, [...(prices.get(sha256) ?? []), past]);
  }
  return prices;
}
