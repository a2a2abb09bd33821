import { Random } from '../simulator/random.ts';
import type { Fault, Lane } from './faults/fault.ts';
import { MESSAGE_FAULTS } from './faults/message-faults.ts';
import { PROCESS_FAULTS } from './faults/process-faults.ts';
import { SERVER_FAULTS } from './faults/server-faults.ts';

export const FAULTS: Readonly<Record<string, Fault>> = { ...PROCESS_FAULTS, ...SERVER_FAULTS, ...MESSAGE_FAULTS };
export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** Faults of one run. */
const HAND = 6;
/** Runs in which every fault comes once. Any thirty runs one after another have three of them whole. */
export const DECK = Math.ceil(FAULT_NAMES.length / HAND);

/** Names of the faults of a run, by lane, in their order: a function of the seed. Consecutive seeds deal out one deck. */
export function scheduleOf(seed: number): Record<Lane, string[]> {
  const deck = shuffled(FAULT_NAMES, new Random(Math.floor(seed / DECK)));
  const place = seed % DECK;
  return lanesOf(deck.filter((_, i) => i % DECK === place));
}

export function lanesOf(names: readonly string[]): Record<Lane, string[]> {
  const lanes: Record<Lane, string[]> = { processes: [], servers: [], messages: [] };
  for (const name of names) lanes[FAULTS[name]!.lane].push(name);
  return lanes;
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}
