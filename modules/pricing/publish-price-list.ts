import type { Currency } from '#contracts/basics';
import type { Actor } from '#contracts/identity';
import {
  type FixMetal,
  PRICE_LIST_ERRORS,
  type PriceListBody,
  type PriceListPage,
  type PublishPriceDraft,
} from '#contracts/price-lists';
import type { Sql } from '#platform/database';
import { Fault } from '#platform/http';
import { checkPriceList } from './check-price-list.ts';
import type { Desk } from './desk.ts';
import { bodyOf, priceListPage, staleOrGone } from './draft-price-list.ts';
import type { MaterialRate } from './price-list.ts';
import {
  addPriceList,
  deleteDraft,
  findDraft,
  livePriceList,
  lockPublishing,
  nextVersion,
  writeAudit,
} from './store-price-lists.ts';

const TWO_YEARS_MS = 2 * 366 * 86_400_000;

/**
 * Makes a list of a draft, live now or from a date on. To replace one that is scheduled, publish another for the same date
 * or a later one: the last one published counts.
 * @throws Fault `price_list.not_found`, `.stale_draft`, `.live_moved`, `.invalid`, `.valid_from`
 */
export async function publishDraft(
  desk: Desk,
  actor: Actor,
  id: string,
  { version, overLive, validFrom, reason }: PublishPriceDraft,
): Promise<PriceListPage> {
  const list = await desk.sql.begin(async (tx) => {
    const now = await lockPublishing(tx);
    const draft = await findDraft(tx, id);
    if (!draft || !(await deleteDraft(tx, { id, version }))) throw await staleOrGone(tx, id);
    const { currency, body } = draft;
    await refuseUnseen(tx, currency, overLive);
    const from = startOf(validFrom, now);
    return publish(tx, { body, currency, from, now }, { actor, reason, action: 'published' });
  });
  return priceListPage(desk, list);
}

/**
 * A list like the live one but for what some metals cost, at once. The others keep their fix.
 * @throws Fault `price_list.live_moved`, `price_list.invalid`
 */
export async function fixMetal(desk: Desk, actor: Actor, request: FixMetal): Promise<PriceListPage> {
  const { currency, overLive, reason } = request;
  const list = await desk.sql.begin(async (tx) => {
    const now = await lockPublishing(tx);
    await refuseUnseen(tx, currency, overLive);
    const live = bodyOf(await livePriceList(tx, currency));
    const body = withMetals(live, request);
    return publish(tx, { body, currency, from: now, now }, { actor, reason, action: 'metal_fixed' });
  });
  return priceListPage(desk, list);
}

function withMetals(body: PriceListBody, { metals, fixedAt }: FixMetal): PriceListBody {
  for (const { material } of metals) {
    const found = body.materials.find(({ id }) => id === material);
    if (found?.gram.kind === 'metal') continue;
    const message = `${material} is not a metal of the live price list`;
    throw invalid([{ field: '/metals', code: 'missing', message }]);
  }
  const fixed = (material: MaterialRate): MaterialRate => {
    const fix = metals.find((metal) => metal.material === material.id);
    if (!fix || material.gram.kind !== 'metal') return material;
    return { ...material, gram: { ...material.gram, spotPerGram: fix.spotPerGram, fixedAt } };
  };
  return { ...body, materials: body.materials.map(fixed) };
}

async function publish(
  tx: Sql,
  { body, currency, from, now }: { body: PriceListBody; currency: Currency; from: string; now: string },
  { actor, reason, action }: { actor: Actor; reason: string; action: 'published' | 'metal_fixed' },
): Promise<string> {
  const problems = checkPriceList(body, now);
  if (problems.length > 0) throw invalid(problems);
  const version = await nextVersion(tx, currency);
  const list = { ...body, version, currency, validFrom: from };
  if (!(await addPriceList(tx, list, { actor, reason }))) throw new Error(`The price list ${version} is there already`);
  await writeAudit(tx, { actor, action, currency, subject: version, reason });
  return version;
}

function invalid(problems: { field: string; code: string; message: string }[]): Fault {
  const { field, message } = problems[0]!;
  return new Fault(PRICE_LIST_ERRORS['price_list.invalid'], { detail: `${field}: ${message}`, members: { problems } });
}

async function refuseUnseen(tx: Sql, currency: Currency, overLive: string): Promise<void> {
  const live = await livePriceList(tx, currency);
  if (live.version === overLive) return;
  throw new Fault(PRICE_LIST_ERRORS['price_list.live_moved'], { members: { live: live.version } });
}

function startOf(validFrom: string | null, now: string): string {
  if (validFrom === null) return now;
  const wait = Date.parse(validFrom) - Date.parse(now);
  if (wait > 0 && wait <= TWO_YEARS_MS) return new Date(validFrom).toISOString();
  throw new Fault(PRICE_LIST_ERRORS['price_list.valid_from']);
}
