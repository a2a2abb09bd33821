import type { GeometryReport } from '#contracts/pricing';
import type { Sql } from '#platform/database';
import type { Problem } from './judge-item.ts';
import { rememberShape, type Trace } from './store-shapes.ts';

/** What a run found: figures, or why there are none. `milliseconds` is what the run took; `trace` what the model is known by. */
export type Outcome =
  | { report: GeometryReport; failure: null; milliseconds: number; trace?: Trace }
  | { report: null; failure: Problem; milliseconds: number };

export interface StoredOutcome {
  report: GeometryReport | null;
  failure: Problem | null;
  milliseconds: number | null;
}

/** Null where there is none yet. */
export function toOutcome({ report, failure, milliseconds }: StoredOutcome): Outcome | null {
  if (milliseconds === null) return null;
  return report ? { report, failure: null, milliseconds } : { report: null, failure: failure!, milliseconds };
}

export async function findOutcomes(
  sql: Sql,
  hashes: readonly string[],
  kernelVersion: string,
): Promise<Map<string, Outcome>> {
  const rows = await sql<({ sha256: string } & StoredOutcome)[]>`
    select sha256, report, failure, milliseconds from geometry
    where sha256 = any(${hashes}) and kernel_version = ${kernelVersion}`;
  return new Map(rows.map((row) => [row.sha256, toOutcome(row)!]));
}

/** Keeps an outcome, for ever, and returns the one that stands: the first. */
export async function keepOutcome(
  tx: Sql,
  { sha256, kernelVersion }: { sha256: string; kernelVersion: string },
  outcome: Outcome,
): Promise<Outcome> {
  const kept = await tx`
    insert into geometry (sha256, kernel_version, report, failure, milliseconds)
    values (${sha256}, ${kernelVersion}, ${outcome.report && tx.json(outcome.report)},
            ${outcome.failure && tx.json(outcome.failure as never)}, ${outcome.milliseconds})
    on conflict do nothing returning sha256`;
  if (outcome.report && outcome.trace) await rememberShape(tx, { sha256, kernelVersion }, outcome.trace);
  return kept.length > 0 ? outcome : (await findOutcomes(tx, [sha256], kernelVersion)).get(sha256)!;
}
