import type { LeadTier } from '#contracts/orders';
import { type MadeModel, makeBracket, makePendant, makeRing } from '#pricing/geometry';

/** Where a demo order is left. */
export type Goal =
  | 'needs_review'
  | 'priced'
  | 'confirmed'
  | 'approved'
  | 'held'
  | 'in_production'
  | 'produced'
  | 'packed'
  | 'shipped'
  | 'closed'
  | 'cancelled'
  | 'rejected';

export interface DemoOrder {
  goal: Goal;
  buyer: 'customer' | 'secondCustomer';
  model: MadeModel;
  material: string;
  quantity: number;
  leadTier: LeadTier;
  rush: boolean;
  reference: string;
}

const MATERIALS: Record<'ring' | 'pendant' | 'bracket', readonly string[]> = {
  ring: ['silver-925', 'gold-585', 'brass'],
  pendant: ['silver-925', 'brass', 'resin'],
  bracket: ['steel-316l', 'pa12', 'resin'],
};
const TIERS: readonly LeadTier[] = ['standard', 'economy', 'express'];

/** How many of each: a shop on an ordinary day. Earlier stages come last, so that the newest orders are the open ones. */
const COUNTS: readonly (readonly [Goal, number])[] = [
  ['closed', 3],
  ['shipped', 4],
  ['cancelled', 2],
  ['rejected', 1],
  ['packed', 3],
  ['produced', 3],
  ['in_production', 6],
  ['approved', 6],
  ['held', 2],
  ['confirmed', 5],
  ['priced', 4],
  ['needs_review', 3],
];

/** The demo's orders, always the same ones: shapes and choices follow from the position in the list. */
export function demoOrders(): DemoOrder[] {
  const goals = COUNTS.flatMap(([goal, count]) => Array.from({ length: count }, () => goal));
  return goals.map((goal, i) => {
    const kind = (['ring', 'pendant', 'bracket'] as const)[i % 3]!;
    const model = modelOf(kind, i);
    return {
      goal,
      buyer: i % 4 === 3 ? 'secondCustomer' : 'customer',
      model: goal === 'needs_review' ? withHole(model) : model,
      material: MATERIALS[kind][Math.floor(i / 3) % 3]!,
      quantity: [1, 2, 1, 5, 3, 12][i % 6]!,
      leadTier: TIERS[Math.floor(i / 2) % 3]!,
      rush: i % 11 === 5,
      reference: i % 5 === 0 ? `PO-${2000 + i}` : '',
    };
  });
}

function modelOf(kind: 'ring' | 'pendant' | 'bracket', i: number): MadeModel {
  if (kind === 'ring') return makeRing({ diameter: 15.5 + (i % 9) * 0.5, width: 3 + (i % 4), thickness: 1.6 });
  if (kind === 'pendant')
    return makePendant({ diameter: 18 + (i % 7) * 2, thickness: 1.8, hole: 3, petals: 4 + (i % 5) });
  return makeBracket({ leg: 24 + (i % 6) * 4, thickness: 2.5, width: 18 + (i % 3) * 6, fold: 3 });
}

const HEADER_BYTES = 84;
const TRIANGLE_BYTES = 50;

/** The same model with some triangles missing: it cannot be priced without a person's look. */
function withHole(model: MadeModel): MadeModel {
  const triangles = model.triangles - 6;
  const stl = Buffer.from(model.stl.subarray(0, HEADER_BYTES + triangles * TRIANGLE_BYTES));
  stl.writeUInt32LE(triangles, 80);
  return { ...model, fileName: model.fileName.replace('.stl', '-open.stl'), stl, triangles };
}
