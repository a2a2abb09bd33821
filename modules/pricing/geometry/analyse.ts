import { createHash } from 'node:crypto';
import type { Unit } from '#contracts/basics';
import type { GeometryReport, ModelFormat, Progress, Thickness, Topology } from '#contracts/pricing';
import type { ByteSource } from './byte-source.ts';
import { type OpenedModel, openModel } from './formats/detect.ts';
import { MAX_TRIANGLES } from './formats/limits.ts';
import { type Sweep, sweep } from './kernel/sweep.ts';
import { type Joined, joinMesh } from './kernel/topology.ts';
import { overhangArea } from './overhang.ts';
import { GeometryRefusal } from './refusal.ts';
import { describeShape, type ShapeDescriptor } from './shape/describe-shape.ts';
import { hullVolume } from './shape/hull-volume.ts';
import { examineWalls } from './thickness/examine-walls.ts';
import { encodeViewMesh } from './view/view-mesh.ts';

/** Part of the key of every stored report: raise it whenever a figure may come out differently. */
export const KERNEL_VERSION = 'forge-1';

const MAX_COORDINATE = 1e6;
/** Above this the viewer takes a thinned-out mesh instead of an STL file itself. */
export const MOST_TO_SHOW = 1_000_000;

export type Verdict = GeometryReport['verdict'];
export type Repair = GeometryReport['repairs'][number];

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
  /** How much the volume of an open mesh may be off; 0 for a closed one. */
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

/** Files made of a model for those who look at it; each null where there is none. */
export interface Views {
  /** The shape (view/view-mesh.ts), where the viewer cannot take the file itself. */
  mesh: Uint8Array | null;
  /** Wall thickness as a volume (thickness/heat-volume.ts). */
  heat: Uint8Array | null;
  /** A picture without colours (thickness/picture-file.ts). */
  picture: Uint8Array | null;
}

export interface Examination {
  measurement: Measurement;
  views: Views;
  /** What other models are compared with; null where there is no body, or nobody compares. */
  shape: ShapeDescriptor | null;
}

export interface AnalyseOptions {
  /** Seeds the hashes. Any number; a fresh random one per job keeps a crafted file from defeating them. */
  seed: number;
  /** Asks for the fingerprint. Secret, and the same for all files whose fingerprints are to be compared. */
  fingerprintSeed?: bigint;
  /** That look for thin walls; 0: nobody looks. */
  rays?: number;
  /** False leaves out what is only looked at: a command that prints figures. */
  withViews?: boolean;
  /** The file was made from another one that a viewer cannot read. */
  isConverted?: boolean;
  /** Asks for the shape's descriptor. */
  withShape?: boolean;
  /** Hears how far it is. */
  onProgress?: (progress: Progress) => void;
}

/** What the first, streaming pass over a file says. */
export interface FirstPass {
  model: OpenedModel;
  swept: Sweep;
  /** The same for the same triangles in any order and from any corner (L1 of docs/same-model.md); null unless asked for. */
  fingerprint: string | null;
  milliseconds: number;
}

/**
 * Measures a model: both steps, one after the other.
 * @throws GeometryRefusal when the file is no model at all.
 */
export function analyse(source: ByteSource, options: AnalyseOptions): Measurement {
  return examine(source, measure(source, options), { withViews: false, ...options }).measurement;
}

/**
 * The first pass: seconds at most at any size. Between it and `examine` somebody may look up whether these triangles are known.
 * @throws GeometryRefusal when the file is no model at all.
 */
export function measure(source: ByteSource, options: AnalyseOptions): FirstPass {
  const started = performance.now();
  options.onProgress?.({ stage: 'reading', share: 0 });
  const model = openModel(source);
  const { atMost } = model.triangles;
  const told = (triangles: number) =>
    options.onProgress?.({ stage: 'measuring', share: atMost > 0 ? Math.min(1, triangles / atMost) : 1 });
  const { seed, fingerprintSeed } = options;
  const swept = sweep(model.triangles, {
    seed,
    onBlock: told,
    ...(fingerprintSeed !== undefined && { fingerprintSeed }),
  });
  refuseImpossible(swept);
  return { model, swept, fingerprint: placed(swept.fingerprint, model), milliseconds: performance.now() - started };
}

/** Corners are told from the model's origin: the same triangles in another place are others. */
function placed(fingerprint: string | null, { origin }: OpenedModel): string | null {
  if (fingerprint === null || origin.every((value) => value === 0)) return fingerprint;
  return createHash('sha256')
    .update(`${fingerprint} ${origin.join(' ')}`)
    .digest('hex')
    .slice(0, fingerprint.length);
}

function refuseImpossible({ triangles, area, min, max }: Sweep): void {
  if (triangles === 0) throw new GeometryRefusal('model.empty');
  if (triangles > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles');
  if (!Number.isFinite(area)) throw new GeometryRefusal('model.not_a_number');
  if (Math.max(...max.map(Math.abs), ...min.map(Math.abs)) > MAX_COORDINATE) {
    throw new GeometryRefusal('model.coordinates_out_of_range');
  }
}

/** Everything else about the model: how its surface hangs together, its walls, what is shown of it. */
export function examine(source: ByteSource, first: FirstPass, options: AnalyseOptions): Examination {
  const started = performance.now();
  const { model, swept } = first;
  const { seed, onProgress, rays, withViews = true, isConverted = false, withShape = false } = options;
  const joined = joinMesh(model.triangles, swept, {
    seed,
    onProgress: (share) => onProgress?.({ stage: 'topology', share }),
  });
  try {
    const walls =
      hasInside(joined) && rays !== 0
        ? examineWalls(joined.mesh, { origin: model.origin, rays, withViews }, (share) =>
            onProgress?.({ stage: 'thickness', share }),
          )
        : { thickness: null, heat: null, picture: null };
    onProgress?.({ stage: 'pricing', share: 0 });
    const hull = hasSurface(joined) && { hullVolume: hullOf(joined) };
    const shape = withShape && hasInside(joined) ? describeShape(joined.mesh, walls.thickness) : null;
    const milliseconds = Math.round((first.milliseconds + performance.now() - started) * 1000) / 1000;
    return {
      measurement: { ...figures(source, first, joined), ...hull, thickness: walls.thickness, milliseconds },
      shape,
      views: {
        mesh:
          withViews && hasSurface(joined) && (isConverted || needsMesh(model, joined)) ? viewOf(first, joined) : null,
        heat: walls.heat,
        picture: walls.picture,
      },
    };
  } finally {
    joined.release();
  }
}

/** A mesh that is too torn to be filled has none. */
function hasSurface({ mesh }: Joined): boolean {
  return mesh.triangles.length > 0;
}

function hasInside(joined: Joined): boolean {
  return hasSurface(joined) && joined.verdict !== 'unusable';
}

/** Null where the corners lie in a plane. Of a body, rounding must not make it smaller than the body itself. */
function hullOf(joined: Joined): number | null {
  const hull = hullVolume(joined.mesh.positions);
  return hull === null ? null : nineDigits(hasInside(joined) ? Math.max(hull, joined.volume) : hull);
}

function needsMesh({ format }: OpenedModel, { mesh }: Joined): boolean {
  return !format.startsWith('stl') || mesh.triangles.length / 3 > MOST_TO_SHOW;
}

function viewOf({ model, swept }: FirstPass, { mesh }: Joined): Uint8Array {
  return encodeViewMesh(mesh, { min: swept.min, max: swept.max, origin: model.origin });
}

function figures(source: ByteSource, { model, swept }: FirstPass, joined: Joined): Omit<Measurement, 'milliseconds'> {
  const { verdict, topology, repairs, findings } = joined;
  // As the triangles stand in the file, wherever nothing had to be put right.
  const isPlain = verdict === 'closed';
  const moved = (corner: readonly number[]) =>
    [0, 1, 2].map((k) => nineDigits(corner[k]! + model.origin[k]!)) as [number, number, number];
  return {
    kernelVersion: KERNEL_VERSION,
    format: model.format,
    bytes: source.bytes,
    unit: model.unit,
    triangles: swept.triangles,
    volume: nineDigits(isPlain ? Math.abs(swept.volume) : joined.volume),
    volumeUncertainty: nineDigits(joined.volumeUncertainty),
    area: nineDigits(isPlain ? swept.area : joined.area),
    box: { min: moved(swept.min), max: moved(swept.max) },
    verdict,
    findings: [...model.findings, ...findings],
    repairs,
    ...(topology && {
      overhangArea: nineDigits(overhangArea(joined.mesh)),
      topology: { ...topology, cavityVolume: nineDigits(topology.cavityVolume) },
    }),
  };
}

/** Nine significant digits: what is left is the same whatever the order of the additions was. */
export function nineDigits(value: number): number {
  return Number(value.toPrecision(9));
}
