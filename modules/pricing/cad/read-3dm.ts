import rhino3dm, {
  type File3dm,
  type GeometryBase,
  type InstanceReference,
  type Mesh,
  type RhinoModule,
} from 'rhino3dm';
import type { Unit } from '#contracts/basics';
import { GeometryRefusal } from '../geometry/index.ts';
import type { TriangleFile } from './triangle-file.ts';

const DEEPEST = 16;
/** Placed blocks and objects in all: a few blocks within blocks can stand for more than there is time. */
const MOST_PLACED = 100_000;

/** Row by row, 4 × 4. */
type Transform = readonly number[];
const AS_IT_IS: Transform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/**
 * Writes the visible meshes of a Rhino file, those that Rhino keeps for drawing its surfaces among them, in the document's
 * unit. There is no tessellator: throws GeometryRefusal `model.no_mesh` where there is none.
 */
export async function read3dm(
  content: Uint8Array,
  into: TriangleFile,
): Promise<{ unit: Unit | null; findings: string[] }> {
  const rhino = await rhino3dm();
  const document = rhino.File3dm.fromByteArray(content) as File3dm | null;
  if (!document) throw new GeometryRefusal('model.malformed', 'the 3DM file cannot be read');
  const reading = new Reading(rhino, document, into);
  reading.run();
  if (into.triangles === 0) throw new GeometryRefusal('model.no_mesh');
  const unit = reading.unit();
  return {
    unit,
    findings: [...(unit ? [] : ['unit_unknown']), ...(reading.isPartly ? ['surfaces_without_mesh'] : [])],
  };
}

class Reading {
  /** Some surfaces have no mesh. */
  isPartly = false;
  readonly #rhino: RhinoModule;
  readonly #document: File3dm;
  readonly #into: TriangleFile;
  #placed = 0;

  constructor(rhino: RhinoModule, document: File3dm, into: TriangleFile) {
    this.#rhino = rhino;
    this.#document = document;
    this.#into = into;
  }

  run(): void {
    const objects = this.#document.objects();
    for (let i = 0; i < objects.count; i++) {
      const object = objects.get(i);
      const attributes = object.attributes();
      if (attributes.isInstanceDefinitionObject || !attributes.visible || !this.#isShown(attributes.layerIndex))
        continue;
      this.#place(object.geometry(), AS_IT_IS, 0);
    }
  }

  /** Null for one that nobody makes parts in. */
  unit(): Unit | null {
    const { UnitSystem } = this.#rhino;
    const system: unknown = this.#document.settings().modelUnitSystem;
    const known: readonly (readonly [unknown, Unit])[] = [
      [UnitSystem.Millimeters, 'mm'],
      [UnitSystem.Centimeters, 'cm'],
      [UnitSystem.Meters, 'm'],
      [UnitSystem.Inches, 'in'],
      [UnitSystem.Feet, 'ft'],
    ];
    return known.find(([each]) => each === system)?.[1] ?? null;
  }

  #isShown(layer: number): boolean {
    const layers = this.#document.layers();
    return layer < 0 || layer >= layers.count || layers.get(layer).visible;
  }

  #place(geometry: GeometryBase, where: Transform, depth: number): void {
    if (++this.#placed > MOST_PLACED) throw new GeometryRefusal('model.too_many_triangles', 'too many placed objects');
    const { ObjectType } = this.#rhino;
    const type: unknown = geometry.objectType;
    if (type === ObjectType.Mesh) this.#write(geometry as Mesh, where);
    else if (type === ObjectType.InstanceReference) this.#placeBlock(geometry as InstanceReference, where, depth);
    else if (type === ObjectType.Brep || type === ObjectType.Extrusion) this.#writeSurfaces(geometry, where);
    else if (type === ObjectType.SubD) this.isPartly = true;
  }

  #placeBlock(block: InstanceReference, where: Transform, depth: number): void {
    if (depth >= DEEPEST) throw new GeometryRefusal('model.nested_too_deep');
    const definition = this.#document.instanceDefinitions().findId(block.parentIdefId);
    if (!definition) return;
    const inner = times(where, [...(block.xform.toFloatArray(true) as Iterable<number>)]);
    const ids = definition.getObjectIds() as unknown as string[];
    for (const id of ids) {
      const object = this.#document.objects().findId(id);
      if (object) this.#place(object.geometry(), inner, depth + 1);
    }
  }

  #writeSurfaces(geometry: GeometryBase, where: Transform): void {
    const kind = this.#rhino.MeshType.Any;
    const meshes: (Mesh | null)[] = [];
    const brep = geometry as unknown as {
      faces?: () => { count: number; get(i: number): { getMesh(kind: unknown): Mesh | null } };
    };
    if (typeof brep.faces === 'function') {
      const faces = brep.faces();
      for (let i = 0; i < faces.count; i++) meshes.push(faces.get(i).getMesh(kind));
    } else meshes.push((geometry as unknown as { getMesh(kind: unknown): Mesh | null }).getMesh(kind));
    for (const mesh of meshes) {
      if (mesh) this.#write(mesh, where);
      else this.isPartly = true;
    }
  }

  #write(mesh: Mesh, where: Transform): void {
    const vertices = mesh.vertices();
    const faces = mesh.faces();
    const count = vertices.count;
    const places = new Float64Array(count * 3);
    for (let i = 0; i < count; i++) {
      const [x = 0, y = 0, z = 0] = vertices.get(i) as unknown as number[];
      for (let row = 0; row < 3; row++) {
        const at = row * 4;
        places[i * 3 + row] = where[at]! * x + where[at + 1]! * y + where[at + 2]! * z + where[at + 3]!;
      }
    }
    const isMirrored = determinant(where) < 0;
    const corners = new Float64Array(9);
    const add = (a: number, b: number, c: number): void => {
      for (const [n, corner] of (isMirrored ? [a, c, b] : [a, b, c]).entries()) {
        if (corner >= count) throw new GeometryRefusal('model.malformed', `a face names corner ${corner} of ${count}`);
        corners.set(places.subarray(corner * 3, corner * 3 + 3), n * 3);
      }
      this.#into.add(corners);
    };
    for (let i = 0; i < faces.count; i++) {
      const [a = 0, b = 0, c = 0, d = 0] = faces.get(i) as unknown as number[];
      add(a, b, c);
      if (d !== c) add(a, c, d);
    }
  }
}

function times(a: Transform, b: Transform): Transform {
  return Array.from({ length: 16 }, (_, at) => {
    const [row, column] = [Math.floor(at / 4) * 4, at % 4];
    return (
      a[row]! * b[column]! + a[row + 1]! * b[column + 4]! + a[row + 2]! * b[column + 8]! + a[row + 3]! * b[column + 12]!
    );
  });
}

function determinant(m: Transform): number {
  return (
    m[0]! * (m[5]! * m[10]! - m[6]! * m[9]!) -
    m[1]! * (m[4]! * m[10]! - m[6]! * m[8]!) +
    m[2]! * (m[4]! * m[9]! - m[5]! * m[8]!)
  );
}
