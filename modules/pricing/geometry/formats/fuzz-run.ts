import type { ByteSource } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { openModel } from './detect.ts';
import type { FuzzTarget } from './fuzz-formats.ts';
import { Dice } from './fuzz-mutations.ts';
import { MAX_COORDINATE } from './limits.ts';
import { type Measured, measured } from './measured.ts';

const MOST_KEPT = 600;
const LARGEST_KEPT = 64 * 1024;
/** Mutations on top of each other before a file is tried. */
const MOST_STEPS = 4;

export interface FuzzFault {
  what: string;
  content: Uint8Array;
}

export interface FuzzResult {
  runs: number;
  /** How often each outcome came: a refusal's code, or "read". */
  outcomes: Map<string, number>;
  /** Different outcomes with their details, numbers left out: how far the inputs reach. */
  signatures: number;
  slowestMs: number;
  faults: FuzzFault[];
}

/**
 * Feeds `runs` mutated files to the readers. An input with an outcome not seen before becomes a seed of its own.
 * Whatever is neither triangles within their bounds nor a typed refusal is a fault, and so is what takes longer than `slowMs`.
 */
export function fuzz(target: FuzzTarget, runs: number, seed: number, slowMs = Infinity): FuzzResult {
  const dice = new Dice(seed);
  const corpus = [...target.seeds];
  // Of a refused file most mutations are refused for the same reason: half of them start from what can be read.
  const readable = [...target.seeds];
  const seen = new Set<string>();
  const result: FuzzResult = { runs, outcomes: new Map(), signatures: 0, slowestMs: 0, faults: [] };
  for (let run = 0; run < runs; run++) {
    let parts = dice.oneOf(dice.once(2) ? corpus : readable);
    for (let steps = 1 + dice.below(MOST_STEPS); steps > 0; steps--)
      parts = target.mutate(parts, dice, dice.oneOf(corpus));
    const content = target.write(parts);
    const start = performance.now();
    const { outcome, detail, fault } = tryFile(content, dice);
    const milliseconds = performance.now() - start;
    result.slowestMs = Math.max(result.slowestMs, milliseconds);
    if (fault) result.faults.push({ what: fault, content });
    else if (milliseconds > slowMs) result.faults.push({ what: `took ${Math.round(milliseconds)} ms`, content });
    result.outcomes.set(outcome, (result.outcomes.get(outcome) ?? 0) + 1);
    const signature = `${outcome} ${detail}`;
    if (seen.has(signature)) continue;
    seen.add(signature);
    if (content.length > LARGEST_KEPT) continue;
    keep(corpus, parts, target.seeds.length, dice);
    if (outcome === 'read') keep(readable, parts, target.seeds.length, dice);
  }
  result.signatures = seen.size;
  return result;
}

/** The first `seeds` stay for good. */
function keep(corpus: unknown[], parts: unknown, seeds: number, dice: Dice): void {
  if (corpus.length < MOST_KEPT) corpus.push(parts);
  else corpus[seeds + dice.below(MOST_KEPT - seeds)] = parts;
}

interface Outcome {
  outcome: string;
  detail: string;
  fault: string | null;
}

function tryFile(content: Uint8Array, dice: Dice): Outcome {
  try {
    const model = openModel(dice.once(8) ? stuttering(content, dice) : whole(content));
    const blocks = 64 * (1 + dice.below(64));
    const sum = measured(model.triangles, blocks);
    const fault = faultOf(model.format, model.triangles.atMost, sum);
    // A second pass must see the same.
    const again = dice.once(8) ? measured(model.triangles, 1 << 16).triangles : sum.triangles;
    const detail = `${model.format} ${sum.triangles} ${model.findings.join()}`;
    return { outcome: 'read', detail, fault: fault ?? (again === sum.triangles ? null : 'a second pass differs') };
  } catch (error) {
    if (!(error instanceof GeometryRefusal)) {
      return {
        outcome: 'fault',
        detail: '',
        fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
    return { outcome: error.code, detail: error.message.replace(/"[^"]*"|\d+/g, '#'), fault: null };
  }
}

/** Text has no bits for what is no number, and says itself when it is out of range. */
function faultOf(format: string, atMost: number, sum: Measured): string | null {
  if (sum.triangles > atMost) return `${sum.triangles} triangles, at most ${atMost} announced`;
  if (sum.triangles === 0) return 'no triangles, and no refusal';
  const text = format === 'stl-ascii' || format === 'obj' || format === '3mf';
  if (text && (sum.unbounded || Math.max(...sum.max.map(Math.abs), ...sum.min.map(Math.abs)) > 2 * MAX_COORDINATE)) {
    return 'coordinates out of range';
  }
  return null;
}

function whole(content: Uint8Array): ByteSource {
  return {
    bytes: content.length,
    read(into, position) {
      const part = content.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

/** Gives fewer bytes than asked for, as files may. */
function stuttering(content: Uint8Array, dice: Dice): ByteSource {
  return {
    bytes: content.length,
    read(into, position) {
      const part = content.subarray(position, position + Math.min(into.length, 1 + dice.below(1000)));
      into.set(part);
      return part.length;
    },
  };
}
