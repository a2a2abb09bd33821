import { stat } from 'node:fs/promises';
import { AnalysisFailed } from './analysis-failed.ts';
import { KERNEL_VERSION, type Likeness, type Proposal, proposalOf } from './geometry/index.ts';
import { withLocalFile } from './local-file.ts';
import { cadFormatOf, type Measuring, packedFormatOf } from './measure-file.ts';
import { memoryFor } from './rules.ts';
import type { Bench } from './run-job.ts';
import {
  compareLater,
  findLikes,
  findOutline,
  keepMatches,
  type Match,
  takeUncompared,
  type Uncompared,
} from './store-matches.ts';

/** The nearest ones: more than this many models of one shape say no more about it. */
const MOST_COMPARED = 24;

interface Like {
  sha256: string;
  proposal: Proposal;
}

/**
 * Compares the next measured model with those whose numbers say that they may be the same shape (level L2), and keeps which are.
 * For a worker that has nothing else to do: nobody's price waits for it, and no answer's time tells of somebody else's model.
 * False: there is none to compare. `interrupted` puts it off.
 */
export async function compareNext(bench: Bench, interrupted: AbortSignal): Promise<boolean> {
  const { sql, log } = bench;
  const own = await takeUncompared(sql, KERNEL_VERSION);
  if (!own) return false;
  try {
    const matches = await matchesOf(bench, own, interrupted);
    await sql.begin((tx) => keepMatches(tx, own, matches, KERNEL_VERSION));
  } catch (err) {
    if (interrupted.aborted) await compareLater(sql, own, KERNEL_VERSION);
    else log.warn({ err, sha256: own.sha256, event: 'pricing.compare' }, 'A model could not be compared with others');
    if (!(err instanceof AnalysisFailed) && !interrupted.aborted) throw err;
  }
  return true;
}

async function matchesOf(bench: Bench, own: Uncompared, signal: AbortSignal): Promise<Match[]> {
  const likes = (await findLikes(bench.sql, own, KERNEL_VERSION))
    .map(({ sha256, ...known }) => ({ sha256, proposal: proposalOf(own, known) }))
    .filter((like): like is Like => like.proposal !== null)
    .sort((a, b) => a.proposal.distance - b.proposal.distance)
    .slice(0, MOST_COMPARED);
  if (likes.length === 0) return [];
  const likenesses: Likeness[] = [];
  for (const { sha256, proposal } of likes) {
    const outline = await findOutline(bench.sql, sha256, KERNEL_VERSION);
    const { scale, mirrored } = proposal;
    likenesses.push({ outline: outline!, scale, ...(mirrored !== null && { mirrored }) });
  }
  const fits = await withMesh(bench, own.sha256, signal, async (path) => {
    const { size: bytes } = await stat(path);
    const runMegabytes = memoryFor(bench.rules.runMemory, { bytes, format: await packedFormatOf(path) });
    return bench.pool.compare(path, likenesses, { limits: { runMs: bench.rules.runMs, runMegabytes }, signal });
  });
  return likes.flatMap(({ sha256, proposal }, at) => {
    const fit = fits?.[at];
    return fit ? [{ other: sha256, mirrored: fit.mirrored, scale: proposal.scale, fit: fit.share }] : [];
  });
}

/** A file of triangles: the model's own, or what its CAD file is turned into; null where that is refused. */
async function withMesh<T>(
  { blobs, convertCad, rules }: Measuring,
  sha256: string,
  signal: AbortSignal,
  use: (path: string) => Promise<T>,
): Promise<T | null> {
  return withLocalFile(blobs, sha256, signal, async (path) => {
    const format = convertCad ? await cadFormatOf(path) : null;
    if (!convertCad || !format) return use(path);
    const converted = await convertCad(path, format, { limitMs: rules.convertMs, signal, onProgress: () => {} });
    if ('refusal' in converted) return null;
    try {
      return await use(converted.path);
    } finally {
      await converted.remove();
    }
  });
}
