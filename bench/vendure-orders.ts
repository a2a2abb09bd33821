import { openDatabase } from '#platform/database';

const CUSTOMERS = 5_000;

/** Copies the one order that was placed, with all that belongs to it, so many times over the last thousand days. */
export async function seedVendure(url: string, orders: number): Promise<void> {
  const { sql, end } = openDatabase({ url, room: 'bench', max: 1 });
  try {
    await sql`set statement_timeout = 0`;
    await sql`set transaction_timeout = 0`;
    // Copies refer to copies: nothing to check, which is most of the time it takes.
    await sql`set session_replication_role = replica`;
    await sql`
      insert into customer ("firstName", "lastName", "emailAddress", "phoneNumber")
      select "firstName", "lastName" || n, n || "emailAddress", ''
      from customer, generate_series(1, ${CUSTOMERS}) n where id = 1`;
    await sql`insert into customer_channels_channel select id, 1 from customer where id > 1`;
    await sql`
      insert into "order" (type, code, state, active, "orderPlacedAt", "couponCodes", "shippingAddress", "billingAddress",
        "currencyCode", "customerId", "taxZoneId", "subTotal", "subTotalWithTax", shipping, "shippingWithTax")
      select type, 'COPY' || n, state, active, "orderPlacedAt" - n * (interval '1000 days' / ${orders}::int), "couponCodes",
        "shippingAddress", "billingAddress", "currencyCode", 2 + n % ${CUSTOMERS}, "taxZoneId", "subTotal", "subTotalWithTax",
        shipping, "shippingWithTax"
      from "order", generate_series(1, ${orders}) n where id = 1`;
    await sql`insert into order_channels_channel select id, 1 from "order" where id > 1`;
    for (const table of ['shipping_line', 'payment', 'history_entry']) {
      await sql`
        insert into ${sql(table)}
        select (jsonb_populate_record(row, jsonb_build_object('orderId', "order".id,
          'id', nextval(pg_get_serial_sequence(${table}, 'id'))))).*
        from ${sql(table)} row, "order" where row."orderId" = 1 and "order".id > 1`;
    }
    await sql`
      insert into order_line
      select (jsonb_populate_record(row, jsonb_build_object('orderId', line.id, 'shippingLineId', line.shipping,
        'id', nextval(pg_get_serial_sequence('order_line', 'id'))))).*
      from order_line row,
        (select o.id, s.id as shipping from "order" o join shipping_line s on s."orderId" = o.id where o.id > 1) line
      where row."orderId" = 1`;
    await sql`vacuum (analyze)`;
  } finally {
    await end();
  }
}
