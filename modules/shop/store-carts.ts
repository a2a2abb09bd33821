import type { Quote } from '#contracts/pricing';
import { type Cart, MOST_CARTS, type SaveCart } from '#contracts/shop';
import type { Sql } from '#platform/database';

export type CartContent = Omit<SaveCart, 'version'>;

export async function findCart(sql: Sql, ownerId: string, cartId: string): Promise<Cart | null> {
  const [cart] = await sql<Cart[]>`${carts(sql)} where cart.id = ${cartId} and cart.owner_id = ${ownerId}`;
  return cart ?? null;
}

/** The drafts, last changed first. */
export async function listCarts(sql: Sql, ownerId: string): Promise<Cart[]> {
  return sql<Cart[]>`${carts(sql)} where cart.owner_id = ${ownerId} and cart.order_id is null
    order by cart.updated_at desc, cart.id desc limit ${MOST_CARTS}`;
}

function carts(sql: Sql) {
  return sql`
    select cart.id, cart.version, cart.items, cart.currency, cart.lead_tier as "leadTier", cart.rush,
      cart.quote_id as "quoteId", cart.order_id as "orderId", cart.updated_at as "updatedAt",
      q.summary as quote
    from cart left join quote q on q.id = cart.quote_id and q.tenant = cart.owner_id`;
}

/** False when the id is taken. Beyond `MOST_CARTS` drafts the owner's oldest ones make room. */
export async function insertCart(sql: Sql, ownerId: string, cartId: string, content: CartContent): Promise<boolean> {
  const { items, currency, leadTier, rush, quoteId } = content;
  return sql.begin(async (tx) => {
    const inserted = await tx`
      insert into cart (id, owner_id, items, currency, lead_tier, rush, quote_id)
      values (${cartId}, ${ownerId}, ${tx.json(items)}, ${currency}, ${leadTier}, ${rush}, ${quoteId})
      on conflict do nothing returning id`;
    await tx`
      delete from cart where id in (
        select id from cart where owner_id = ${ownerId} and order_id is null
        order by updated_at desc, id desc offset ${MOST_CARTS})`;
    return inserted.length === 1;
  });
}

/** False when there is no such draft of this owner with this version, or it was ordered. */
export async function updateCart(
  sql: Sql,
  ownerId: string,
  cartId: string,
  { version, items, currency, leadTier, rush, quoteId }: SaveCart,
): Promise<boolean> {
  const updated = await sql`
    update cart set version = version + 1, items = ${sql.json(items)}, currency = ${currency},
      lead_tier = ${leadTier}, rush = ${rush}, quote_id = ${quoteId}, updated_at = platform.now()
    where id = ${cartId} and owner_id = ${ownerId} and version = ${version} and order_id is null
    returning id`;
  return updated.length === 1;
}

export async function markOrdered(sql: Sql, ownerId: string, cartId: string, orderId: string): Promise<void> {
  await sql`
    update cart set order_id = ${orderId}, updated_at = platform.now()
    where id = ${cartId} and owner_id = ${ownerId} and order_id is null`;
}

/** False when there is no such draft of this owner. */
export async function deleteCart(sql: Sql, ownerId: string, cartId: string): Promise<boolean> {
  const deleted = await sql`
    delete from cart where id = ${cartId} and owner_id = ${ownerId} and order_id is null returning id`;
  return deleted.length === 1;
}

/** Each quote at most once in `quotes`. */
export async function upsertQuotes(sql: Sql, quotes: readonly Quote[]): Promise<void> {
  const rows = quotes.map(({ id, version, tenant, state, total, expiresAt }) => {
    return { id, version, tenant, summary: { state, total, expiresAt } };
  });
  await sql`
    insert into quote as known (id, version, tenant, summary)
    select id, version, tenant, summary
    from jsonb_populate_recordset(null::quote, ${sql.json(rows)})
    on conflict (id) do update set version = excluded.version, summary = excluded.summary,
      changed_at = platform.now()
    where known.version < excluded.version`;
}
