import { setTimeout as delay } from 'node:timers/promises';
import type { GeometryReport, Progress } from '#contracts/pricing';
import type { Outcome } from './store-outcomes.ts';

/** Of a run; what is told more often is for nobody. */
const STEPS = 40;
const LEAST_STEP_MS = 50;
/** When each stage of a run begins, as a share of its time. */
const OF_A_MESH = { measuring: 0.02, topology: 0.1, thickness: 0.3, pricing: 0.97 };
const OF_A_CONVERSION = { measuring: 0.7, topology: 0.72, thickness: 0.8, pricing: 0.99 };

export interface Retelling {
  outcome: Pick<Outcome, 'report'>;
  /** What is left of the time that the run took, and which share of it is over. */
  milliseconds: number;
  from: number;
  onProgress: (progress: Progress) => void;
  /** Rejects when it fires. */
  signal: AbortSignal;
}

/**
 * Takes as long as a run that was made for somebody else, and tells meanwhile what one's own would have told: neither the
 * time nor the stages show that somebody else has the file.
 */
export async function retellRun({ outcome, milliseconds, from, onProgress, signal }: Retelling): Promise<void> {
  const steps = Math.max(1, Math.min(STEPS, Math.floor(milliseconds / LEAST_STEP_MS)));
  for (let step = 0; step < steps; step++) {
    onProgress(stageAt(outcome.report, from + ((1 - from) * step) / steps));
    await delay(milliseconds / steps, undefined, { signal });
  }
}

/** What a run tells when a share of its time is over. One that ended in a refusal was still reading. */
export function stageAt(
  report: Pick<GeometryReport, 'format' | 'topology' | 'thickness'> | null,
  share: number,
): Progress {
  if (!report) return { stage: 'reading', share: 0 };
  const begins = report.format === 'step' || report.format === '3dm' ? OF_A_CONVERSION : OF_A_MESH;
  if (share < begins.measuring) return { stage: 'reading', share: 0 };
  if (share < begins.topology) return { stage: 'measuring', share: between(share, begins.measuring, begins.topology) };
  if (!report.thickness) return { stage: 'topology', share: between(share, begins.topology, 1) };
  if (share < begins.thickness) return { stage: 'topology', share: between(share, begins.topology, begins.thickness) };
  if (share < begins.pricing) return { stage: 'thickness', share: between(share, begins.thickness, begins.pricing) };
  return { stage: 'pricing', share: 0 };
}

function between(share: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (share - from) / (to - from)));
}
