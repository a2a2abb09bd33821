import type { Actor } from '#contracts/identity';
import {
  type ChangePriceDraft,
  type MakePriceDraft,
  PRICE_LIST_ERRORS,
  type PriceDraft,
  type PriceListBody,
  type PriceListPage,
} from '#contracts/price-lists';
import { isoTime, newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { checkPriceList } from './check-price-list.ts';
import type { Desk } from './desk.ts';
import type { PriceList } from './price-list.ts';
import {
  countDrafts,
  deleteDraft,
  findDraft,
  findPriceList,
  insertDraft,
  listPriceLists,
  type StoredDraft,
  updateDraft,
  writeAudit,
} from './store-price-lists.ts';

const MOST_DRAFTS = 200;

export function bodyOf({
  version: _version,
  currency: _currency,
  validFrom: _from,
  ...body
}: PriceList): PriceListBody {
  return body;
}

/** @throws Fault `price_list.not_found` */
export async function priceListPage({ sql }: Desk, version: string): Promise<PriceListPage> {
  const [row] = await listPriceLists(sql, version);
  if (!row) throw new Fault(PRICE_LIST_ERRORS['price_list.not_found']);
  return { row, body: bodyOf(await findPriceList(sql, version)) };
}

/** @throws Fault `price_list.not_found` */
export async function draftPage(desk: Desk, id: string): Promise<PriceDraft> {
  const draft = await findDraft(desk.sql, id);
  if (!draft) throw new Fault(PRICE_LIST_ERRORS['price_list.not_found']);
  return withProblems(desk, draft);
}

/** @throws Fault `price_list.not_found`, `price_list.too_many_drafts` */
export async function makeDraft(desk: Desk, actor: Actor, { from, name }: MakePriceDraft): Promise<PriceDraft> {
  const { row, body } = await priceListPage(desk, from);
  if ((await countDrafts(desk.sql)) >= MOST_DRAFTS) throw new Fault(PRICE_LIST_ERRORS['price_list.too_many_drafts']);
  const { currency } = row;
  const draft = { id: newId(desk.clock), name, currency, basedOn: from, body, author: actor.name };
  await desk.sql.begin(async (tx) => {
    await insertDraft(tx, draft);
    await writeAudit(tx, { actor, action: 'draft_made', currency, subject: name, reason: from });
  });
  return draftPage(desk, draft.id);
}

/** Mistakes are stored as well: only publishing asks for none. @throws Fault `price_list.not_found`, `price_list.stale_draft` */
export async function changeDraft(desk: Desk, actor: Actor, id: string, change: ChangePriceDraft): Promise<PriceDraft> {
  const { currency } = await draftPage(desk, id);
  await desk.sql.begin(async (tx) => {
    if (!(await updateDraft(tx, { id, ...change }))) throw await staleOrGone(tx, id);
    await writeAudit(tx, { actor, action: 'draft_changed', currency, subject: change.name, reason: '' });
  });
  return draftPage(desk, id);
}

/** @throws Fault `price_list.not_found`, `price_list.stale_draft` */
export async function removeDraft(desk: Desk, actor: Actor, id: string, version: number): Promise<void> {
  const { currency, name } = await draftPage(desk, id);
  await desk.sql.begin(async (tx) => {
    if (!(await deleteDraft(tx, { id, version }))) throw await staleOrGone(tx, id);
    await writeAudit(tx, { actor, action: 'draft_deleted', currency, subject: name, reason: '' });
  });
}

/** Why a draft of this version is not there. */
export async function staleOrGone(sql: Sql, id: string): Promise<Fault> {
  const draft = await findDraft(sql, id);
  if (!draft) return new Fault(PRICE_LIST_ERRORS['price_list.not_found']);
  return new Fault(PRICE_LIST_ERRORS['price_list.stale_draft'], { members: { version: draft.version } });
}

function withProblems(desk: Desk, draft: StoredDraft): PriceDraft {
  return { ...draft, problems: checkPriceList(draft.body, isoTime(desk.clock)) };
}
