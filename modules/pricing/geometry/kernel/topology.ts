import type { TriangleSource } from '../formats/triangle-source.ts';
import type { Mesh, Shell } from '../mesh.ts';
import { dropUnusedCorners, snapCorners } from './repair-corners.ts';
import { removeDuplicates } from './repair-duplicates.ts';
import { TURN_ALL, TURN_NONE, turnAlike, turnChosen } from './repair-faces.ts';
import { fillHoles } from './repair-holes.ts';
import { type EdgeCounts, matchEdges } from './topology-edges.ts';
import { type JoinMemory, leaseMemory, returnMemory } from './topology-memory.ts';
import { findNesting, type Nesting } from './topology-nesting.ts';
import { measureShells, measureVolume, type ShellFigures, singleShell, total } from './topology-shells.ts';
import { weldEqual } from './topology-weld.ts';
import { windingsOf } from './topology-windings.ts';
import {
  type Box,
  boxVolume,
  diagonalOf,
  type Finding,
  type Joined,
  judge,
  middleOf,
  type Repair,
  shareOf,
  type Vector,
} from './verdict.ts';

export type { Joined, Repair, Verdict } from './verdict.ts';

/** What pass 1 found out; a `Sweep` (sweep.ts) has it. */
export interface SweepFacts {
  /** Exactly as many as the source has. */
  triangles: number;
  min: Vector;
  max: Vector;
  /** Signed, about `reference`. */
  volume: number;
  area: number;
  /** Sum of the face normals times their areas. */
  vectorArea: Vector;
  reference: Vector;
}

export interface JoinOptions {
  /** Seeds the hashes: random for each job, so that no file is made to collide. Figures do not depend on it. */
  seed: number;
  /** Hears how much is done, 0 to 1, some hundred times at most. */
  onProgress?(share: number): void;
}

/** Corners closer than this share of the diagonal are one corner, where a face ends. */
const SNAP_TOLERANCE = 1e-5;
/** More shells than this are listed as one at the end: `topology.shells` counts them all. */
const MOST_LISTED = 100_000;
/** With more loose edges than these, and than this share of the faces, there is no surface whose holes could be filled. */
const FEW_LOOSE = 100_000;
const TORN = 1.5;
const WELD_SHARE = 0.5;
const EDGES_SHARE = 0.4;

/**
 * Finds out how the triangles of a model hang together, repairs what can be, and says what that is worth.
 * Coordinates are finite: whoever swept the source has refused others. Linear in the number of triangles for any input,
 * but for sorting. Memory: 55 bytes a triangle of a closed surface, more where few corners are shared, 1 GiB at most.
 * @throws whatever the source throws
 */
export function joinMesh(source: TriangleSource, swept: SweepFacts, options: JoinOptions): Joined {
  const memory = leaseMemory();
  try {
    const welded = weldEqual(memory, source, swept.triangles, seedWords(options.seed), (share) =>
      options.onProgress?.(share * WELD_SHARE),
    );
    if (!welded) return tooTorn(memory, swept, null);
    return new Joining(memory, swept, options).run(welded.degenerate > 0);
  } catch (error) {
    returnMemory(memory);
    throw error;
  }
}

interface Change {
  code: Repair['code'];
  faces: number;
  /** Cubic file units. */
  volume: number | null;
}

/** One mesh on its way through the repairs. */
class Joining {
  readonly #memory: JoinMemory;
  readonly #swept: SweepFacts;
  readonly #box: Box;
  readonly #middle: Vector;
  readonly #options: JoinOptions;
  readonly #changes: Change[] = [];
  readonly #findings = new Set<Finding>();
  #edges: EdgeCounts = { open: 0, nonManifold: 0, flipped: 0, unbalanced: 0, repeated: 0, conflicts: 0, shells: 0 };
  #uncertainty = 0;
  #orphans = false;

  constructor(memory: JoinMemory, swept: SweepFacts, options: JoinOptions) {
    this.#memory = memory;
    this.#swept = swept;
    this.#box = { min: swept.min, max: swept.max };
    this.#middle = middleOf(this.#box);
    this.#options = options;
  }

  run(orphans: boolean): Joined {
    const memory = this.#memory;
    this.#orphans = orphans;
    const asTheFileHasThem = matchEdges(memory, (share) =>
      this.#options.onProgress?.(WELD_SHARE + EDGES_SHARE * share),
    );
    this.#edges = asTheFileHasThem;
    this.#withoutDuplicates();
    if (this.#edges.unbalanced > this.#edges.flipped) this.#weldNear();
    if (this.#edges.flipped > 0 && this.#edges.conflicts === 0) this.#turnAlike();
    if (this.#edges.unbalanced > Math.max(FEW_LOOSE, memory.faces * TORN)) {
      return tooTorn(memory, this.#swept, asTheFileHasThem);
    }
    if (this.#edges.unbalanced > 0) this.#fill();
    const asItIs = this.#changes.length === 0 && this.#findings.size === 0 && this.#edges.shells === 1;
    const shells = asItIs
      ? singleShell(memory, this.#swept.volume, this.#swept.area)
      : measureShells(memory, this.#middle);
    this.#options.onProgress?.(0.95);
    const cavities = this.#orient(shells);
    this.#lookForMiswound(shells);
    if (this.#orphans) dropUnusedCorners(memory);
    this.#options.onProgress?.(1);
    return this.#result(shells, cavities, asTheFileHasThem);
  }

  #note(change: Change): void {
    const known = this.#changes.find(({ code }) => code === change.code);
    if (!known) {
      this.#changes.push(change);
      return;
    }
    known.faces += change.faces;
    known.volume = known.volume === null || change.volume === null ? null : known.volume + change.volume;
  }

  #volume(): number {
    return Math.abs(measureVolume(this.#memory, this.#middle));
  }

  /** Faces that repeat others go first, whole shells told from single faces. */
  #withoutDuplicates(): void {
    const memory = this.#memory;
    const { edges, removed, holdTogether } = removeDuplicates(memory, this.#edges, BigInt(this.#words()[0]));
    this.#edges = edges;
    if (holdTogether) this.#findings.add('overlapping_shells');
    if (removed === 0) return;
    this.#findings.add('duplicate_faces');
    const shells = measureShells(memory, this.#middle);
    let [faces, volume, elsewhere] = [0, 0, 0];
    for (let shell = 0; shell < shells.count; shell++) {
      const originals = shells.originals[shell]!;
      if (originals === shells.faces[shell]!) {
        faces += originals;
        volume += shells.volume[shell]!;
      } else {
        elsewhere += originals;
      }
    }
    const inShells = elsewhere === 0 ? removed : Math.min(removed, faces);
    if (inShells > 0) {
      const change = -Math.abs(volume) * (inShells / faces);
      this.#note({ code: 'duplicate_shells_removed', faces: inShells, volume: change });
    }
    if (removed > inShells) {
      this.#note({ code: 'duplicate_faces_removed', faces: removed - inShells, volume: null });
    }
    const flags = memory.octets(memory.flags, memory.faces);
    for (let face = 0; face < flags.length; face++) flags[face]! &= 7;
  }

  #weldNear(): void {
    const memory = this.#memory;
    const tolerance = SNAP_TOLERANCE * diagonalOf(this.#box);
    if (!(tolerance > 0)) return;
    const before = this.#volume();
    const { moved, collapsed } = snapCorners(memory, tolerance, this.#box, this.#words()[0]);
    if (moved === 0) return;
    this.#orphans = true;
    this.#findings.add('unwelded_corners');
    this.#edges = matchEdges(memory, () => {});
    this.#note({ code: 'corners_welded', faces: collapsed, volume: this.#volume() - before });
    this.#withoutDuplicates();
  }

  #turnAlike(): void {
    const before = this.#volume();
    const { edges, turned } = turnAlike(this.#memory, this.#middle);
    this.#edges = edges;
    this.#note({ code: 'faces_turned', faces: turned, volume: this.#volume() - before });
  }

  #fill(): void {
    const before = this.#volume();
    const filled = fillHoles(this.#memory, SNAP_TOLERANCE * diagonalOf(this.#box));
    this.#edges = filled.edges;
    // A gap that is nowhere wider than what welding bridges leaves the volume as certain as welding does.
    this.#findings.add(filled.onlySeams ? 'unwelded_corners' : 'open_boundary');
    this.#note({ code: 'holes_filled', faces: filled.faces, volume: this.#volume() - before });
    if (!filled.onlySeams) this.#uncertainty += filled.uncertainty;
  }

  /** Turns the model, then single shells, outward; says which shells are hollows, and whether some overlap. */
  #orient(shells: ShellFigures): Uint8Array {
    const cavities = new Uint8Array(shells.count);
    const sum = total(shells.volume);
    if (sum < 0 && !this.#isFlat(sum)) {
      this.#findings.add('inverted');
      turnChosen(this.#memory, shells, new Uint8Array(shells.count).fill(TURN_ALL));
      for (let shell = 0; shell < shells.count; shell++) shells.volume[shell] = -shells.volume[shell]!;
    }
    if (shells.count === 1) {
      if (this.#findings.has('overlapping_shells')) this.#uncertainty += Math.abs(sum) / 2;
      return cavities;
    }
    let nesting = this.#nesting(shells, 'below');
    if (nesting && this.#turnOutward(shells, nesting)) nesting = this.#nesting(shells, 'below');
    if (!nesting) {
      this.#findings.add('too_many_shells');
      this.#uncertainty += Math.abs(sum) - Math.max(0, largest(shells.volume));
      return cavities;
    }
    for (let shell = 0; shell < shells.count; shell++) {
      if (this.#isFlat(shells.volume[shell]!)) continue;
      const around = shells.volume[shell]! < 0 ? 1 : 0;
      if (nesting.least[shell] !== around || nesting.most[shell] !== around) this.#findings.add('overlapping_shells');
      else cavities[shell] = around;
    }
    if (this.#findings.has('overlapping_shells')) {
      // Together they fill no less than the largest alone.
      this.#uncertainty += Math.max(0, total(shells.volume) - largest(shells.volume));
    }
    return cavities;
  }

  /** What was found to overlap by seven samples a shell needs no closer look; neither does what is open anyway. */
  #lookForMiswound(shells: ShellFigures): void {
    if (this.#findings.has('overlapping_shells') || this.#findings.has('open_boundary')) return;
    const windings = windingsOf(this.#memory, shells, diagonalOf(this.#box), this.#furthest());
    if (windings === 'sound') return;
    this.#findings.add(windings === 'miswound' ? 'overlapping_shells' : 'too_many_shells');
    this.#uncertainty += Math.abs(total(shells.volume)) / 2;
  }

  #furthest(): number {
    const { min, max } = this.#box;
    return Math.max(...min.map(Math.abs), ...max.map(Math.abs));
  }

  #nesting(shells: ShellFigures, side: 'below' | 'above'): Nesting | null {
    return findNesting(this.#memory, shells, diagonalOf(this.#box), this.#furthest(), side);
  }

  /** Shells inside out with nothing around them on either side: bodies whose maker did not care. */
  #turnOutward(shells: ShellFigures, below: Nesting): boolean {
    const isFree = (nesting: Nesting, shell: number) => nesting.least[shell] === 0 && nesting.most[shell] === 0;
    const wrong = [...shells.volume.keys()].filter(
      (shell) => shells.volume[shell]! < 0 && !this.#isFlat(shells.volume[shell]!) && isFree(below, shell),
    );
    const above = wrong.length > 0 ? this.#nesting(shells, 'above') : null;
    if (!above) return false;
    const choice = new Uint8Array(shells.count).fill(TURN_NONE);
    let [faces, volume] = [0, 0];
    for (const shell of wrong) {
      if (!isFree(above, shell)) continue;
      choice[shell] = TURN_ALL;
      faces += shells.faces[shell]!;
      volume -= 2 * shells.volume[shell]!;
      shells.volume[shell] = -shells.volume[shell]!;
    }
    if (faces === 0) return false;
    turnChosen(this.#memory, shells, choice);
    this.#note({ code: 'faces_turned', faces, volume });
    return true;
  }

  #isFlat(volume: number): boolean {
    return Math.abs(volume) <= 1e-12 * diagonalOf(this.#box) ** 3;
  }

  #words(): readonly [number, number] {
    return seedWords(this.#options.seed);
  }

  #result(shells: ShellFigures, cavities: Uint8Array, file: EdgeCounts): Joined {
    const volume = Math.abs(total(shells.volume));
    const repairs = this.#changes.map(({ code, faces, volume: change }): Repair => {
      return { code, faces, volumeChange: shareOf(change, volume) };
    });
    const judged = judge({ volume, box: this.#box, repairs, findings: this.#findings });
    const most = Math.max(volume, boxVolume(this.#box) - volume);
    const hollows = shells.volume.filter((_, shell) => cavities[shell] === 1);
    const memory = this.#memory;
    return {
      mesh: meshOf(memory, shells, cavities),
      verdict: judged.verdict,
      volume,
      volumeUncertainty: Math.min(this.#uncertainty, most),
      area: total(shells.area),
      findings: judged.findings,
      repairs,
      topology: {
        shells: shells.count,
        openEdges: file.open,
        nonManifoldEdges: file.nonManifold,
        flippedEdges: file.flipped,
        cavities: hollows.length,
        cavityVolume: Math.abs(total(hollows)),
      },
      release: releaseOnce(memory),
    };
  }
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

function meshOf(memory: JoinMemory, shells: ShellFigures, cavities: Uint8Array): Mesh {
  const shellOf = memory.words(shells.shellOf, memory.faces);
  const listed: Shell[] = [];
  for (let shell = 0; shell < shells.count; shell++) {
    const figures = {
      faces: shells.faces[shell]!,
      volume: shells.volume[shell]!,
      area: shells.area[shell]!,
      isClosed: true,
      isCavity: cavities[shell] === 1,
    };
    if (listed.length < MOST_LISTED) {
      listed.push(figures);
      continue;
    }
    const rest = listed[MOST_LISTED - 1]!;
    rest.faces += figures.faces;
    rest.volume += figures.volume;
    rest.area += figures.area;
    rest.isCavity = false;
  }
  if (shells.count > MOST_LISTED) {
    for (let face = 0; face < shellOf.length; face++) shellOf[face] = Math.min(shellOf[face]!, MOST_LISTED - 1);
  }
  return {
    positions: memory.floats(memory.positions, memory.corners * 3),
    triangles: memory.words(memory.triangles, memory.faces * 3),
    shellOf,
    shells: listed,
  };
}

function releaseOnce(memory: JoinMemory): () => void {
  let released = false;
  return () => {
    if (!released) returnMemory(memory);
    released = true;
  };
}

/** Next to nothing is joined: only what pass 1 says is known, with the volume about the middle of the box. */
function tooTorn(memory: JoinMemory, swept: SweepFacts, edges: EdgeCounts | null): Joined {
  const box: Box = { min: swept.min, max: swept.max };
  const middle = middleOf(box);
  const moved = [0, 1, 2].reduce((sum, k) => sum + (middle[k]! - swept.reference[k]!) * swept.vectorArea[k]!, 0) / 3;
  const volume = Math.abs(swept.volume - moved);
  const { verdict, findings } = judge({ volume, box, repairs: [], findings: new Set<Finding>(['open_boundary']) });
  return {
    mesh: {
      positions: new Float32Array(0),
      triangles: new Uint32Array(0),
      shellOf: new Uint32Array(0),
      shells: [],
    },
    verdict,
    volume,
    volumeUncertainty: Math.max(volume, boxVolume(box) - volume),
    area: swept.area,
    findings,
    repairs: [],
    topology: edges && {
      shells: 0,
      openEdges: edges.open,
      nonManifoldEdges: edges.nonManifold,
      flippedEdges: edges.flipped,
      cavities: 0,
      cavityVolume: 0,
    },
    release: releaseOnce(memory),
  };
}

/** Two words from all bits of a number, so that neighbouring seeds hash nothing alike. */
function seedWords(seed: number): readonly [number, number] {
  const words = new Uint32Array(Float64Array.of(seed).buffer);
  let h = 0x9e3779b9;
  for (const word of words) h = Math.imul(h ^ word ^ (h >>> 15), 0x85ebca6b);
  const low = (h ^ (h >>> 13)) >>> 0;
  return [low, (Math.imul(low ^ 0x2545f491, 0xc2b2ae35) ^ (h >>> 16)) >>> 0];
}
