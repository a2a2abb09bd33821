import type { Unit } from '#contracts/basics';
import type { Problem } from '../judge-item.ts';

/** Formats that hold surfaces instead of triangles. */
export type CadFormat = 'step' | '3dm';

/** What the child process is to do; on its command line, as JSON. */
export interface CadOrder {
  format: CadFormat;
  /** The file, and where its triangles go as a binary STL. */
  from: string;
  to: string;
}

/** What it says, once, before it ends. */
export type CadAnswer = { unit: Unit | null; triangles: number; findings: string[] } | { refusal: Problem };
