import type { Profiler } from 'node:inspector';

/** Log, metrics and traces: our own files and the libraries under them. */
const TELEMETRY =
  /platform\/telemetry\/|platform\/http\/(observe|request-scope)\.ts|node_modules\/(pino|sonic-boom|safe-stable-stringify|quick-format-unescaped|prom-client|@opentelemetry)\//;

/**
 * Share of busy time in which telemetry runs: a sample belongs to the nearest frame, from the innermost outwards, that is not
 * Node's own, so that what a hook calls in the end is not counted as the hook's.
 */
export function telemetryShare(profile: Profiler.Profile): number {
  const parents = new Map<number, Profiler.ProfileNode>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node);
  let busy = 0;
  let telemetry = 0;
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const { functionName } = nodes.get(id)!.callFrame;
    if (functionName === '(idle)' || functionName === '(program)') continue;
    const took = profile.timeDeltas?.[at] ?? 0;
    busy += took;
    if (TELEMETRY.test(ownerOf(id, nodes, parents))) telemetry += took;
  }
  return busy === 0 ? 0 : telemetry / busy;
}

function ownerOf(
  id: number,
  nodes: ReadonlyMap<number, Profiler.ProfileNode>,
  parents: ReadonlyMap<number, Profiler.ProfileNode>,
): string {
  for (let node = nodes.get(id); node; node = parents.get(node.id)) {
    const { url } = node.callFrame;
    if (url !== '' && !url.startsWith('node:')) return url;
  }
  return '';
}
