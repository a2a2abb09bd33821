import type { PendingQuery, Row } from 'postgres';
import type { BucketDigest } from '#contracts/order-truth';
import type { OrderDigest } from '#contracts/orders';
import type { Sql } from '#platform/database';

/** Where a room keeps one row for each order: id, `version` and `status` are what copies are compared by. */
export interface DigestTable {
  name: string;
  /** Name of the column with the order's id. */
  id: string;
  /** Which of its rows; begins with `and`. */
  where?: PendingQuery<Row[]>;
}

/** The same in every room: copies on different servers must come to the same hashes. */
function bucketOf(sql: Sql, { id }: DigestTable) {
  return sql`get_byte(uuid_send(${sql(id)}), 15)`;
}

/** Bucket by bucket, how many rows and the xor of their hashes. md5, for it is the same in every release of the server. */
export async function readBuckets(sql: Sql, table: DigestTable): Promise<BucketDigest[]> {
  return sql<BucketDigest[]>`
    select ${bucketOf(sql, table)} as bucket, count(*)::int as rows,
      bit_xor(('x' || left(md5(concat_ws(' ', ${sql(table.id)}, version, status)), 16))::bit(64)::bigint)::text as digest
    from ${sql(table.name)} where true ${table.where ?? sql``}
    group by 1 order by 1`;
}

export async function digestsOfBuckets(sql: Sql, table: DigestTable, buckets: readonly number[]) {
  return sql<OrderDigest[]>`
    select ${sql(table.id)} as id, version, status from ${sql(table.name)}
    where ${bucketOf(sql, table)} = any (${[...buckets]}::int[]) ${table.where ?? sql``}`;
}

export async function digestsOfIds(sql: Sql, table: DigestTable, ids: readonly string[], lock = false) {
  return sql<OrderDigest[]>`
    select ${sql(table.id)} as id, version, status from ${sql(table.name)}
    where ${sql(table.id)} = any (${[...ids]}::uuid[]) ${table.where ?? sql``}
    order by 1 ${lock ? sql`for update` : sql``}`;
}
