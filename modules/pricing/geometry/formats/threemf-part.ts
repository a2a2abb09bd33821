import type { Unit } from '#contracts/basics';
import { GeometryRefusal } from '../refusal.ts';
import type { ByteStream } from './byte-window.ts';
import { MAX_TRIANGLES, MAX_VERTICES } from './limits.ts';
import { ORIGIN, originFor, type Point } from './origin.ts';
import { IDENTITY, type Transform } from './transform.ts';
import { XmlReader } from './xml-reader.ts';

/** `<vertex x="0"y="0"z="0"/>` and `<triangle v1="0"v2="0"v3="0"/>`: no element is shorter. */
const LEAST_VERTEX_BYTES = 25;
const LEAST_TRIANGLE_BYTES = 31;
const DEEPEST_TAG = 64;
const MOST_OBJECTS = 50_000;
const MOST_REFERENCES = 200_000;
const UNITS = new Map<string, { unit: Unit; scale: number }>([
  ['micron', { unit: 'mm', scale: 0.001 }],
  ['millimeter', { unit: 'mm', scale: 1 }],
  ['centimeter', { unit: 'cm', scale: 1 }],
  ['inch', { unit: 'in', scale: 1 }],
  ['foot', { unit: 'ft', scale: 1 }],
  ['meter', { unit: 'm', scale: 1 }],
]);
/** Extensions that may be required: they leave meshes and their places as the core has them. */
const HARMLESS_EXTENSIONS = ['material', 'production', 'slice', 'trianglesets', 'beamlattice'];

export interface ThreeMfMesh {
  /** Relative to `origin`. */
  vertices: Float32Array;
  /** Three vertices for each triangle. */
  triangles: Uint32Array;
  origin: Point;
}

/** An object put somewhere: by a component, or by the build. */
export interface ThreeMfReference {
  /** Of the part that holds the object; null: the same part. */
  path: string | null;
  objectId: string;
  transform: Transform;
}

export interface ThreeMfObject {
  id: string;
  type: string;
  mesh: ThreeMfMesh | null;
  components: ThreeMfReference[];
}

export interface ThreeMfPart {
  unit: Unit;
  /** From the part's unit to `unit`. */
  scale: number;
  objects: Map<string, ThreeMfObject>;
  items: ThreeMfReference[];
}

/** Room that all parts of a file share. */
export interface ThreeMfBudget {
  vertices: number;
  triangles: number;
  references: number;
}

export function threeMfBudget(): ThreeMfBudget {
  return { vertices: MAX_VERTICES, triangles: MAX_TRIANGLES, references: MOST_REFERENCES };
}

type Kind =
  | 'document'
  | 'model'
  | 'resources'
  | 'object'
  | 'mesh'
  | 'vertices'
  | 'triangles'
  | 'components'
  | 'build'
  | 'other';

/** Which element may stand in which; others, and all that is in them, are passed over. */
const CHILDREN: Readonly<Partial<Record<Kind, Readonly<Record<string, Kind>>>>> = {
  document: { model: 'model' },
  model: { resources: 'resources', build: 'build' },
  resources: { object: 'object' },
  object: { mesh: 'mesh', components: 'components' },
  mesh: { vertices: 'vertices', triangles: 'triangles' },
};

/** Shapes that a mesh does not hold: measuring without them would be wrong. */
const UNREADABLE = new Map([
  ['beamlattice', 'a beam lattice'],
  ['booleanshape', 'boolean operations'],
  ['levelset', 'a volumetric body'],
  ['displacementmesh', 'a displacement map'],
]);

/**
 * Reads one `.model` part of a 3MF package. `bytes` is its unpacked size, which bounds what it can hold.
 * @throws GeometryRefusal when it is damaged, or needs what cannot be read
 */
export function readThreeMfPart(
  stream: ByteStream,
  bytes: number,
  budget: ThreeMfBudget,
  findings: (code: string) => void,
): ThreeMfPart {
  return new PartReader(stream, bytes, budget, findings).read();
}

class PartReader {
  readonly #xml: XmlReader;
  readonly #budget: ThreeMfBudget;
  readonly #findings: (code: string) => void;
  readonly #part: ThreeMfPart = { unit: 'mm', scale: 1, objects: new Map(), items: [] };
  readonly #kinds: Kind[] = ['document'];
  /** Room for all meshes of the part; pages that are never touched cost nothing. */
  readonly #vertices: Float32Array;
  readonly #triangles: Uint32Array;
  #vertexEnd = 0;
  #triangleEnd = 0;
  #vertexStart = 0;
  #triangleStart = 0;
  #meshOrigin: Point = ORIGIN;
  #object: ThreeMfObject | null = null;
  #prefix = '';
  #hasModel = false;

  constructor(stream: ByteStream, bytes: number, budget: ThreeMfBudget, findings: (code: string) => void) {
    this.#xml = new XmlReader(stream);
    this.#budget = budget;
    this.#findings = findings;
    this.#vertices = new Float32Array(3 * Math.min(budget.vertices, Math.floor(bytes / LEAST_VERTEX_BYTES)));
    this.#triangles = new Uint32Array(3 * Math.min(budget.triangles, Math.floor(bytes / LEAST_TRIANGLE_BYTES)));
  }

  read(): ThreeMfPart {
    const kinds = this.#kinds;
    for (;;) {
      const event = this.#xml.next();
      if (event === 'end') break;
      if (event === 'open') this.#open(kinds[kinds.length - 1]!);
      else this.#close();
    }
    if (kinds.length > 1) throw new GeometryRefusal('model.truncated', `<${kinds[kinds.length - 1]}> is not finished`);
    if (!this.#hasModel) throw new GeometryRefusal('model.malformed', 'a model part without a <model>');
    this.#budget.vertices -= this.#vertexEnd / 3;
    this.#budget.triangles -= this.#triangleEnd / 3;
    return this.#part;
  }

  #open(parent: Kind): void {
    const xml = this.#xml;
    if (parent === 'vertices' && xml.is('vertex')) this.#vertex();
    else if (parent === 'triangles' && xml.is('triangle')) this.#triangle();
    else {
      this.#element(parent);
      return;
    }
    // Whatever stands inside is passed over.
    this.#kinds.push('other');
  }

  #element(parent: Kind): void {
    const { name, prefix } = this.#xml;
    if (parent === 'document' && name === 'model') this.#prefix = prefix;
    const core = prefix === this.#prefix;
    const kind = (core && CHILDREN[parent]?.[name]) || 'other';
    if (this.#kinds.length > DEEPEST_TAG) throw new GeometryRefusal('model.nested_too_deep', 'tags of its XML');
    this.#kinds.push(kind);
    if (kind === 'model') this.#model();
    else if (kind === 'object') this.#beginObject();
    else if (kind === 'mesh') this.#beginMesh();
    else if (core && name === 'component' && parent === 'components') this.#component();
    else if (core && name === 'item' && parent === 'build') this.#item();
    else if (parent === 'mesh' || parent === 'object' || parent === 'resources') this.#foreign(name);
  }

  #foreign(name: string): void {
    const what = UNREADABLE.get(name);
    if (what) throw new GeometryRefusal('model.format_unsupported', `it has ${what}`);
    if (name === 'slicestack') this.#findings('slices_ignored');
  }

  #close(): void {
    const kind = this.#kinds.pop();
    if (this.#kinds.length === 0) throw this.#xml.malformed('a tag is closed that was not opened');
    if (kind === 'mesh') this.#endMesh();
    else if (kind === 'object') this.#endObject();
  }

  #model(): void {
    if (this.#hasModel) throw this.#xml.malformed('a second <model>');
    this.#hasModel = true;
    const attributes = this.#xml.attributes();
    const unit = UNITS.get(attributes.get('unit') ?? 'millimeter');
    if (!unit) throw this.#xml.malformed('an unknown unit');
    this.#part.unit = unit.unit;
    this.#part.scale = unit.scale;
    for (const prefix of (attributes.get('requiredextensions') ?? '').split(/\s+/)) {
      if (prefix === '') continue;
      const space = attributes.get(`xmlns:${prefix}`) ?? prefix;
      if (!HARMLESS_EXTENSIONS.some((name) => space.includes(`/3dmanufacturing/${name}/`))) {
        throw new GeometryRefusal('model.format_unsupported', `it needs the extension ${shown(space)}`);
      }
    }
  }

  #beginObject(): void {
    const attributes = this.#xml.attributes();
    const id = attributes.get('id');
    if (id === undefined) throw this.#xml.malformed('an object without an id');
    if (this.#part.objects.has(id)) throw this.#xml.malformed(`two objects ${shown(id)}`);
    if (this.#part.objects.size === MOST_OBJECTS) throw this.#xml.malformed(`more than ${MOST_OBJECTS} objects`);
    if (attributes.has('slicestackid')) this.#findings('slices_ignored');
    this.#object = { id, type: attributes.get('type') ?? 'model', mesh: null, components: [] };
    this.#part.objects.set(id, this.#object);
  }

  #endObject(): void {
    this.#object = null;
  }

  #beginMesh(): void {
    if (this.#object?.mesh) throw this.#xml.malformed('an object with two meshes');
    this.#vertexStart = this.#vertexEnd;
    this.#triangleStart = this.#triangleEnd;
    this.#meshOrigin = ORIGIN;
  }

  #endMesh(): void {
    this.#object!.mesh = {
      vertices: this.#vertices.subarray(this.#vertexStart, this.#vertexEnd),
      triangles: this.#triangles.subarray(this.#triangleStart, this.#triangleEnd),
      origin: this.#meshOrigin,
    };
  }

  #vertex(): void {
    const xml = this.#xml;
    let x = Number.NaN;
    let y = Number.NaN;
    let z = Number.NaN;
    while (xml.nextAttribute()) {
      if (xml.attributeIs('x')) x = xml.coordinateValue();
      else if (xml.attributeIs('y')) y = xml.coordinateValue();
      else if (xml.attributeIs('z')) z = xml.coordinateValue();
      else xml.skipValue();
    }
    if (Number.isNaN(x + y + z)) throw xml.malformed('a vertex needs x, y and z');
    const to = this.#vertexEnd;
    if (to + 3 > this.#vertices.length) throw tooMany(`more than ${to / 3} vertices`);
    if (to === this.#vertexStart) this.#meshOrigin = originFor(x, y, z);
    this.#vertices[to] = x - this.#meshOrigin[0];
    this.#vertices[to + 1] = y - this.#meshOrigin[1];
    this.#vertices[to + 2] = z - this.#meshOrigin[2];
    this.#vertexEnd = to + 3;
  }

  #triangle(): void {
    const xml = this.#xml;
    let a = Number.NaN;
    let b = Number.NaN;
    let c = Number.NaN;
    while (xml.nextAttribute()) {
      if (xml.attributeIs('v1')) a = xml.indexValue();
      else if (xml.attributeIs('v2')) b = xml.indexValue();
      else if (xml.attributeIs('v3')) c = xml.indexValue();
      else xml.skipValue();
    }
    const vertices = (this.#vertexEnd - this.#vertexStart) / 3;
    if (!(a < vertices && b < vertices && c < vertices)) {
      throw xml.malformed(`a triangle does not name three of the ${vertices} vertices of its mesh`);
    }
    const to = this.#triangleEnd;
    if (to + 3 > this.#triangles.length) throw tooMany(`more than ${to / 3} triangles`);
    this.#triangles[to] = a;
    this.#triangles[to + 1] = b;
    this.#triangles[to + 2] = c;
    this.#triangleEnd = to + 3;
  }

  #component(): void {
    this.#object!.components.push(this.#reference(this.#xml.attributes()));
  }

  #item(): void {
    const attributes = this.#xml.attributes();
    if (attributes.get('printable') === '0') this.#findings('objects_skipped');
    else this.#part.items.push(this.#reference(attributes));
  }

  #reference(attributes: ReadonlyMap<string, string>): ThreeMfReference {
    if (--this.#budget.references < 0) throw tooMany(`more than ${MOST_REFERENCES} components`);
    const objectId = attributes.get('objectid');
    if (objectId === undefined) throw this.#xml.malformed('a component without an objectid');
    let path: string | null = null;
    for (const [name, value] of attributes) if (name.endsWith(':path')) path = value.replace(/^\//, '');
    return { path, objectId, transform: this.#transform(attributes.get('transform')) };
  }

  #transform(text: string | undefined): Transform {
    if (text === undefined) return IDENTITY;
    const numbers = text.trim().split(/\s+/).map(Number);
    if (numbers.length !== 12) throw this.#xml.malformed('a transform needs twelve numbers');
    if (!numbers.every(Number.isFinite)) throw new GeometryRefusal('model.not_a_number', 'in a transform');
    return numbers;
  }
}

function tooMany(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.too_many_triangles', detail);
}

function shown(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?');
}
