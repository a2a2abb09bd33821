import { writeStl } from '../modules/pricing/geometry/model-maker.ts';
import { compareShapes } from '../modules/pricing/geometry/shape/compare-shapes.ts';
import { proposalOf, UNIT_RATIOS, vectorDistance } from '../modules/pricing/geometry/shape/shape-distance.ts';
import {
  type Known,
  known,
  mirrored,
  moved,
  scaled,
  series,
  shuffled,
  subdivided,
  withMesh,
} from '../modules/pricing/geometry/shape/shapes-under-test.ts';
import type { BaseModel, Corner, NearMiss } from './similar-models-made.ts';

/** What is done to every model; each must be found again. */
export const CHANGES = ['moved', 'moved, other unit', 'moved, subdivided', 'mirrored'] as const;
export type Change = (typeof CHANGES)[number];

export interface Count {
  asked: number;
  right: number;
  wrong: number;
}

export interface Trial {
  models: number;
  /** L1: the shuffled file has its model's fingerprint; `wrong`: any other file has. */
  sameTriangles: Count;
  /** L2 by what was done: found as the model itself (`mirrored`: as it or its mirror image); `wrong`: found as another one. */
  sameShape: Record<Change, Count>;
  /** Near misses that the numbers propose, and that the points confirm, of how many. */
  nearMisses: Record<NearMiss, { asked: number; reused: number; proposed: number; confirmed: number }>;
  /** Mirror images of models with a hand that were told to be that. */
  hands: Count;
  /** Smallest distance of the vectors of two different models, and largest one of a model and itself. */
  nearestOther: number;
  furthestSelf: number;
  describeMs: number[];
  compareMs: number[];
}

/** Finer ones would take minutes. */
const MOST_TO_SUBDIVIDE = 30_000;
/** Below this a shape has no clear hand. */
const HANDED = 1e-4;

interface Base extends Known {
  model: BaseModel;
}

/** Looks for every model, changed in every way, among all of them. */
export function trial(models: readonly BaseModel[], seed: number): Trial {
  const bases = models.flatMap((model): Base[] => {
    const found = known(writeStl(model.corners));
    return found.shape ? [{ ...found, model }] : [];
  });
  const result = emptyTrial(bases);
  const fingerprints = new Map(bases.map((base) => [base.fingerprint, base]));
  for (const [n, base] of bases.entries()) {
    const random = series(seed + n);
    const again = known(writeStl(shuffled(base.model.corners, random))).fingerprint;
    count(result.sameTriangles, {
      isRight: again === base.fingerprint,
      isWrong: again !== base.fingerprint && fingerprints.has(again),
    });
    for (const change of CHANGES) tryChange(result, { base, bases, fingerprints, change, random });
    for (const miss of base.model.nearMisses) tryMiss(result, base, miss, fingerprints);
  }
  return result;
}

function emptyTrial(bases: readonly Base[]): Trial {
  const none = (): Count => ({ asked: 0, right: 0, wrong: 0 });
  const misses = { asked: 0, reused: 0, proposed: 0, confirmed: 0 };
  return {
    models: bases.length,
    sameTriangles: none(),
    sameShape: { moved: none(), 'moved, other unit': none(), 'moved, subdivided': none(), mirrored: none() },
    nearMisses: {
      'engraving of 0.1 mm': { ...misses },
      'ring size ± ¼': { ...misses },
      'hole moved by 0.2 mm': { ...misses },
    },
    hands: none(),
    nearestOther: nearestOf(bases),
    furthestSelf: 0,
    describeMs: [],
    compareMs: [],
  };
}

function nearestOf(bases: readonly Base[]): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const [n, a] of bases.entries()) {
    for (const b of bases.slice(0, n)) nearest = Math.min(nearest, vectorDistance(a.shape!.vector, b.shape!.vector));
  }
  return nearest;
}

function count(into: Count, { isRight, isWrong }: { isRight: boolean; isWrong: boolean }): void {
  into.asked++;
  if (isRight) into.right++;
  if (isWrong) into.wrong++;
}

interface Asked {
  base: Base;
  bases: readonly Base[];
  fingerprints: ReadonlyMap<string, Base>;
  change: Change;
  random: () => number;
}

function tryChange(result: Trial, { base, bases, fingerprints, change, random }: Asked): void {
  const corners = changed(base.model.corners, change, random);
  if (!corners) return;
  const stl = writeStl(corners);
  const started = performance.now();
  const own = known(stl);
  result.describeMs.push(performance.now() - started);
  if (fingerprints.has(own.fingerprint)) result.sameTriangles.wrong++;
  result.furthestSelf = Math.max(result.furthestSelf, vectorDistance(own.shape!.vector, base.shape!.vector));
  const fits = fitsOf(stl, own, bases, result.compareMs);
  const self = fits.find((fit) => fit.base === base);
  const others = fits.filter((fit) => fit.base !== base);
  count(result.sameShape[change], { isRight: self !== undefined, isWrong: others.length > 0 });
  if (change !== 'mirrored' || Math.abs(base.shape!.chirality) <= HANDED) return;
  count(result.hands, { isRight: self?.mirrored === true, isWrong: self?.mirrored === false });
}

function changed(corners: readonly Corner[], change: Change, random: () => number): Corner[] | null {
  const mixed = shuffled(corners, random);
  if (change === 'moved, other unit') {
    const ratio = UNIT_RATIOS[1 + Math.floor(random() * (UNIT_RATIOS.length - 1))]!;
    const by = random() < 0.5 ? ratio : 1 / ratio;
    return moved(scaled(mixed, by), random, 50 * by);
  }
  if (change === 'moved, subdivided') {
    return corners.length / 3 > MOST_TO_SUBDIVIDE ? null : moved(subdivided(mixed), random, 50);
  }
  return moved(change === 'mirrored' ? mirrored(mixed) : mixed, random, 50);
}

/** The models that its numbers propose and its points confirm. */
function fitsOf(
  stl: Uint8Array,
  own: Known,
  bases: readonly Base[],
  compareMs: number[],
): { base: Base; mirrored: boolean }[] {
  const proposed = bases.flatMap((base) => {
    const proposal = proposalOf(own.shape!, base.shape!);
    return proposal ? [{ base, proposal }] : [];
  });
  if (proposed.length === 0) return [];
  const likenesses = proposed.map(({ base, proposal: { scale, mirrored: hand } }) => ({
    outline: base.shape!.outline,
    scale,
    ...(hand !== null && { mirrored: hand }),
  }));
  const fits = withMesh(stl, (mesh) => {
    const started = performance.now();
    const found = compareShapes(mesh, likenesses);
    compareMs.push(performance.now() - started);
    return found;
  });
  return proposed.flatMap(({ base }, at) => (fits[at] ? [{ base, mirrored: fits[at].mirrored }] : []));
}

function tryMiss(
  result: Trial,
  base: Base,
  { what, corners }: BaseModel['nearMisses'][number],
  fingerprints: ReadonlyMap<string, Base>,
): void {
  const stl = writeStl(corners);
  const own = known(stl);
  const into = result.nearMisses[what];
  into.asked++;
  if (fingerprints.has(own.fingerprint)) into.reused++;
  if (own.shape && proposalOf(own.shape, base.shape!)) into.proposed++;
  if (own.shape && fitsOf(stl, own, [base], []).length > 0) into.confirmed++;
}
