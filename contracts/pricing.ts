import { type Static, Type } from 'typebox';
import { Currency, Id, IsoTime, Money, Sha256, Unit } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import { LeadTier, Specification } from './orders.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

const Vector3 = Type.Tuple([Type.Number(), Type.Number(), Type.Number()]);

export const VERDICTS = ['closed', 'repaired', 'estimated', 'unusable'] as const;

export const MODEL_FORMATS = ['stl-binary', 'stl-ascii', 'obj', 'ply', '3mf', 'gltf', 'glb', 'step', '3dm'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What a calculation goes through, in this order. */
export const STAGES = ['reading', 'measuring', 'topology', 'thickness', 'pricing'] as const;
/** `share`: how much of the stage is done, 0 to 1. */
export const Progress = Type.Object(
  { stage: Type.Enum([...STAGES]), share: Type.Number({ minimum: 0, maximum: 1 }) },
  { $id: 'Progress', ...closed },
);
export type Progress = Static<typeof Progress>;

export const REPAIR_CODES = [
  'duplicate_faces_removed',
  'duplicate_shells_removed',
  'corners_welded',
  'faces_turned',
  'holes_filled',
] as const;

/** How the faces hang together, after what `repairs` names. Fields added since the first kernel are optional: stored reports lack them. */
export const Topology = Type.Object(
  {
    shells: Type.Integer({ description: 'Connected surfaces' }),
    openEdges: Type.Integer({ description: 'Edges with one face, as the file has them' }),
    nonManifoldEdges: Type.Integer({ description: 'Edges with more than two faces' }),
    flippedEdges: Type.Integer({ description: 'Edges whose two faces disagree about the outside' }),
    cavities: Type.Integer({ description: 'Closed hollows inside a body: powder or resin stays in them' }),
    cavityVolume: Type.Number({ description: 'Cubic file units' }),
  },
  { $id: 'Topology', ...closed },
);
export type Topology = Static<typeof Topology>;

/** A connected part of the surface under which the wall is thinner than `below`. */
export const ThinPatch = Type.Object(
  {
    below: Type.Number({ description: 'File units' }),
    at: Vector3,
    area: Type.Number({ description: 'Square file units' }),
    thinnest: Type.Number({ description: 'File units' }),
  },
  { $id: 'ThinPatch', ...closed },
);

/** Wall thickness by rays from the surface inwards, whatever limit is asked about later. File units. */
export const Thickness = Type.Object(
  {
    rays: Type.Integer({ description: 'Samples that met an opposite wall' }),
    p01: Type.Number({ description: 'A thousandth of the area has a thinner wall than this' }),
    /** [thickness, share of the area with a thinner wall], rising in both; straight lines in between. */
    curve: Type.Array(Type.Tuple([Type.Number(), Type.Number()])),
    /** The largest patches at each of a ladder of limits, thinnest limit first, largest patch first. */
    patches: Type.Array(ThinPatch),
  },
  { $id: 'Thickness', ...closed },
);
export type Thickness = Static<typeof Thickness>;

/** What the kernel measured, in the file's own units: kept for ever per (sha256, kernelVersion). */
export const GeometryReport = Type.Object(
  {
    sha256: Sha256,
    kernelVersion: Type.String(),
    format: Type.Enum([...MODEL_FORMATS]),
    bytes: Type.Integer(),
    /** The unit that the file itself names; null where it names none, as STL and OBJ do. */
    unit: Type.Optional(Nullable(Unit)),
    triangles: Type.Integer(),
    volume: Type.Number({ description: 'Cubic file units; never negative' }),
    volumeUncertainty: Type.Number({
      description: 'How much the volume of an open mesh may be off; 0 for a closed one',
    }),
    area: Type.Number({ description: 'Square file units' }),
    box: Type.Object({ min: Vector3, max: Vector3 }, closed),
    verdict: Type.Enum([...VERDICTS]),
    /** Machine codes, e.g. `inverted`, `open_boundary`; the UI translates them. */
    findings: Type.Array(Type.String()),
    /** What was put right before measuring. `volumeChange` is a share of the volume; null where it cannot be said. */
    repairs: Type.Array(
      Type.Object(
        {
          code: Type.Enum([...REPAIR_CODES]),
          faces: Type.Integer(),
          volumeChange: Nullable(Type.Number()),
        },
        closed,
      ),
    ),
    topology: Type.Optional(Topology),
    hullVolume: Type.Optional(Nullable(Type.Number({ description: 'Of the convex hull, cubic file units' }))),
    overhangArea: Type.Optional(
      Type.Number({ description: 'Facing down by more than 45° when built along z; square file units' }),
    ),
    /** Null where it cannot be said: an open mesh has no inside. */
    thickness: Type.Optional(Nullable(Thickness)),
    /** Derived files in the blob store: what the viewer shows. */
    views: Type.Optional(
      Type.Object({ mesh: Nullable(Sha256), heat: Nullable(Sha256), picture: Nullable(Sha256) }, closed),
    ),
    milliseconds: Type.Number(),
  },
  { $id: 'GeometryReport', ...closed },
);
export type GeometryReport = Static<typeof GeometryReport>;

/** A model somebody uploaded. POST /api/internal/v1/pricing/models?fileName=… with the file as the body. */
export const Model = Type.Object(
  {
    id: Id,
    sha256: Sha256,
    fileName: Type.String(),
    bytes: Type.Integer(),
    uploadedAt: IsoTime,
    state: Type.Enum(['queued', 'analysing', 'ready', 'failed', 'cancelled']),
    progress: Type.Optional(Nullable(Progress)),
    report: Nullable(GeometryReport),
    failure: Nullable(Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() }, closed)),
  },
  { $id: 'Model', ...closed },
);
export type Model = Static<typeof Model>;

export const PriceLine = Type.Object(
  { code: Type.String(), text: Type.String(), amount: Money, detail: Type.String() },
  { $id: 'PriceLine', ...closed },
);
export type PriceLine = Static<typeof PriceLine>;

export const QUOTE_STATES = ['queued', 'calculating', 'ready', 'needs_review', 'failed', 'cancelled'] as const;

/** The walls of a part against what its material needs. */
export const WallCheck = Type.Object(
  {
    limitMm: Type.Number(),
    shareBelow: Type.Number({ description: 'Share of the area whose wall is thinner than the limit, 0 to 1' }),
    p01Mm: Type.Number(),
    /** Largest first; `at` in file units. */
    patches: Type.Array(Type.Object({ at: Vector3, areaMm2: Type.Number(), thinnestMm: Type.Number() }, closed)),
  },
  { $id: 'WallCheck', ...closed },
);
export type WallCheck = Static<typeof WallCheck>;

/** The size looks wrong in the unit given, and right in another one: did the customer mean that? */
export const UnitQuestion = Type.Object(
  { suggested: Unit, longestMm: Type.Number(), suggestedLongestMm: Type.Number() },
  { $id: 'UnitQuestion', ...closed },
);
export type UnitQuestion = Static<typeof UnitQuestion>;

/** What so many pieces cost; `total` never falls as `quantity` rises. */
export const QuantityPrice = Type.Object(
  { quantity: Type.Integer({ minimum: 1 }), unitPrice: Money, total: Money },
  { $id: 'QuantityPrice', ...closed },
);
export type QuantityPrice = Static<typeof QuantityPrice>;

/** What the whole quote, with shipping and tax, would cost at this delivery time. Null: too large to be told. */
export const LeadTierTotal = Type.Object(
  { id: LeadTier, workingDays: Type.Integer(), total: Nullable(Money) },
  { $id: 'LeadTierTotal', ...closed },
);
export type LeadTierTotal = Static<typeof LeadTierTotal>;

export const QuoteItem = Type.Object(
  {
    id: Id,
    specification: Specification,
    state: Type.Enum([...QUOTE_STATES]),
    /** Why there is no price, as a code with a text and what to do. */
    problem: Nullable(Type.Object({ code: Type.String(), message: Type.String(), hint: Type.String() }, closed)),
    report: Nullable(GeometryReport),
    unitPrice: Nullable(Money),
    total: Nullable(Money),
    /** How `total` came about; adds up to it exactly. */
    breakdown: Type.Array(PriceLine),
    thickness: Type.Optional(Nullable(WallCheck)),
    unitQuestion: Type.Optional(Nullable(UnitQuestion)),
    /** Machine codes of what the buyer should know before ordering, e.g. `wall.thin`, `cavity.trapped`; the UI translates them. */
    warnings: Type.Optional(Type.Array(Type.String())),
    /** While it is calculated. */
    progress: Type.Optional(Nullable(Progress)),
    /** What other numbers of pieces would cost, on either side of the one asked for, fewest first. Only of a ready quote. */
    quantities: Type.Optional(Type.Array(QuantityPrice)),
  },
  { $id: 'QuoteItem', ...closed },
);
export type QuoteItem = Static<typeof QuoteItem>;

/** Immutable once ready: asking for something else makes another quote. */
export const Quote = Type.Object(
  {
    id: Id,
    version: Type.Integer({ minimum: 1 }),
    /** Whose it is: a customer's person id or a partner client's id. */
    tenant: Id,
    /** Set when an order waits for this quote. */
    orderId: Nullable(Id),
    state: Type.Enum([...QUOTE_STATES]),
    items: Type.Array(QuoteItem),
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Boolean(),
    shipping: Nullable(Money),
    tax: Nullable(Money),
    /** Items + shipping + tax; null until every item is priced. */
    total: Nullable(Money),
    priceListVersion: Type.String(),
    kernelVersion: Type.String(),
    createdAt: IsoTime,
    readyAt: Nullable(IsoTime),
    expiresAt: Nullable(IsoTime),
    /** What each delivery time would cost. Only of a ready quote; older ones lack it. */
    leadTiers: Type.Optional(Type.Array(LeadTierTotal)),
    /** Jobs ahead in the queue, and seconds until ready, while it waits. */
    queue: Nullable(Type.Object({ position: Type.Integer(), etaSeconds: Type.Number() }, closed)),
  },
  { $id: 'Quote', ...closed },
);
export type Quote = Static<typeof Quote>;

/** `quote.queued`, `quote.progress`, `quote.ready`, `quote.needs_review`, `quote.failed`: each the whole quote. */
export const QUOTE_EVENTS = [
  'quote.queued',
  'quote.progress',
  'quote.ready',
  'quote.needs_review',
  'quote.failed',
] as const;
export const QuoteEvent = Type.Object({ quote: Quote }, { $id: 'QuoteEvent', ...closed });
export type QuoteEvent = Static<typeof QuoteEvent>;

// ---- HTTP: /api/internal/v1/pricing ----

export const RequestedItem = Type.Object(
  {
    modelId: Id,
    unit: Unit,
    material: Type.String({ minLength: 1, maxLength: 64 }),
    finish: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  { $id: 'RequestedItem', ...closed },
);

/** POST /api/internal/v1/pricing/quotes → 201 when ready at once, 202 while it is calculated. */
export const RequestQuote = Type.Object(
  {
    items: Type.Array(RequestedItem, { minItems: 1, maxItems: 100 }),
    currency: Currency,
    leadTier: LeadTier,
    rush: Type.Optional(Type.Boolean()),
  },
  { $id: 'RequestQuote', ...closed },
);
export type RequestQuote = Static<typeof RequestQuote>;

/** GET /api/internal/v1/pricing/catalogue: what can be asked for. */
export const Catalogue = Type.Object(
  {
    priceListVersion: Type.String(),
    sample: Type.Boolean({ description: 'True: rates are examples, not a market price' }),
    currency: Currency,
    materials: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Type.Object({ en: Type.String(), ru: Type.String() }, closed),
          process: Type.String(),
          densityGramsPerCm3: Type.Number(),
          finishes: Type.Array(
            Type.Object(
              { id: Type.String(), name: Type.Object({ en: Type.String(), ru: Type.String() }, closed) },
              closed,
            ),
          ),
          minimumWallMm: Type.Number(),
        },
        closed,
      ),
    ),
    leadTiers: Type.Array(Type.Object({ id: LeadTier, workingDays: Type.Integer() }, closed)),
  },
  { $id: 'Catalogue', ...closed },
);
export type Catalogue = Static<typeof Catalogue>;

export { MODEL_REFUSALS } from './model-refusals.ts';

export const PRICING_ERRORS = errorCatalogue({
  'model.file_name_missing': {
    status: 400,
    title: 'The upload has no usable file name',
    hint: 'Give the name of the file in the query: ?fileName=ring.stl',
  },
  'model.too_many_bytes': {
    status: 429,
    title: 'You have uploaded a great deal today',
    hint: 'Upload again after the seconds in Retry-After, or ask us to raise the limit.',
  },
  'model.not_found': { status: 404, title: 'There is no such model', hint: 'Upload it, and use the id of the answer.' },
  'model.view_missing': {
    status: 404,
    title: 'There is nothing to show of this model',
    hint: 'Wait until it is measured. A model that could not be read has no picture.',
  },
  'quote.not_found': { status: 404, title: 'There is no such quote', hint: 'Ask for a new quote.' },
  'quote.model_unknown': {
    status: 422,
    title: 'A model of the quote is not yours, or is not there',
    hint: 'Upload the model and use the id of the answer.',
  },
  'quote.material_unknown': {
    status: 422,
    title: 'There is no such material or finish',
    hint: 'Choose from GET /api/internal/v1/pricing/catalogue.',
  },
  'quote.not_cancellable': {
    status: 409,
    title: 'The quote is finished, or an order waits for it',
    hint: 'Leave it: a quote that is not ordered expires by itself. To stop an order, cancel the order.',
  },
  'pricing.backlog_full': {
    status: 429,
    title: 'You have too many models waiting to be calculated',
    hint: 'Wait as long as Retry-After says, then go on.',
  },
  'pricing.overloaded': {
    status: 503,
    title: 'Too many models are waiting to be calculated',
    hint: 'Nothing was changed. Try again after the seconds in Retry-After.',
  },
  'storage.full': {
    status: 507,
    title: 'There is no room left for files',
    hint: 'Nothing was changed. Try again later, or tell the operator of this installation.',
  },
});
