import { type Actor, tenantOf } from '#contracts/identity';
import type { SimilarModel, SimilarModels } from '#contracts/similar-models';
import { type Desk, mayRead } from './desk.ts';
import { KERNEL_VERSION, unlikeness } from './geometry/index.ts';
import { modelPage } from './quote-page.ts';
import {
  type FoundModel,
  findResembling,
  findSame,
  findShape,
  newestModels,
  type OwnShape,
  pastPrices,
} from './store-similar.ts';

const MOST_SAME = 50;
const MOST_SIMILAR = 12;
/** Further apart than this, nobody would call them similar. */
const SIMILAR = 0.25;
/** Looked through on either side for similar ones. */
const MOST_RESEMBLING = 1_000;
const WITHIN = 0.25;
const PRICES_EACH = 5;
/** Nobody's tenant: whoever may read what is nobody's may read everything. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

type Found = Omit<SimilarModel, 'prices'>;

/**
 * Models that are the same as this one, or like it: the owner's own (levels L0 to L2), or, for sellers, everybody's with what
 * they were quoted at, and similar ones (L3).
 * @throws Fault `model.not_found`, also for somebody else's
 */
export async function similarModels(desk: Desk, actor: Actor, id: string): Promise<SimilarModels> {
  const model = await modelPage(desk, actor, id);
  const isSeller = mayRead(actor, NOBODY);
  if (model.state !== 'ready') return { modelId: id, complete: model.state === 'failed', models: [] };
  const { sql } = desk;
  const { sha256 } = model;
  const scope = isSeller ? null : tenantOf(actor);
  const [shape, same] = await Promise.all([
    findShape(sql, sha256, KERNEL_VERSION),
    findSame(sql, { id, sha256, kernelVersion: KERNEL_VERSION, scope }, MOST_SAME),
  ]);
  const complete = shape?.isCompared ?? true;
  const found: Found[] = same.map((each) => ({ ...each, unlikeness: null }));
  if (!isSeller) return { modelId: id, complete, models: found.map((each) => ({ ...each, prices: [] })) };
  if (shape) found.push(...(await similarTo(desk, shape, new Set([sha256, ...same.map((each) => each.sha256)]))));
  const prices = await pastPrices(sql, [...new Set(found.map((each) => each.sha256))], PRICES_EACH);
  return { modelId: id, complete, models: found.map((each) => ({ ...each, prices: prices.get(each.sha256) ?? [] })) };
}

async function similarTo({ sql }: Desk, own: OwnShape, known: ReadonlySet<string>): Promise<Found[]> {
  const range = { kernelVersion: KERNEL_VERSION, within: WITHIN, limit: MOST_RESEMBLING };
  const near = new Map<string, { sha256: string; unlikeness: number }>();
  for (const { sha256, fingerprint, ...shape } of await findResembling(sql, own, range)) {
    const apart = unlikeness(own, shape);
    if (apart <= SIMILAR && !known.has(sha256)) near.set(fingerprint, { sha256, unlikeness: apart });
  }
  const nearest = [...near.values()].sort((a, b) => a.unlikeness - b.unlikeness).slice(0, MOST_SIMILAR);
  const models = new Map(
    (
      await newestModels(
        sql,
        nearest.map(({ sha256 }) => sha256),
      )
    ).map((model): [string, FoundModel] => [model.sha256, model]),
  );
  return nearest.flatMap(({ sha256, unlikeness: apart }): Found[] => {
    const model = models.get(sha256);
    return model ? [{ ...model, likeness: 'similar', scale: 1, unlikeness: apart }] : [];
  });
}
