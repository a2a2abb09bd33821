import load, { type StepMesh } from 'occt-import-js';
import { GeometryRefusal } from '../geometry/index.ts';
import type { CadFacts } from './cad-messages.ts';
import type { TriangleFile } from './triangle-file.ts';

/**
 * Linear: a chord may be this share of the part's box off its arc. Angular: radians between facets. Measured: volumes
 * within 5e-5 of those of the exact bodies; five times coarser it is 1.6e-4, in no less time.
 */
const TESSELLATION = {
  linearUnit: 'millimeter',
  linearDeflectionType: 'bounding_box_ratio',
  linearDeflection: 0.0001,
  angularDeflection: 0.1,
} as const;

/**
 * Turns the bodies of a STEP file into triangles, in millimetres whatever unit the file has. Throws GeometryRefusal, also
 * where a body is missing: the reader passes over what it cannot make sense of without a word, and a part of a model must
 * not be priced as the whole.
 */
export async function readStep(content: Uint8Array, into: TriangleFile): Promise<CadFacts> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (!isWhole(bytes)) throw new GeometryRefusal('model.truncated', 'its closing line is missing');
  if (bytes.includes('APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT')) throw new GeometryRefusal('model.parts_missing');
  const occt = await load();
  const { success, meshes = [] } = occt.ReadStepFile(content, TESSELLATION);
  if (!success) throw new GeometryRefusal('model.malformed', 'the STEP file cannot be read');
  const bodies = meshes.filter((mesh) => write(mesh, into) > 0).length;
  const named = solidsNamed(bytes);
  if (bodies < named)
    throw new GeometryRefusal('model.malformed', `${named - bodies} of ${named} solids cannot be read`);
  if (bodies === 0) throw new GeometryRefusal('model.empty', 'the STEP file holds no solid or surface');
  return { unit: 'mm', findings: [] };
}

function write({ attributes, index }: StepMesh, into: TriangleFile): number {
  const places = attributes.position.array;
  const corners = index.array;
  for (let at = 0; at + 2 < corners.length; at += 3) {
    into.add(places, corners[at]! * 3, corners[at + 1]! * 3, corners[at + 2]! * 3);
  }
  return Math.floor(corners.length / 3);
}

/** Signatures may follow the model, before the closing line; nothing but white space should follow that. */
const TAIL_BYTES = 64 * 1024;

function isWhole(bytes: Buffer): boolean {
  return bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)).includes('END-ISO-10303-21');
}

const SOLIDS = ['MANIFOLD_SOLID_BREP', 'BREP_WITH_VOIDS', 'FACETED_BREP'];
const SPACES: ReadonlySet<number> = new Set([9, 10, 13, 32]);

/** Solids that the text defines: `#12 = MANIFOLD_SOLID_BREP (`. An assembly may place each of them several times. */
function solidsNamed(bytes: Buffer): number {
  let count = 0;
  for (const name of SOLIDS) {
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
      let before = at - 1;
      while (before > 0 && SPACES.has(bytes[before]!)) before--;
      let after = at + name.length;
      while (after < bytes.length && SPACES.has(bytes[after]!)) after++;
      if (bytes[before] === EQUALS && bytes[after] === BRACKET) count++;
    }
  }
  return count;
}

const EQUALS = 61;
const BRACKET = 40;
