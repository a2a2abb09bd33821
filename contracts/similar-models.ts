import { type Static, Type } from 'typebox';
import { Id, IsoTime, Money, Sha256, Unit } from './basics.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** How two models are alike, surest first (docs/same-model.md). */
export const LIKENESS = ['same_file', 'same_triangles', 'same_shape', 'mirror_image', 'similar'] as const;
export type LikenessLevel = (typeof LIKENESS)[number];

/** What a part was quoted at before. */
export const PastPrice = Type.Object(
  {
    quoteId: Id,
    /** Null where no order was placed for it, or it was made before the order. */
    orderId: Nullable(Id),
    at: IsoTime,
    fileName: Type.String(),
    unit: Unit,
    material: Type.String(),
    finish: Type.String(),
    quantity: Type.Integer(),
    unitPrice: Nullable(Money),
    total: Money,
  },
  { $id: 'PastPrice', ...closed },
);
export type PastPrice = Static<typeof PastPrice>;

export const SimilarModel = Type.Object(
  {
    likeness: Type.Enum([...LIKENESS]),
    modelId: Id,
    fileName: Type.String(),
    sha256: Sha256,
    uploadedAt: IsoTime,
    scale: Type.Number({
      description: 'Its lengths by those of the model asked about: 25.4 where inches became millimetres',
    }),
    unlikeness: Nullable(Type.Number({ description: 'Of similar models: 0 for the same, rising' })),
    /** Newest first; sellers only. */
    prices: Type.Array(PastPrice),
  },
  { $id: 'SimilarModel', ...closed },
);
export type SimilarModel = Static<typeof SimilarModel>;

/** GET /api/internal/v1/pricing/models/:id/similar */
export const SimilarModels = Type.Object(
  {
    modelId: Id,
    /** False: it is still measured, or compared with others; ask again later. */
    complete: Type.Boolean(),
    /** Surest first, then nearest. The owner sees models of their own; sellers those of everybody. */
    models: Type.Array(SimilarModel),
  },
  { $id: 'SimilarModels', ...closed },
);
export type SimilarModels = Static<typeof SimilarModels>;
