import { type Static, Type } from 'typebox';
import { Id, IsoTime, Money, Page, Sha256, Unit } from './basics.ts';
import { errorCatalogue } from './errors.ts';
import { Address, OrderStatus } from './orders.ts';

const closed = { additionalProperties: false } as const;
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Reason = Type.String({ minLength: 1, maxLength: 500 });
const Pieces = Type.Integer({ minimum: 1, maximum: 100_000 });

/**
 * `production.started` (first operation of an item), `production.made` (a job of an item is done),
 * `production.scrapped` (pieces lost; a remake job exists). Each carries the item's whole production state, so that
 * repeats and reordering do no harm: the reader keeps the higher `version`.
 */
export const PRODUCTION_EVENTS = ['production.started', 'production.made', 'production.scrapped'] as const;
export const ProductionEvent = Type.Object(
  {
    orderId: Id,
    itemId: Id,
    /** Of this item's production record; +1 by every fact. */
    version: Type.Integer({ minimum: 1 }),
    startedAt: IsoTime,
    /** Good pieces that passed the last operation, in all jobs. */
    made: Type.Integer({ minimum: 0 }),
    scrapped: Type.Integer({ minimum: 0 }),
    /** True when no job of the item is open. */
    done: Type.Boolean(),
    actor: Type.Object({ id: Type.String(), name: Type.String() }, closed),
    reason: Type.String(),
  },
  { $id: 'ProductionEvent', ...closed },
);
export type ProductionEvent = Static<typeof ProductionEvent>;

// ---- HTTP: /api/internal/v1/mes ----

/** `waiting → ready → claimed → running ⇄ paused → done`; `stopped` when the order was cancelled or no piece is left. */
export const OPERATION_STATES = ['waiting', 'ready', 'claimed', 'running', 'paused', 'done', 'stopped'] as const;
export const OperationState = Type.Enum([...OPERATION_STATES]);
export type OperationState = Static<typeof OperationState>;

/** Why a job exists: first making, pieces scrapped, pieces sent back, part of another job. */
export const JOB_KINDS = ['original', 'remake', 'rework', 'split'] as const;
export const JobKind = Type.Enum([...JOB_KINDS]);
export type JobKind = Static<typeof JobKind>;

const Name = Type.Object({ en: Type.String(), ru: Type.String() }, closed);

/** A place where operations are done. `mayWork`: the asking person may claim here. */
export const WorkCentre = Type.Object(
  { id: Type.String(), name: Name, mayWork: Type.Boolean(), ready: Type.Integer(), waiting: Type.Integer() },
  { $id: 'WorkCentre', ...closed },
);
export type WorkCentre = Static<typeof WorkCentre>;
/** GET /work-centres; `operations` names every operation code that a route may have. */
export const WorkCentres = Type.Object(
  { items: Type.Array(WorkCentre), operations: Type.Array(Type.Object({ code: Type.String(), name: Name }, closed)) },
  { $id: 'WorkCentres', ...closed },
);
export type WorkCentres = Static<typeof WorkCentres>;

/** Who has an operation, since when, and until when it must be started. */
export const Holder = Type.Object(
  { id: Id, name: Type.String(), at: IsoTime, expiresAt: Nullable(IsoTime) },
  { $id: 'Holder', ...closed },
);
export type Holder = Static<typeof Holder>;

/** What an operation that nobody can start waits for. */
export const WaitsFor = Type.Object(
  {
    code: Type.Enum(['previous_operation', 'hold']),
    /** The reason of the hold; the code of the operation before. */
    text: Type.String(),
    /** State and holder of the operation before; null for a hold. */
    state: Nullable(OperationState),
    holder: Nullable(Type.String()),
  },
  { $id: 'WaitsFor', ...closed },
);
export type WaitsFor = Static<typeof WaitsFor>;

/** One operation as every list of the floor shows it. */
export const OperationRow = Type.Object(
  {
    id: Id,
    version: Type.Integer({ minimum: 1 }),
    state: OperationState,
    /** What is done, e.g. `cast`; GET /work-centres names it. */
    code: Type.String(),
    step: Type.Integer({ minimum: 1 }),
    steps: Type.Integer({ minimum: 1 }),
    workCentre: Type.String(),
    orderId: Id,
    orderNumber: Type.String(),
    itemId: Id,
    line: Type.Integer(),
    jobId: Id,
    jobSerial: Type.Integer(),
    jobKind: JobKind,
    fileName: Type.String(),
    material: Type.String(),
    finish: Type.String(),
    quantity: Type.Integer(),
    good: Type.Integer(),
    scrapped: Type.Integer(),
    rush: Type.Boolean(),
    dueAt: Nullable(IsoTime),
    placedAt: IsoTime,
    /** For one good piece. Fixed by the claim; before it the rate in force. */
    rate: Money,
    /** `rate` for all pieces that can still be good. */
    pay: Money,
    normSeconds: Type.Integer({ description: 'Expected time for all its pieces' }),
    holder: Nullable(Holder),
    workedSeconds: Type.Integer({ description: 'Closed intervals of all who worked on it' }),
    runningSince: Nullable(IsoTime),
    waitsFor: Nullable(WaitsFor),
  },
  { $id: 'OperationRow', ...closed },
);
export type OperationRow = Static<typeof OperationRow>;

/** GET /queue (startable at my work centres) and GET /waiting (the rest, and why). `claims` of `cap` are mine now. */
export const OperationPage = Type.Object(
  {
    items: Type.Array(OperationRow),
    next: Nullable(Type.String()),
    asOf: IsoTime,
    claims: Type.Integer(),
    cap: Type.Integer(),
  },
  { $id: 'OperationPage', ...closed },
);
export type OperationPage = Static<typeof OperationPage>;

/** GET /my-work: what I hold, and what I finished today on the floor's clock. */
export const MyWork = Type.Object(
  {
    held: Type.Array(OperationRow),
    finished: Type.Array(OperationRow),
    asOf: IsoTime,
    claims: Type.Integer(),
    cap: Type.Integer(),
  },
  { $id: 'MyWork', ...closed },
);
export type MyWork = Static<typeof MyWork>;

export const OperationChange = Type.Object(
  { version: Type.Integer(), at: IsoTime, name: Type.String(), by: Type.String(), text: Type.String() },
  { $id: 'OperationChange', ...closed },
);

/** GET /operations/:operationId */
export const OperationCard = Type.Object(
  {
    operation: OperationRow,
    modelId: Id,
    sha256: Sha256,
    unit: Unit,
    process: Type.String(),
    note: Type.String(),
    jobReason: Type.String(),
    orderStatus: OrderStatus,
    route: Type.Array(
      Type.Object(
        {
          id: Id,
          step: Type.Integer(),
          code: Type.String(),
          workCentre: Type.String(),
          state: OperationState,
          holder: Nullable(Type.String()),
        },
        closed,
      ),
    ),
    history: Type.Array(OperationChange),
  },
  { $id: 'OperationCard', ...closed },
);
export type OperationCard = Static<typeof OperationCard>;

const CommandId = { commandId: Id } as const;

/** POST /operations/:operationId/<verb>, the body per verb. The same command id of the same person gets the same answer. */
export const OPERATION_COMMANDS = {
  /** `rateMinor` is the rate that the person saw: another one in force refuses the claim. */
  claim: Type.Object({ ...CommandId, rateMinor: Type.Optional(Type.Integer({ minimum: 0 })) }, closed),
  release: Type.Object({ ...CommandId }, closed),
  start: Type.Object({ ...CommandId }, closed),
  pause: Type.Object({ ...CommandId }, closed),
  /** Good and newly scrapped pieces: together all that were not scrapped before. A scrap needs its reason. */
  finish: Type.Object(
    {
      ...CommandId,
      good: Type.Integer({ minimum: 0, maximum: 100_000 }),
      scrapped: Type.Integer({ minimum: 0, maximum: 100_000 }),
      reason: Type.Optional(Reason),
    },
    closed,
  ),
  scrap: Type.Object({ ...CommandId, quantity: Pieces, reason: Reason }, closed),
  /** Sends pieces back to an earlier step, whose credit for them is reversed. */
  rework: Type.Object(
    { ...CommandId, quantity: Pieces, toStep: Type.Integer({ minimum: 1, maximum: 100 }), reason: Reason },
    closed,
  ),
  split: Type.Object({ ...CommandId, quantity: Pieces }, closed),
  reassign: Type.Object({ ...CommandId, personId: Id, reason: Reason }, closed),
} as const;
export type OperationCommandName = keyof typeof OPERATION_COMMANDS;
export type OperationCommandBody<Name extends OperationCommandName> = Static<(typeof OPERATION_COMMANDS)[Name]>;

/** The answer to every operation command. */
export const OperationAnswer = Type.Object(
  {
    operationId: Id,
    version: Type.Integer(),
    state: OperationState,
    quantity: Type.Integer(),
    good: Type.Integer(),
    scrapped: Type.Integer(),
    rate: Nullable(Money),
    /** What this command put into the ledger for the person. */
    credited: Nullable(Money),
    /** The next operation of the job, when this command made it ready. */
    next: Nullable(Type.Object({ id: Id, code: Type.String(), workCentre: Type.String() }, closed)),
    /** The remake, rework or split job that this command opened. */
    openedJobId: Nullable(Id),
    repeated: Type.Boolean(),
  },
  { $id: 'OperationAnswer', ...closed },
);
export type OperationAnswer = Static<typeof OperationAnswer>;

/** GET /board: the floor at a glance, for the foreman and the wall. */
export const Board = Type.Object(
  {
    asOf: IsoTime,
    workCentres: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Name,
          waiting: Type.Integer(),
          ready: Type.Integer(),
          held: Type.Integer(),
          /** Ready and past due. */
          late: Type.Integer(),
          oldestReadyAt: Nullable(IsoTime),
          /** Claimed, running and paused, the first 50. */
          inWork: Type.Array(OperationRow),
        },
        closed,
      ),
    ),
  },
  { $id: 'Board', ...closed },
);
export type Board = Static<typeof Board>;

/** An operator as the foreman sees and sets them. `workCentres` null: everywhere their roles allow. */
export const Operator = Type.Object(
  {
    personId: Id,
    name: Type.String(),
    claimCap: Type.Integer({ minimum: 0, maximum: 50 }),
    workCentres: Nullable(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 })),
    claims: Type.Integer(),
  },
  { $id: 'Operator', ...closed },
);
export type Operator = Static<typeof Operator>;
export const Operators = Type.Object({ items: Type.Array(Operator) }, { $id: 'Operators', ...closed });
export type Operators = Static<typeof Operators>;

/** PUT /operators/:personId */
export const SetOperator = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    claimCap: Type.Integer({ minimum: 0, maximum: 50 }),
    workCentres: Nullable(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 })),
  },
  { $id: 'SetOperator', ...closed },
);
export type SetOperator = Static<typeof SetOperator>;

export const Rate = Type.Object({ operation: Type.String(), rate: Money }, { $id: 'Rate', ...closed });
export type Rate = Static<typeof Rate>;
/** GET /rates; PUT /rates/:operation with `{minor}`. A claim that is already made keeps its rate. */
export const Rates = Type.Object({ items: Type.Array(Rate) }, { $id: 'Rates', ...closed });
export type Rates = Static<typeof Rates>;
export const SetRate = Type.Object({ minor: Type.Integer({ minimum: 0, maximum: 100_000_000 }) }, closed);

// ---- packing ----

export const Parcel = Type.Object(
  {
    id: Id,
    carrier: Type.String(),
    trackingNumber: Type.String(),
    at: IsoTime,
    by: Type.String(),
    lines: Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer() }, closed)),
  },
  { $id: 'Parcel', ...closed },
);
export type Parcel = Static<typeof Parcel>;

/** GET /packing (orders produced or packed, urgent first) and GET /orders/lookup?code= (scanned or typed). */
export const PackingOrder = Type.Object(
  {
    orderId: Id,
    number: Type.String(),
    /** What `pack` and `ship` must name. */
    version: Type.Integer(),
    status: OrderStatus,
    hold: Nullable(Type.String()),
    rush: Type.Boolean(),
    dueAt: Nullable(IsoTime),
    placedAt: IsoTime,
    buyerName: Type.String(),
    deliveryAddress: Address,
    items: Type.Array(
      Type.Object(
        {
          itemId: Id,
          line: Type.Integer(),
          fileName: Type.String(),
          material: Type.String(),
          finish: Type.String(),
          quantity: Type.Integer(),
          made: Type.Integer(),
          packed: Type.Integer(),
          shipped: Type.Integer(),
        },
        closed,
      ),
    ),
    parcels: Type.Array(Parcel),
  },
  { $id: 'PackingOrder', ...closed },
);
export type PackingOrder = Static<typeof PackingOrder>;
export const PackingPage = Page(PackingOrder);
export type PackingPage = Static<typeof PackingPage>;

/** POST /orders/:orderId/pack */
export const PackOrder = Type.Object({ ...CommandId, version: Type.Integer({ minimum: 1 }) }, closed);
/** POST /orders/:orderId/ship */
export const ShipOrder = Type.Object(
  {
    ...CommandId,
    version: Type.Integer({ minimum: 1 }),
    carrier: Type.String({ minLength: 1, maxLength: 100 }),
    trackingNumber: Type.String({ minLength: 1, maxLength: 100 }),
    lines: Type.Optional(
      Type.Array(Type.Object({ itemId: Id, quantity: Type.Integer({ minimum: 1 }) }, closed), {
        minItems: 1,
        maxItems: 100,
      }),
    ),
  },
  closed,
);
/** What `orders` answered; `parcelId` once shipped: its label is at GET /parcels/:parcelId/label.pdf */
export const PackAnswer = Type.Object(
  { orderId: Id, number: Type.String(), version: Type.Integer(), status: OrderStatus, parcelId: Nullable(Id) },
  { $id: 'PackAnswer', ...closed },
);
export type PackAnswer = Static<typeof PackAnswer>;

// ---- pay ----

/** `credit` at finish, `cancelled` for work that an order's cancellation broke off, `reversal` of one of those. */
export const PAY_KINDS = ['credit', 'cancelled', 'reversal'] as const;

export const PayEntry = Type.Object(
  {
    id: Id,
    kind: Type.Enum([...PAY_KINDS]),
    at: IsoTime,
    operationId: Id,
    operationCode: Type.String(),
    orderNumber: Type.String(),
    line: Type.Integer(),
    quantity: Type.Integer(),
    rate: Money,
    /** Negative for a reversal. */
    amount: Money,
    reverses: Nullable(Id),
    reason: Type.String(),
    recordedBy: Type.String(),
  },
  { $id: 'PayEntry', ...closed },
);
export type PayEntry = Static<typeof PayEntry>;

/** GET /pay?period=2026-11 — newest first; `total` of the whole period. */
export const PayPage = Type.Object(
  {
    personId: Id,
    period: Type.String(),
    total: Money,
    items: Type.Array(PayEntry),
    next: Nullable(Type.String()),
  },
  { $id: 'PayPage', ...closed },
);
export type PayPage = Static<typeof PayPage>;

/** POST /pay/:entryId/reverse */
export const ReversePay = Type.Object({ ...CommandId, quantity: Pieces, reason: Reason }, closed);

// ---- live ----

/** What GET /live says: these operations (scope `floor`) or orders (scope `packing`) changed. */
export const LIVE_SCOPES = ['floor', 'packing'] as const;

export const MES_ERRORS = errorCatalogue({
  'operation.taken': { status: 409, title: 'Somebody else has this operation', hint: 'Take the next free one.' },
  'operation.not_ready': {
    status: 409,
    title: 'This operation cannot be started yet',
    hint: 'It waits for the operation before it, or it is over.',
  },
  'operation.held': {
    status: 409,
    title: 'The order is on hold',
    hint: 'Take another operation; the seller releases the hold.',
  },
  'operation.not_yours': {
    status: 409,
    title: 'You do not hold this operation',
    hint: 'Claim it first, or ask the foreman to reassign it.',
  },
  'operation.wrong_state': {
    status: 409,
    title: 'This is not possible in the operation’s present state',
    hint: 'Reload it and look at what is possible now.',
  },
  'operation.stopped': {
    status: 409,
    title: 'The order was cancelled, the work is stopped',
    hint: 'What you did is credited by the rule for cancelled work.',
  },
  'operation.quantity': {
    status: 409,
    title: 'The pieces do not add up',
    hint: 'Good and scrapped pieces together are all pieces that the operation still has.',
  },
  'operation.reason_required': { status: 400, title: 'A scrapped piece needs a reason', hint: 'Say what happened.' },
  'operation.rate_changed': {
    status: 409,
    title: 'The rate has changed since you saw it',
    hint: 'Look at the new rate and claim again.',
  },
  'operation.wrong_step': {
    status: 409,
    title: 'Pieces can only go back to an earlier step',
    hint: 'Choose a step before this one.',
  },
  'claim.cap_reached': {
    status: 409,
    title: 'You hold as many operations as you may',
    hint: 'Finish or release one of them.',
  },
  'work_centre.not_qualified': {
    status: 403,
    title: 'You are not assigned to this work centre',
    hint: 'Ask the foreman.',
  },
  'work_centre.unknown': {
    status: 409,
    title: 'There is no such work centre',
    hint: 'Choose from the list of work centres.',
  },
  'operator.unknown': {
    status: 409,
    title: 'This person has not worked on the floor yet',
    hint: 'Add them to the operators first.',
  },
  'command.reused': {
    status: 409,
    title: 'This command id was used for something else',
    hint: 'Give every command an id of its own.',
  },
  'pay.reversed': {
    status: 409,
    title: 'More pieces than this entry still credits',
    hint: 'Reverse at most what is left of it.',
  },
  'rate.unknown': { status: 409, title: 'There is no such operation', hint: 'Choose from the list of rates.' },
});
export type MesErrorCode = keyof typeof MES_ERRORS;
