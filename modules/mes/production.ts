import type { ProductionEvent } from '#contracts/mes';
import type { Person } from './operation.ts';

/** What the floor knows about one item; `version` counts the facts told about it. */
export interface Production {
  readonly orderId: string;
  readonly itemId: string;
  readonly version: number;
  readonly startedAt: string | null;
  readonly made: number;
  readonly scrapped: number;
}

export type Fact =
  | { type: 'production.started'; at: string }
  | { type: 'production.made'; pieces: number }
  | { type: 'production.scrapped'; pieces: number; reason: string };

export interface Told {
  readonly production: Production;
  readonly event: { type: Fact['type']; data: ProductionEvent };
}

/** The record after a fact, and the event that tells it: the item's whole state under its next version. */
export function tell(before: Production, fact: Fact, actor: Person, isDone: boolean): Told {
  const production = record(before, fact);
  if (production.startedAt === null) throw new Error(`${fact.type} of an item that was never started`);
  const data: ProductionEvent = {
    orderId: production.orderId,
    itemId: production.itemId,
    version: production.version,
    startedAt: production.startedAt,
    made: production.made,
    scrapped: production.scrapped,
    done: isDone,
    actor: { id: actor.id, name: actor.name },
    reason: fact.type === 'production.scrapped' ? fact.reason : '',
  };
  return { production, event: { type: fact.type, data } };
}

/**
 * Pieces that the order wants made again: it knows all our facts, and yet counts fewer made than we do.
 * Once the floor has taken that count over, the same order asks for nothing more.
 */
export function reworkedPieces(
  ours: Pick<Production, 'version' | 'made'>,
  theirs: { productionVersion: number; made: number },
): number {
  if (theirs.productionVersion < ours.version) return 0;
  return Math.max(0, ours.made - theirs.made);
}

function record(before: Production, fact: Fact): Production {
  const next = { ...before, version: before.version + 1 };
  switch (fact.type) {
    case 'production.started':
      return { ...next, startedAt: fact.at };
    case 'production.made':
      return { ...next, made: before.made + fact.pieces };
    case 'production.scrapped':
      return { ...next, scrapped: before.scrapped + fact.pieces };
  }
}
