import type { Unit } from '#contracts/basics';
import type { GeometryReport, ModelFormat, Progress, Thickness, Topology } from '#contracts/pricing';
import type { ByteSource } from './byte-source.ts';
import { type DetectedModel, detectModel } from './detect.ts';
import { GeometryRefusal } from './refusal.ts';
import { difference, isClosed, type Sums, type Sweep, sweep } from './sweep.ts';
import { MAX_TRIANGLES, type TriangleSource } from './triangles.ts';
import { weld } from './weld.ts';

/** Part of the key of every stored report: raise it whenever a figure may come out differently. */
export const KERNEL_VERSION = 'stl-1';

const MAX_COORDINATE = 1e6;
/** Corners closer than this share of the diagonal are one corner. */
const WELD_TOLERANCE = 1e-5;
/** A volume below this share of the cubed diagonal is a flat sheet, not a body. */
const LEAST_VOLUME = 1e-9;
const ROUNDING_SLACK = 1e-6;
/** Smaller relative changes are rounding. */
const LEAST_CHANGE = 1e-12;

export type Verdict = 'closed' | 'repaired' | 'estimated' | 'unusable';

export interface Repair {
  code: GeometryReport['repairs'][number]['code'];
  /** Faces removed; faces that collapsed while welding. */
  faces: number;
  /** Change of the volume, as a share of the result; null when what was removed has no volume of its own (loose faces). */
  volumeChange: number | null;
}

/** Figures in the file's own units, rounded to nine significant digits so that they are the same on every machine. */
export interface Measurement {
  kernelVersion: string;
  format: ModelFormat;
  bytes: number;
  /** What the file itself says; null: nothing. */
  unit: Unit | null;
  triangles: number;
  /** Never negative. */
  volume: number;
  /** Half the range that the volume of an open mesh has, by where one takes it about; 0 for a closed one. */
  volumeUncertainty: number;
  area: number;
  box: { min: [number, number, number]; max: [number, number, number] };
  /** `closed` and `repaired` may be priced; `estimated` and `unusable` need a person. */
  verdict: Verdict;
  findings: string[];
  repairs: Repair[];
  topology?: Topology;
  hullVolume?: number | null;
  overhangArea?: number;
  thickness?: Thickness | null;
  milliseconds: number;
}

export interface AnalyseOptions {
  /** Seeds the hashes. Any number; a fresh random one per job keeps a crafted file from defeating them. */
  seed: number;
  /** Hears how far it is, some times a second at most. */
  onProgress?: (progress: Progress) => void;
}

/** What the first, streaming pass over a file says. */
export interface FirstPass {
  model: DetectedModel;
  raw: Sweep;
  /**
   * The same for the same triangles in any order and from any corner (level L1 of docs/same-model.md), as hexadecimal;
   * null where the kernel does not say it.
   */
  fingerprint: string | null;
  milliseconds: number;
}

/**
 * Measures a model: both steps, one after the other.
 * @throws GeometryRefusal when the file is no model at all.
 */
export function analyse(source: ByteSource, options: AnalyseOptions): Measurement {
  return examine(source, measure(source, options), options);
}

/**
 * The first pass: seconds at most at any size. Between it and `examine` somebody may look up whether these triangles are known.
 * @throws GeometryRefusal when the file is no model at all.
 */
export function measure(source: ByteSource, options: AnalyseOptions): FirstPass {
  const started = performance.now();
  options.onProgress?.({ stage: 'reading', share: 0 });
  const model = detectModel(source);
  options.onProgress?.({ stage: 'measuring', share: 0 });
  const raw = sweep(model.triangles, options.seed);
  refuseImpossible(raw);
  return { model, raw, fingerprint: null, milliseconds: performance.now() - started };
}

/** Everything else about the model. */
export function examine(source: ByteSource, first: FirstPass, options: AnalyseOptions): Measurement {
  const started = performance.now();
  const { model, raw } = first;
  options.onProgress?.({ stage: 'topology', share: 0 });
  const judged = judge(raw, model.triangles, options.seed);
  const bounded = checkBounds(judged, raw);
  return {
    kernelVersion: KERNEL_VERSION,
    format: model.format,
    bytes: source.bytes,
    unit: null,
    triangles: raw.all.triangles,
    volume: nineDigits(Math.abs(bounded.sums.volume)),
    volumeUncertainty: nineDigits(bounded.uncertainty),
    area: nineDigits(bounded.sums.area),
    box: { min: rounded(raw.min), max: rounded(raw.max) },
    verdict: bounded.verdict,
    findings: [...model.findings, ...bounded.findings],
    repairs: bounded.repairs,
    milliseconds: Math.round((first.milliseconds + performance.now() - started) * 1000) / 1000,
  };
}

/** Nine significant digits: what is left is the same whatever the order of the additions was. */
export function nineDigits(value: number): number {
  return Number(value.toPrecision(9));
}

interface Judgement {
  sums: Sums;
  verdict: Verdict;
  findings: string[];
  repairs: Repair[];
  uncertainty: number;
}

function refuseImpossible(raw: Sweep): void {
  if (raw.all.triangles === 0) throw new GeometryRefusal('model.empty');
  if (raw.all.triangles > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles');
  if (!Number.isFinite(raw.all.area)) throw new GeometryRefusal('model.not_a_number');
  const furthest = Math.max(...raw.max.map(Math.abs), ...raw.min.map(Math.abs));
  if (furthest > MAX_COORDINATE) throw new GeometryRefusal('model.coordinates_out_of_range');
}

/** Closed as it is, closed without its duplicate faces, closed after welding, or open. */
function judge(raw: Sweep, triangles: TriangleSource, seed: number): Judgement {
  const kept = difference(raw.all, raw.repeated);
  if (isClosed(kept)) return closedWithout(raw);
  if (isClosed(raw.all)) {
    // Its duplicates hold it together: shells that overlap face on face. Which of them count is a person's decision.
    return { sums: raw.all, verdict: 'estimated', findings: ['overlapping_shells'], repairs: [], uncertainty: 0 };
  }
  const tolerance = WELD_TOLERANCE * diagonal(raw);
  if (tolerance === 0) return open(raw, raw);
  const welded = sweep(weld(triangles, raw.min, tolerance), seed);
  return isClosed(difference(welded.all, welded.repeated)) ? closedByWelding(raw, welded) : open(raw, welded);
}

function closedWithout(raw: Sweep): Judgement {
  const sums = difference(raw.all, raw.repeated);
  if (raw.repeated.triangles === 0) {
    return { sums, verdict: 'closed', findings: [], repairs: [], uncertainty: 0 };
  }
  return {
    sums,
    verdict: 'repaired',
    findings: ['duplicate_faces'],
    repairs: [duplicatesRemoved(raw, sums)],
    uncertainty: 0,
  };
}

function closedByWelding(raw: Sweep, welded: Sweep): Judgement {
  const sums = difference(welded.all, welded.repeated);
  const before = difference(raw.all, raw.repeated);
  const repairs: Repair[] = [
    { code: 'corners_welded', faces: 0, volumeChange: share(Math.abs(sums.volume) - Math.abs(before.volume), sums) },
  ];
  if (welded.repeated.triangles > 0) repairs.push(duplicatesRemoved(welded, sums));
  const findings = ['unwelded_corners', ...(welded.repeated.triangles > 0 ? ['duplicate_faces'] : [])];
  return { sums, verdict: 'repaired', findings, repairs, uncertainty: 0 };
}

function duplicatesRemoved(from: Sweep, sums: Sums): Repair {
  return {
    code: 'duplicate_faces_removed',
    faces: from.repeated.triangles,
    volumeChange: isClosed(from.repeated) ? share(-Math.abs(from.repeated.volume), sums) : null,
  };
}

/** The volume of an open mesh depends on where one stands: it is taken about the middle of the box, and said to be open. */
function open(raw: Sweep, welded: Sweep): Judgement {
  const sums = difference(welded.all, welded.repeated);
  const extent = [0, 1, 2].map((k) => raw.max[k]! - raw.min[k]!);
  const offset = [0, 1, 2].map((k) => (raw.max[k]! + raw.min[k]!) / 2 - welded.reference[k]!);
  const moved = offset.reduce((sum, by, k) => sum + by * sums.vectorArea[k]!, 0) / 3;
  const range = extent.reduce((sum, length, k) => sum + length * Math.abs(sums.vectorArea[k]!), 0) / 3;
  return {
    sums: { ...sums, volume: sums.volume - moved },
    verdict: 'estimated',
    findings: ['open_boundary', ...(welded.repeated.triangles > 0 ? ['duplicate_faces'] : [])],
    repairs: [],
    uncertainty: range / 2,
  };
}

function checkBounds(judged: Judgement, raw: Sweep): Judgement {
  const volume = Math.abs(judged.sums.volume);
  const boxVolume = [0, 1, 2].reduce((product, k) => product * (raw.max[k]! - raw.min[k]!), 1);
  const findings = [...judged.findings];
  if (judged.sums.volume < 0) findings.push('inverted');
  if (volume <= LEAST_VOLUME * diagonal(raw) ** 3) {
    return { ...judged, verdict: 'unusable', findings: [...findings, 'no_volume'] };
  }
  if (judged.verdict !== 'estimated' && volume > boxVolume * (1 + ROUNDING_SLACK)) {
    return { ...judged, verdict: 'estimated', findings: [...findings, 'volume_exceeds_box'] };
  }
  return { ...judged, findings };
}

function diagonal(raw: Sweep): number {
  return Math.hypot(raw.max[0] - raw.min[0], raw.max[1] - raw.min[1], raw.max[2] - raw.min[2]);
}

function share(change: number, of: Sums): number {
  const relative = change / Math.abs(of.volume);
  return Math.abs(relative) > LEAST_CHANGE ? nineDigits(relative) : 0;
}

function rounded(corner: readonly [number, number, number]): [number, number, number] {
  return [nineDigits(corner[0]), nineDigits(corner[1]), nineDigits(corner[2])];
}
