import type { Currency, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { Model, Quote, RequestQuote } from '#contracts/pricing';
import type { Cart, CartItem, SaveCart } from '#contracts/shop';

export type Sending =
  | { kind: 'sending'; share: number }
  | { kind: 'sent'; modelId: string }
  | { kind: 'failed'; error: unknown };

/** What the buyer chose for one part. */
export interface Choice {
  unit: Unit;
  material: string;
  /** Empty: the material's first. */
  finish: string;
  quantity: number;
  /** What is typed as the quantity and is none; null: `quantity` is what is wanted. */
  impossibleQuantity: string | null;
  note: string;
}

export interface Part extends Choice {
  key: string;
  fileName: string;
  bytes: number | null;
  /** The local file, or null after coming back by link. */
  file: Blob | null;
  sending: Sending;
  /** The buyer answered the question about the unit. */
  unitConfirmed: boolean;
}

export interface Workspace {
  parts: readonly Part[];
  activeKey: string | null;
  leadTier: LeadTier;
  currency: Currency;
}

export const EMPTY: Workspace = { parts: [], activeKey: null, leadTier: 'standard', currency: 'RUB' };

export type Action =
  | { type: 'added'; parts: Part[] }
  | { type: 'sending'; key: string; sending: Sending }
  | { type: 'chosen'; key: string; choice: Partial<Choice> }
  | { type: 'unit_confirmed'; key: string; unit: Unit }
  | { type: 'removed'; key: string }
  | { type: 'opened'; key: string }
  | { type: 'lead_tier'; leadTier: LeadTier }
  | { type: 'currency'; currency: Currency }
  | { type: 'recalled'; cart: Cart }
  | { type: 'cleared' };

export function change(workspace: Workspace, action: Action): Workspace {
  switch (action.type) {
    case 'added': {
      const parts = [...workspace.parts, ...action.parts];
      return { ...workspace, parts, activeKey: action.parts[0]?.key ?? workspace.activeKey };
    }
    case 'sending':
      return withPart(workspace, action.key, { sending: action.sending });
    case 'chosen':
      return withPart(workspace, action.key, action.choice);
    case 'unit_confirmed':
      return withPart(workspace, action.key, { unit: action.unit, unitConfirmed: true });
    case 'removed': {
      const parts = workspace.parts.filter((part) => part.key !== action.key);
      const activeKey = workspace.activeKey === action.key ? (parts.at(-1)?.key ?? null) : workspace.activeKey;
      return { ...workspace, parts, activeKey };
    }
    case 'opened':
      return { ...workspace, activeKey: action.key };
    case 'lead_tier':
      return { ...workspace, leadTier: action.leadTier };
    case 'currency':
      return { ...workspace, currency: action.currency };
    case 'recalled':
      return recalled(action.cart);
    case 'cleared':
      return { ...EMPTY, currency: workspace.currency };
  }
}

function withPart(workspace: Workspace, key: string, changes: Partial<Part>): Workspace {
  return { ...workspace, parts: workspace.parts.map((part) => (part.key === key ? { ...part, ...changes } : part)) };
}

/** A draft that was left earlier: the models are at the server, the choices in the draft. */
function recalled({ items, leadTier, currency }: Cart): Workspace {
  const parts = items.map(({ modelId, fileName, unit, material, finish, quantity, note }): Part => {
    const choice = { unit, material, finish: finish ?? '', quantity, impossibleQuantity: null, note: note ?? '' };
    return {
      ...choice,
      key: crypto.randomUUID(),
      fileName,
      bytes: null,
      file: null,
      sending: { kind: 'sent', modelId },
      unitConfirmed: true,
    };
  });
  return { parts, activeKey: parts[0]?.key ?? null, leadTier, currency };
}

/** A part of a file that the buyer just chose. */
export function partOf(file: File, material: string): Part {
  return {
    key: crypto.randomUUID(),
    fileName: file.name,
    bytes: file.size,
    file,
    sending: { kind: 'sending', share: 0 },
    unitConfirmed: false,
    unit: 'mm',
    material,
    finish: '',
    quantity: 1,
    impossibleQuantity: null,
    note: '',
  };
}

export const MOST_PIECES = 100_000;

/** The whole number of pieces that is typed; null where it is none that can be ordered. */
export function piecesOf(typed: string): number | null {
  const digits = typed.trim();
  const pieces = Number(digits);
  return /^\d+$/.test(digits) && pieces >= 1 && pieces <= MOST_PIECES ? pieces : null;
}

/** The parts that are at the server, as a draft holds them, with the key of each in the same order. */
export function itemsOf(parts: readonly Part[]): { keys: string[]; items: CartItem[] } {
  const keys: string[] = [];
  const items: CartItem[] = [];
  for (const { key, sending, fileName, unit, material, finish, quantity, note } of parts) {
    if (sending.kind !== 'sent') continue;
    keys.push(key);
    items.push({
      modelId: sending.modelId,
      fileName,
      unit,
      material,
      ...(finish ? { finish } : {}),
      quantity,
      ...(note ? { note } : {}),
    });
  }
  return { keys, items };
}

/** What is asked of pricing: the same without names of files. */
export function requestOf(items: readonly CartItem[], { currency, leadTier }: Workspace): RequestQuote | null {
  if (items.length === 0) return null;
  return { items: items.map(({ fileName: _, ...item }) => item), currency, leadTier };
}

/** The request that a draft's parts make when they are on the table again. */
export function requestOfCart(cart: Cart): RequestQuote | null {
  const workspace = recalled(cart);
  return requestOf(itemsOf(workspace.parts).items, workspace);
}

export type DraftContent = Omit<SaveCart, 'version'>;

/** What the server keeps of the table. A quote that needs a review is not ordered as it stands, so it is not kept. */
export function draftOf(items: CartItem[], { currency, leadTier }: Workspace, quote: Quote | null): DraftContent {
  return { items, currency, leadTier, rush: false, quoteId: quote?.state === 'ready' ? quote.id : null };
}

export type UploadedModel = Pick<Model, 'id'>;
