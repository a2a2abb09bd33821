import rhino3dm, {
  type BrepFace,
  type Extrusion,
  type File3dm,
  type GeometryBase,
  type InstanceReference,
  type Mesh,
  type RhinoModule,
  type UnitSystem,
} from 'rhino3dm';
import type { Unit } from '#contracts/basics';
import { GeometryRefusal } from '../geometry/index.ts';
import type { CadFacts } from './cad-messages.ts';
import { AS_IT_IS, isMirrored, placed, type Transform, times, transformOf } from './placement.ts';
import type { TriangleFile } from './triangle-file.ts';

/** As deep as parts of a 3MF may be nested. */
const DEEPEST = 16;
/** Placed blocks and objects in all: a few blocks within blocks can stand for more than there is time. */
const MOST_PLACED = 100_000;

/**
 * Writes the visible meshes of a Rhino file, those that Rhino keeps for drawing its surfaces among them, in the document's
 * unit. There is no tessellator: throws GeometryRefusal `model.no_mesh` where one visible body has none, for a part of a
 * model must not be priced as the whole.
 */
export async function read3dm(content: Uint8Array, into: TriangleFile): Promise<CadFacts> {
  const rhino = await rhino3dm();
  const document = rhino.File3dm.fromByteArray(content) as File3dm | null;
  if (!document) throw new GeometryRefusal('model.malformed', 'the 3DM file cannot be read');
  const { unit, factor } = unitOf(rhino, document);
  const reading = new Reading(rhino, document, into);
  reading.run(factor);
  if (reading.meshless > 0) {
    throw new GeometryRefusal('model.no_mesh', `${reading.meshless} of ${reading.bodies} visible bodies have none`);
  }
  if (into.triangles === 0) throw new GeometryRefusal(document.objects().count === 0 ? 'model.empty' : 'model.no_mesh');
  const isForeign = unit === null && !hasNoUnit(rhino, document);
  return { unit, findings: [...(isForeign ? ['unit_unknown'] : []), ...(reading.isDrawn ? ['render_mesh'] : [])] };
}

class Reading {
  /** Visible, each time that it is placed. */
  bodies = 0;
  /** Those of them without triangles. */
  meshless = 0;
  /** Some triangles were made for drawing: they are as exact as whoever drew liked. */
  isDrawn = false;
  readonly #rhino: RhinoModule;
  readonly #document: File3dm;
  readonly #into: TriangleFile;
  /** Places in the table of objects by id. */
  readonly #places = new Map<string, number>();
  readonly #shownLayers: boolean[];
  #placed = 0;

  constructor(rhino: RhinoModule, document: File3dm, into: TriangleFile) {
    this.#rhino = rhino;
    this.#document = document;
    this.#into = into;
    this.#shownLayers = shownLayers(document);
  }

  run(factor: number): void {
    const objects = this.#document.objects();
    const own: number[] = [];
    for (let at = 0; at < objects.count; at++) {
      const attributes = objects.get(at).attributes();
      this.#places.set(attributes.id, at);
      if (!attributes.isInstanceDefinitionObject) own.push(at);
    }
    const where = AS_IT_IS.map((each, at) => (at < 12 ? each * factor : each));
    for (const at of own) this.#placeObject(at, where, 0);
  }

  #placeObject(at: number, where: Transform, depth: number): void {
    if (++this.#placed > MOST_PLACED) throw new GeometryRefusal('model.too_many_triangles', 'too many placed objects');
    const object = this.#document.objects().get(at);
    const attributes = object.attributes();
    const isShown = attributes.visible && (this.#shownLayers[attributes.layerIndex] ?? true);
    if (!isShown) return;
    this.#place(object.geometry(), where, depth);
  }

  /** Curves, points and words are not made. */
  #place(geometry: GeometryBase, where: Transform, depth: number): void {
    const { ObjectType } = this.#rhino;
    const type: unknown = geometry.objectType;
    if (type === ObjectType.InstanceReference) this.#placeBlock(geometry as InstanceReference, where, depth);
    else if (type === ObjectType.Mesh) this.#body([geometry as Mesh], where);
    else if (type === ObjectType.Extrusion) this.#body([this.#meshOf(geometry as Extrusion)], where);
    else if (type === ObjectType.Brep || type === ObjectType.Surface) this.#body(this.#meshesOf(geometry), where);
    else if (type === ObjectType.SubD) this.#body([null], where);
  }

  #placeBlock(block: InstanceReference, where: Transform, depth: number): void {
    if (depth >= DEEPEST) throw new GeometryRefusal('model.nested_too_deep');
    const definition = this.#document.instanceDefinitions().findId(block.parentIdefId);
    // The ids of its objects; a linked block has none of its own.
    const ids = definition ? (definition.getObjectIds() as string[]) : [];
    if (ids.length === 0) throw new GeometryRefusal('model.parts_missing', 'a block is empty, or lies in another file');
    const inner = times(where, transformOf(block.xform));
    for (const id of ids) {
      const at = this.#places.get(id);
      if (at === undefined) throw new GeometryRefusal('model.malformed', 'a block holds what is not there');
      this.#placeObject(at, inner, depth + 1);
    }
  }

  /** A surface by itself has no mesh. */
  #meshesOf(geometry: GeometryBase): (Mesh | null)[] {
    if (!('faces' in geometry)) return [null];
    const faces = (geometry as { faces(): { count: number; get(at: number): BrepFace } }).faces();
    return Array.from({ length: faces.count }, (_, at) => this.#meshOf(faces.get(at)));
  }

  /** The one that is drawn, else any. */
  #meshOf(surface: BrepFace | Extrusion): Mesh | null {
    const { Render, Any } = this.#rhino.MeshType;
    this.isDrawn = true;
    return (surface.getMesh(Render) as Mesh | null) ?? (surface.getMesh(Any) as Mesh | null);
  }

  #body(meshes: readonly (Mesh | null)[], where: Transform): void {
    this.bodies++;
    const before = this.#into.triangles;
    for (const mesh of meshes) if (mesh) this.#write(mesh, where);
    if (meshes.includes(null) || this.#into.triangles === before) this.meshless++;
  }

  #write(mesh: Mesh, where: Transform): void {
    const vertices = mesh.vertices();
    const isDouble = vertices.useDoublePrecisionVertices;
    const count = vertices.count;
    const places = new Float64Array(count * 3);
    for (let at = 0; at < count; at++)
      placed(where, isDouble ? vertices.point3dAt(at) : vertices.get(at), places, at * 3);
    const faces = mesh.faces();
    const mirrored = isMirrored(where);
    const add = (a: number, b: number, c: number): void => {
      if (Math.max(a, b, c) >= count || Math.min(a, b, c) < 0) {
        throw new GeometryRefusal('model.malformed', 'a face names a corner that is not there');
      }
      if (mirrored) this.#into.add(places, 3 * a, 3 * c, 3 * b);
      else this.#into.add(places, 3 * a, 3 * b, 3 * c);
    };
    for (let at = 0, all = faces.count; at < all; at++) {
      const [a, b, c, d] = faces.get(at) as [number, number, number, number];
      add(a, b, c);
      if (d !== c) add(a, c, d);
    }
  }
}

/** By their index: a layer is seen when it and those above it are. */
function shownLayers(document: File3dm): boolean[] {
  const layers = document.layers();
  const all = Array.from({ length: layers.count }, (_, at) => layers.get(at));
  const byId = new Map(all.map((layer) => [layer.id, layer]));
  const shown: boolean[] = [];
  for (const layer of all) {
    let isShown = true;
    // Bounded: layers that lie in each other would go round for ever.
    for (let above = byId.get(layer.id), n = 0; above && isShown && n <= all.length; n++) {
      isShown = above.visible;
      above = byId.get(above.parentLayerId);
    }
    shown[layer.index] = isShown;
  }
  return shown;
}

/** Null for a document without a unit; one that nobody makes parts in is turned into millimetres by `factor`. */
function unitOf({ UnitSystem: systems }: RhinoModule, document: File3dm): { unit: Unit | null; factor: number } {
  const system: UnitSystem = document.settings().modelUnitSystem;
  const named: readonly (readonly [UnitSystem, Unit, number])[] = [
    [systems.Millimeters, 'mm', 1],
    [systems.Centimeters, 'cm', 1],
    [systems.Meters, 'm', 1],
    [systems.Inches, 'in', 1],
    [systems.Feet, 'ft', 1],
    [systems.Microns, 'mm', 0.001],
    [systems.Decimeters, 'mm', 100],
    [systems.Mils, 'mm', 0.0254],
    [systems.Yards, 'mm', 914.4],
    [systems.PrinterPoints, 'mm', 25.4 / 72],
    [systems.PrinterPicas, 'mm', 25.4 / 6],
  ];
  const found = named.find(([each]) => each === system);
  return found ? { unit: found[1], factor: found[2] } : { unit: null, factor: 1 };
}

function hasNoUnit({ UnitSystem: { None, Unset } }: RhinoModule, document: File3dm): boolean {
  const system: UnitSystem = document.settings().modelUnitSystem;
  return system === None || system === Unset;
}
