import load from 'occt-import-js';
import { GeometryRefusal } from '../geometry/index.ts';
import type { TriangleFile } from './triangle-file.ts';

/** Of the box of the part: a chord this much off its arc, and no more than this many radians between facets. */
const TESSELLATION = {
  linearUnit: 'millimeter',
  linearDeflectionType: 'bounding_box_ratio',
  linearDeflection: 0.0005,
  angularDeflection: 0.2,
} as const;

/** Turns the bodies of a STEP file into triangles, in millimetres whatever unit the file has. Throws GeometryRefusal. */
export async function readStep(content: Uint8Array, into: TriangleFile): Promise<void> {
  const occt = await load();
  const { success, meshes } = occt.ReadStepFile(content, TESSELLATION);
  if (!success) throw new GeometryRefusal('model.malformed', 'the STEP file cannot be read');
  const corners = new Float64Array(9);
  for (const { attributes, index } of meshes ?? []) {
    const places = attributes.position.array;
    for (let at = 0; at + 2 < index.array.length; at += 3) {
      for (let c = 0; c < 3; c++) {
        for (let k = 0; k < 3; k++) corners[c * 3 + k] = places[index.array[at + c]! * 3 + k]!;
      }
      into.add(corners);
    }
  }
}
