import { readFileSync } from 'node:fs';
import type { Topology } from '../../app/cli/topology.ts';
import { eventually } from '../../app/visitor.ts';

const SEEDED_WITHIN_MS = 120_000;

/** The demo's orders are made after the start, by the demo's people: nobody else should work at their screens meanwhile. */
export async function seeded(topology: Topology): Promise<void> {
  const isSeeded = async () => (readFileSync(topology.logFile('all'), 'utf8').includes('"demo.seeded"') ? true : null);
  await eventually('the demo orders are there', isSeeded, SEEDED_WITHIN_MS);
}
