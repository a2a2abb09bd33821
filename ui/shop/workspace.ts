import type { Currency, Unit } from '#contracts/basics';
import type { LeadTier } from '#contracts/orders';
import type { Model, Quote } from '#contracts/pricing';

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
  | { type: 'loaded'; key: string; file: Blob }
  | { type: 'removed'; key: string }
  | { type: 'opened'; key: string }
  | { type: 'lead_tier'; leadTier: LeadTier }
  | { type: 'currency'; currency: Currency }
  | { type: 'recalled'; quote: Quote }
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
    case 'loaded':
      return withPart(workspace, action.key, { file: action.file, bytes: action.file.size });
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
      return recalled(action.quote);
    case 'cleared':
      return { ...EMPTY, currency: workspace.currency };
  }
}

function withPart(workspace: Workspace, key: string, changes: Partial<Part>): Workspace {
  return { ...workspace, parts: workspace.parts.map((part) => (part.key === key ? { ...part, ...changes } : part)) };
}

/** The parts of a quote that was left earlier: the models are at the server, the choices in the quote. */
function recalled(quote: Quote): Workspace {
  const parts = quote.items.map(({ id, specification }): Part => {
    const { modelId, fileName, unit, material, finish, quantity, note } = specification;
    const sending = { kind: 'sent', modelId } as const;
    return {
      key: id,
      fileName,
      bytes: null,
      file: null,
      sending,
      unitConfirmed: true,
      unit,
      material,
      finish,
      quantity,
      note,
    };
  });
  return { parts, activeKey: parts[0]?.key ?? null, leadTier: quote.leadTier, currency: quote.currency };
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
    note: '',
  };
}

/** Parts that are at the server, as a quote's request has them, with the key of each in the same order. */
export function requestedItems(parts: readonly Part[]) {
  const sent = parts.flatMap((part) => (part.sending.kind === 'sent' ? [{ part, modelId: part.sending.modelId }] : []));
  return {
    keys: sent.map(({ part }) => part.key),
    items: sent.map(({ part, modelId }) => ({
      modelId,
      unit: part.unit,
      material: part.material,
      ...(part.finish ? { finish: part.finish } : {}),
      quantity: part.quantity,
      ...(part.note ? { note: part.note } : {}),
    })),
  };
}

export type UploadedModel = Pick<Model, 'id'>;
