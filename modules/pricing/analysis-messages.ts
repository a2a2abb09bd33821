import type { Unit } from '#contracts/basics';
import type { ModelFormat, Progress } from '#contracts/pricing';
import type { Fit, Likeness, Measurement, ShapeDescriptor, Views } from './geometry/index.ts';
import type { Problem } from './judge-item.ts';

/** What the pool says to a thread: measure this file, or lay others on it; or, in the middle of a run, whether to go on. */
export type Order = Begin | Compare | { goOn: boolean };

export interface Compare {
  path: string;
  likenesses: readonly Likeness[];
}

export interface Begin {
  path: string;
  /** Null: no fingerprint is wanted, and the run does not wait in its middle. */
  fingerprintSeed: bigint | null;
  /** A viewer cannot read the model's own file: it gets a mesh. */
  isConverted: boolean;
}

/** What a thread says to the pool. */
export type Report = { progress: Progress } | { print: Print } | { answer: Answer | Fits };

/** Of each likeness how it lies on the model. */
export type Fits = { fits: (Fit | null)[] };

/** `views` and `shape` are null where the measurement is another run's. */
export type Answer =
  | { measurement: Measurement; views: Views | null; shape: ShapeDescriptor | null }
  | { refusal: Problem };

/** What the first pass over a file says: enough to look up whether its triangles are known. */
export interface Print {
  /** The same for the same triangles in any order (level L1); null where none was wanted. */
  fingerprint: string | null;
  format: ModelFormat;
  bytes: number;
  /** What the file itself says; null: nothing. */
  unit: Unit | null;
  triangles: number;
  /** Of the triangles as they stand in the file, signed; file units. */
  volume: number;
  area: number;
  /** Of reading the file, e.g. `count_corrected`. */
  findings: string[];
  milliseconds: number;
}
