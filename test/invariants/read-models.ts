import type { RoomName } from '#app/rooms';
import type { Violation, Witness } from './witness.ts';

interface Subject {
  id: string;
  /** What must be the same on both sides. */
  digest: string;
}

/** When quiet, every read model equals the truth. */
export async function readModelsEqual(witness: Witness): Promise<Violation[]> {
  return [
    ...(await crmEqual(witness)),
    ...(await shopEqual(witness)),
    ...(await partnersEqual(witness)),
    ...(await floorEqual(witness)),
    ...(await quotesEqual(witness)),
  ];
}

async function crmEqual({ database }: Witness): Promise<Violation[]> {
  const truth = await database('orders')<Subject[]>`
    select id, concat_ws(' ', version, version, status, body #>> '{buyer,id}', body ->> 'number', md5(body::text)) as digest
    from orders.orders`;
  const model = await database('crm')<Subject[]>`
    select r.id, concat_ws(' ', r.version, d.version, r.status, r.buyer_id, r.number, md5(d.body::text)) as digest
    from crm.order_row r left join crm.order_document d on d.order_id = r.id`;
  return compared('crm', truth, model);
}

async function shopEqual({ database }: Witness): Promise<Violation[]> {
  const truth = await database('orders')<Subject[]>`
    select id, concat_ws(' ', version, status, body #>> '{buyer,id}') as digest
    from orders.orders where body #>> '{buyer,kind}' = 'customer'`;
  const model = await database('shop')<Subject[]>`
    select id, concat_ws(' ', version, status, buyer_id) as digest from shop.order_view`;
  return compared('shop', truth, model);
}

async function partnersEqual({ database }: Witness): Promise<Violation[]> {
  const truth = await database('orders')<Subject[]>`
    select id, concat_ws(' ', version, status, body #>> '{buyer,id}') as digest
    from orders.orders where body #>> '{buyer,kind}' = 'partner'`;
  const model = await database('partners')<Subject[]>`
    select id, concat_ws(' ', version, status, client_id) as digest from partners.order_view`;
  return compared('partners', truth, model);
}

/** The floor has the orders that are or were its business, and counts the same pieces. */
async function floorEqual({ database }: Witness): Promise<Violation[]> {
  const truth = await database('orders')<Subject[]>`
    select o.id, concat_ws(' ', version, status,
      (select string_agg(concat_ws(':', i ->> 'id', i ->> 'made', i ->> 'scrapped', i ->> 'productionVersion'), ' '
         order by i ->> 'id') from jsonb_array_elements(body -> 'items') i)) as digest
    from orders.orders o
    where status not in ('submitted', 'needs_review', 'priced', 'confirmed', 'rejected')`;
  const model = await database('mes')<Subject[]>`
    select o.order_id as id, concat_ws(' ', o.version, o.status,
      (select string_agg(concat_ws(':', i.item_id, i.made, i.scrapped, i.version), ' ' order by i.item_id::text)
       from mes.floor_item i where i.order_id = o.order_id)) as digest
    from mes.floor_order o`;
  return compared('mes', truth, model);
}

/** A cancelled quote is not published: readers keep what it was before. */
async function quotesEqual({ database }: Witness): Promise<Violation[]> {
  const pricing = database('pricing');
  const shown = await pricing<Subject[]>`
    select id, concat_ws(' ', version, state) as digest from pricing.quote where state <> 'cancelled'`;
  const priced = await pricing<Subject[]>`
    select id, concat_ws(' ', version, state) as digest from pricing.quote where state in ('ready', 'needs_review')`;
  const known = new Set((await pricing<{ id: string }[]>`select id from pricing.quote`).map(({ id }) => id));
  const ofShop = await database('shop')<Subject[]>`
    select id, concat_ws(' ', version, summary ->> 'state') as digest from shop.quote`;
  const ofCrm = await database('crm')<Subject[]>`
    select id, concat_ws(' ', version, body ->> 'state') as digest from crm.quote`;
  const cancelled = (truth: readonly Subject[]) => {
    const there = new Set(truth.map(({ id }) => id));
    return ({ id }: Subject) => there.has(id) || !known.has(id);
  };
  return [
    ...compared('shop.quote', shown, ofShop.filter(cancelled(shown))),
    ...compared('crm.quote', priced, ofCrm.filter(cancelled(priced))),
  ];
}

function compared(model: RoomName | `${RoomName}.quote`, truth: readonly Subject[], shown: readonly Subject[]) {
  const left = new Map(shown.map(({ id, digest }) => [id, digest]));
  const found: Violation[] = [];
  const say = (orderId: string, detail: string) => found.push({ invariant: 'read-models-equal', orderId, detail });
  for (const { id, digest } of truth) {
    const seen = left.get(id);
    left.delete(id);
    if (seen === undefined) say(id, `${model} has not got it; it is ${digest}`);
    else if (seen !== digest) say(id, `${model} shows ${seen}; it is ${digest}`);
  }
  for (const [id, digest] of left) say(id, `${model} shows ${digest}; there is no such thing`);
  return found;
}

/** Nobody who kept looking saw an order go back in time. */
export async function versionsNeverBack({ ledger }: Witness): Promise<Violation[]> {
  const highest = new Map<string, number>();
  return ledger.watched.flatMap(({ model, orderId, version }) => {
    const key = `${model} ${orderId}`;
    const before = highest.get(key) ?? 0;
    highest.set(key, Math.max(before, version));
    if (version >= before) return [];
    const detail = `${model} showed version ${before} and then ${version}`;
    return [{ invariant: 'versions-never-back', orderId, detail }];
  });
}

/** Whoever wrote something was shown it, whichever server answered. */
export async function ownWritesSeen({ ledger }: Witness): Promise<Violation[]> {
  return ledger.ownWrites.flatMap(({ writerId, what, isShown }) => {
    if (isShown) return [];
    return [
      { invariant: 'own-writes-seen', detail: `${writerId} wrote ${what} and was then shown a state without it` },
    ];
  });
}

/** Nothing of one customer or partner was shown to another. */
export async function nothingForeign({ ledger }: Witness): Promise<Violation[]> {
  return ledger.shown.flatMap(({ readerId, orderId, buyerId, where }) => {
    if (readerId === buyerId) return [];
    return [{ invariant: 'nothing-foreign', orderId, detail: `${where} showed ${readerId} what is ${buyerId}’s` }];
  });
}
