import type { Address } from '#contracts/orders';
import { MOST_ADDRESSES, type SavedAddress } from '#contracts/shop';
import type { Sql } from '#platform/database';

/** The last saved first. */
export async function listAddresses(sql: Sql, ownerId: string): Promise<SavedAddress[]> {
  return sql<SavedAddress[]>`
    select id, address, saved_at as "savedAt" from address where owner_id = ${ownerId}
    order by saved_at desc, id desc limit ${MOST_ADDRESSES}`;
}

export async function findAddress(sql: Sql, ownerId: string, addressId: string): Promise<SavedAddress | null> {
  const [row] = await sql<SavedAddress[]>`
    select id, address, saved_at as "savedAt" from address where id = ${addressId} and owner_id = ${ownerId}`;
  return row ?? null;
}

/** Adds or replaces. `full`: there is no room for another one; `foreign`: the id belongs to somebody else. */
export async function saveAddress(
  sql: Sql,
  ownerId: string,
  addressId: string,
  address: Address,
): Promise<SavedAddress | 'full' | 'foreign'> {
  return sql.begin(async (tx) => {
    // One at a time per owner, or two windows would both find room.
    await tx`select pg_advisory_xact_lock(hashtextextended(${`shop.address ${ownerId}`}, 0))`;
    const owned = await listAddresses(tx, ownerId);
    if (owned.length === MOST_ADDRESSES && !owned.some(({ id }) => id === addressId)) return 'full';
    const [saved] = await tx<SavedAddress[]>`
      insert into address as known (id, owner_id, address)
      values (${addressId}, ${ownerId}, ${tx.json(address)})
      on conflict (id) do update set address = excluded.address, saved_at = platform.now()
      where known.owner_id = excluded.owner_id
      returning id, address, saved_at as "savedAt"`;
    return saved ?? 'foreign';
  });
}

/** False when there is no such address of this owner. */
export async function deleteAddress(sql: Sql, ownerId: string, addressId: string): Promise<boolean> {
  const deleted = await sql`delete from address where id = ${addressId} and owner_id = ${ownerId} returning id`;
  return deleted.length === 1;
}
