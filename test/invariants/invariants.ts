import { deadLettersAreThePoison, outboxDrains } from './bus.ts';
import { claimedOnce, deliveredAtLeastOnce, effectsAtMostOnce, noEffectUnderAnOldFence } from './delivery.ts';
import { acceptedOnce, historyWhole, seenVersion } from './order-truth.ts';
import { nothingForeign, ownWritesSeen, readModelsEqual, versionsNeverBack } from './read-models.ts';
import type { Violation, Witness } from './witness.ts';

export interface Invariant {
  doc: string;
  /** Only once everything is quiet does this have to hold. */
  whenQuiet: boolean;
  check(witness: Witness): Promise<Violation[]>;
}

/** What must hold whatever strikes, each checked from outside. */
const INVARIANTS = {
  'accepted-once': {
    doc: 'Every accepted order exists exactly once; the same command id gives the same answer.',
    whenQuiet: false,
    check: acceptedOnce,
  },
  'seen-version': {
    doc: 'A command is carried out on the version that its sender saw.',
    whenQuiet: false,
    check: seenVersion,
  },
  'history-whole': {
    doc: 'History is contiguous 1..n, every edge legal, the row is its last entry and the fold of its items.',
    whenQuiet: false,
    check: historyWhole,
  },
  'read-models-equal': {
    doc: 'When quiet, every read model equals the truth.',
    whenQuiet: true,
    check: readModelsEqual,
  },
  'versions-never-back': {
    doc: 'Nobody who keeps looking sees an order go back in time.',
    whenQuiet: false,
    check: versionsNeverBack,
  },
  'own-writes-seen': {
    doc: 'Whoever has written and shows the token of the answer never sees a state from before it.',
    whenQuiet: false,
    check: ownWritesSeen,
  },
  'delivered-at-least-once': {
    doc: 'Every event is delivered at least once.',
    whenQuiet: true,
    check: deliveredAtLeastOnce,
  },
  'effects-at-most-once': {
    doc: 'Every effect happens at most once per id.',
    whenQuiet: true,
    check: effectsAtMostOnce,
  },
  'no-effect-under-an-old-fence': {
    doc: 'Whoever has lost a lease changes nothing any more.',
    whenQuiet: false,
    check: noEffectUnderAnOldFence,
  },
  'claimed-once': { doc: 'No operation is claimed twice.', whenQuiet: false, check: claimedOnce },
  'outbox-drains': { doc: 'When quiet, no event waits anywhere.', whenQuiet: true, check: outboxDrains },
  'dead-letters-are-the-poison': {
    doc: 'Dead letters are exactly the injected poison.',
    whenQuiet: true,
    check: deadLettersAreThePoison,
  },
  'nothing-foreign': {
    doc: 'Nothing of one customer or partner reaches another.',
    whenQuiet: false,
    check: nothingForeign,
  },
  'no-failure-without-fault': {
    doc: 'Nobody is told of an internal error for which no injected fault accounts.',
    whenQuiet: false,
    check: async ({ ledger }) =>
      ledger.unexplained.map((detail) => ({ invariant: 'no-failure-without-fault', detail })),
  },
} as const satisfies Record<string, Invariant>;

export type InvariantName = keyof typeof INVARIANTS;
export const INVARIANT_NAMES = Object.keys(INVARIANTS) as InvariantName[];

/** Every violation of every invariant; of those that hold only when quiet if `quiet`. */
export async function checkInvariants(witness: Witness, { quiet }: { quiet: boolean }): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const name of INVARIANT_NAMES) {
    const { whenQuiet, check }: Invariant = INVARIANTS[name];
    if (quiet || !whenQuiet) found.push(...(await check(witness)));
  }
  return found;
}
