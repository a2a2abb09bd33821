import { type Static, Type } from 'typebox';
import { Currency, Id, IsoTime, Money } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import { LeadTier } from './orders.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

// ---- HTTP: /api/internal/v1/pricing/price-lists and /price-drafts, for those who sell and administer ----

const Text = (maxLength: number) => Type.String({ maxLength });
const Names = Type.Object({ en: Text(120), ru: Text(120) }, closed);
/** Minor units of the list's currency; may be a fraction. */
const Rate = Type.Number();

export const ListedFinish = Type.Object({ id: Text(64), name: Names, perPiece: Rate, perCm2: Rate }, closed);

/** What a gram costs: a plain rate, or a metal by its fix. */
export const ListedGram = Type.Union([
  Type.Object({ kind: Type.Literal('rate'), perGram: Rate }, closed),
  Type.Object(
    {
      kind: Type.Literal('metal'),
      spotPerGram: Rate,
      fineness: Type.Number(),
      markup: Type.Number(),
      fixedAt: IsoTime,
    },
    closed,
  ),
]);

export const ListedMaterial = Type.Object(
  {
    id: Text(64),
    name: Names,
    process: Text(64),
    densityGramsPerCm3: Type.Number(),
    minimumWallMm: Type.Number(),
    /** From this sum of the box's sides on, this wall instead of `minimumWallMm`. */
    wallBySize: Type.Optional(
      Type.Array(Type.Object({ fromSumMm: Type.Number(), wallMm: Type.Number() }, closed), { maxItems: 10 }),
    ),
    /** Least sum of the box's sides. */
    leastSumMm: Type.Optional(Type.Number()),
    longestSideMm: Type.Object({ least: Type.Number(), most: Type.Number() }, closed),
    minimumLine: Rate,
    setup: Rate,
    machine: Type.Object({ perCm3: Rate, perBoxCm3: Rate, perMmHeight: Rate }, closed),
    gram: ListedGram,
    loss: Type.Number(),
    labour: Type.Object({ perPiece: Rate, perCm2: Rate }, closed),
    finishes: Type.Array(ListedFinish, { maxItems: 50 }),
    quantity: Type.Object({ floor: Type.Number(), half: Type.Number() }, closed),
  },
  { $id: 'ListedMaterial', ...closed },
);
export type ListedMaterial = Static<typeof ListedMaterial>;

/** The rates themselves; whether they make sense is told by `problems` of a draft. */
export const PriceListBody = Type.Object(
  {
    /** True: the rates are examples, not a market price. */
    sample: Type.Boolean(),
    materials: Type.Array(ListedMaterial, { maxItems: 200 }),
    leadTiers: Type.Array(Type.Object({ id: LeadTier, workingDays: Type.Integer(), factor: Type.Number() }, closed), {
      maxItems: 10,
    }),
    rushFactor: Type.Number(),
    shipping: Type.Object({ base: Rate, perKilogram: Rate }, closed),
    taxBasisPoints: Type.Integer(),
  },
  { $id: 'PriceListBody', ...closed },
);
export type PriceListBody = Static<typeof PriceListBody>;

export const PRICE_LIST_STATES = ['live', 'scheduled', 'past'] as const;

export const PriceListRow = Type.Object(
  {
    version: Type.String(),
    currency: Currency,
    state: Type.Enum([...PRICE_LIST_STATES]),
    sample: Type.Boolean(),
    materials: Type.Integer(),
    validFrom: IsoTime,
    addedAt: IsoTime,
    /** Null: the program came with it. */
    publishedBy: Nullable(Type.String()),
    reason: Type.String(),
  },
  { $id: 'PriceListRow', ...closed },
);
export type PriceListRow = Static<typeof PriceListRow>;
export const PriceListRows = Type.Object({ items: Type.Array(PriceListRow) }, closed);

/** GET price-lists/:version */
export const PriceListPage = Type.Object(
  { row: PriceListRow, body: PriceListBody },
  { $id: 'PriceListPage', ...closed },
);
export type PriceListPage = Static<typeof PriceListPage>;

export const PRICE_PROBLEM_CODES = ['missing', 'duplicate', 'out_of_range', 'not_in_order', 'not_fixed'] as const;
/** Why a draft cannot be published. */
export const PriceProblem = Type.Object(
  {
    field: Type.String({ description: 'JSON pointer into the body, e.g. /materials/0/setup' }),
    code: Type.Enum([...PRICE_PROBLEM_CODES]),
    message: Type.String(),
  },
  { $id: 'PriceProblem', ...closed },
);
export type PriceProblem = Static<typeof PriceProblem>;

const draftHead = {
  id: Id,
  name: Type.String(),
  currency: Currency,
  /** Version of the list that it was copied from. */
  basedOn: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  author: Type.String(),
  createdAt: IsoTime,
  changedAt: IsoTime,
} as const;
export const PriceDraftRow = Type.Object(draftHead, { $id: 'PriceDraftRow', ...closed });
export type PriceDraftRow = Static<typeof PriceDraftRow>;
export const PriceDraftRows = Type.Object({ items: Type.Array(PriceDraftRow) }, closed);

export const PriceDraft = Type.Object(
  { ...draftHead, body: PriceListBody, problems: Type.Array(PriceProblem) },
  { $id: 'PriceDraft', ...closed },
);
export type PriceDraft = Static<typeof PriceDraft>;

const DraftName = Type.String({ minLength: 1, maxLength: 120 });
const Reason = Type.String({ minLength: 1, maxLength: 500 });

/** POST price-drafts: a copy of a list. */
export const MakePriceDraft = Type.Object(
  { from: Type.String({ minLength: 1, maxLength: 64 }), name: DraftName },
  closed,
);
export type MakePriceDraft = Static<typeof MakePriceDraft>;

/** PUT price-drafts/:draftId; `version` is the one that was seen. */
export const ChangePriceDraft = Type.Object(
  { version: Type.Integer({ minimum: 1 }), name: DraftName, body: PriceListBody },
  closed,
);
export type ChangePriceDraft = Static<typeof ChangePriceDraft>;

/** POST price-drafts/:draftId/publish → the list. */
export const PublishPriceDraft = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    /** The list that was live when the publisher looked: nobody's price fix is undone unseen. */
    overLive: Type.String({ minLength: 1, maxLength: 64 }),
    /** Null: now. */
    validFrom: Nullable(IsoTime),
    reason: Reason,
  },
  closed,
);
export type PublishPriceDraft = Static<typeof PublishPriceDraft>;

/** POST price-lists/metal-fix: a list like the live one but for what these metals cost, valid at once. */
export const FixMetal = Type.Object(
  {
    currency: Currency,
    overLive: Type.String({ minLength: 1, maxLength: 64 }),
    fixedAt: IsoTime,
    metals: Type.Array(
      Type.Object({ material: Type.String({ minLength: 1, maxLength: 64 }), spotPerGram: Type.Number() }, closed),
      { minItems: 1, maxItems: 200 },
    ),
    reason: Reason,
  },
  closed,
);
export type FixMetal = Static<typeof FixMetal>;

export const MOST_QUOTES_TRIED = 2_000;
/** POST price-drafts/:draftId/what-if */
export const AskWhatIf = Type.Object(
  { quotes: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_QUOTES_TRIED })) },
  closed,
);

/** What a draft would have asked for past quotes. Sums are over those that have a price in both. */
export const WhatIf = Type.Object(
  {
    /** Quotes that were looked at, newest first. */
    quotes: Type.Integer(),
    priced: Type.Integer(),
    unchanged: Type.Integer(),
    /** Would be for a person. */
    lost: Type.Integer(),
    before: Money,
    after: Money,
    /** By relative change of the total: from ≤ change < to; null: without end. */
    histogram: Type.Array(
      Type.Object({ from: Nullable(Type.Number()), to: Nullable(Type.Number()), quotes: Type.Integer() }, closed),
    ),
    /** The ten whose total changes most, by share. */
    movers: Type.Array(
      Type.Object(
        {
          quoteId: Id,
          createdAt: IsoTime,
          fileName: Type.String(),
          before: Money,
          after: Money,
          change: Type.Number(),
        },
        closed,
      ),
    ),
    /** The ten newest that would have no price, and why. */
    lostQuotes: Type.Array(
      Type.Object({ quoteId: Id, createdAt: IsoTime, fileName: Type.String(), code: Type.String() }, closed),
    ),
  },
  { $id: 'WhatIf', ...closed },
);
export type WhatIf = Static<typeof WhatIf>;

export const PRICE_ACTIONS = ['draft_made', 'draft_changed', 'draft_deleted', 'published', 'metal_fixed'] as const;
export const PriceAudit = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: Id,
          at: IsoTime,
          person: Type.String(),
          action: Type.Enum([...PRICE_ACTIONS]),
          currency: Currency,
          subject: Type.String({ description: "The draft's name, or the list's version" }),
          reason: Type.String(),
        },
        closed,
      ),
    ),
  },
  { $id: 'PriceAudit', ...closed },
);
export type PriceAudit = Static<typeof PriceAudit>;

/** POST price-rechecks: stored quotes calculated again, by their ids from `after` on. */
export const AskRecheck = Type.Object(
  { after: Type.Optional(Id), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_000 })) },
  closed,
);
export const Recheck = Type.Object(
  {
    checked: Type.Integer(),
    /** The first hundred whose cents differ. */
    differing: Type.Array(
      Type.Object({ quoteId: Id, stored: Money, again: Nullable(Money), list: Type.String() }, closed),
    ),
    /** Pass it as `after`; null: that was the last. */
    next: Nullable(Id),
  },
  { $id: 'Recheck', ...closed },
);
export type Recheck = Static<typeof Recheck>;

export const PRICE_LIST_ERRORS = errorCatalogue({
  'price_list.not_found': {
    status: 404,
    title: 'There is no such price list or draft',
    hint: 'Look at the lists again: somebody may have published or deleted it.',
  },
  'price_list.stale_draft': {
    status: 409,
    title: 'Somebody else has changed this draft',
    hint: 'Load it again and repeat your change.',
  },
  'price_list.live_moved': {
    status: 409,
    title: 'Another price list has gone live meanwhile',
    hint: 'Compare with the one that is live now, then publish again.',
  },
  'price_list.invalid': {
    status: 422,
    title: 'The price list has mistakes',
    hint: 'Correct the fields named, then publish again.',
  },
  'price_list.valid_from': {
    status: 422,
    title: 'A price list starts now or within the next two years',
    hint: 'Choose a later date, or none to start now.',
  },
  'price_list.too_many_drafts': {
    status: 409,
    title: 'There are too many drafts',
    hint: 'Delete drafts that nobody needs.',
  },
  'price_list.busy': {
    status: 429,
    title: 'Past quotes are being calculated already',
    hint: 'Wait as long as Retry-After says, then go on.',
  },
});
