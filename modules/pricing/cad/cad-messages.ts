import type { Unit } from '#contracts/basics';
import type { Problem } from '../judge-item.ts';

/** Formats that hold surfaces instead of triangles. */
export type CadFormat = 'step' | '3dm';

/** What the child process is to do; on its command line, as JSON. */
export interface CadOrder {
  format: CadFormat;
  from: string;
  /** The only place that it may write to; the triangles go to `TRIANGLES` in it, as a binary STL. */
  folder: string;
}

export const TRIANGLES = 'triangles.stl';

/** What a reader says of the file besides its triangles. */
export interface CadFacts {
  /** Of the triangles; null where the file names none that parts are made in. */
  unit: Unit | null;
  findings: string[];
}

/** What the child says, once, before it ends. */
export type CadAnswer =
  | (CadFacts & { triangles: number })
  | { refusal: Problem }
  /** The reader needed more memory than it may have. */
  | { overrun: true };
