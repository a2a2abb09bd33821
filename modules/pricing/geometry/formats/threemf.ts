import type { Unit } from '#contracts/basics';
import type { ByteSource } from '../byte-source.ts';
import { GeometryRefusal } from '../refusal.ts';
import { MAX_TRIANGLES } from './limits.ts';
import { originFor, type Point } from './origin.ts';
import {
  readThreeMfPart,
  type ThreeMfMesh,
  type ThreeMfObject,
  type ThreeMfPart,
  type ThreeMfReference,
  threeMfBudget,
} from './threemf-part.ts';
import { compose, IDENTITY, movedBy, Placement, scaling, type Transform, transformed } from './transform.ts';
import type { TriangleSource } from './triangle-source.ts';
import { TRIANGLE_BYTES, TriangleWriter } from './triangle-writer.ts';
import { XmlReader } from './xml-reader.ts';
import { ZipArchive, type ZipEntry } from './zip.ts';

const DEEPEST = 16;
const MOST_PLACED = 200_000;
const MOST_RELATIONSHIP_BYTES = 1 << 20;
/** Of support structures and the like nothing is delivered. */
const PRINTED_TYPES = ['model', 'solidsupport'];

export interface OpenedThreeMf {
  unit: Unit;
  origin: Point;
  triangles: TriangleSource;
}

/**
 * Everything that a 3MF package builds. The package is read at once (its meshes once, however often they are placed);
 * copies are made while triangles are asked for, after their number was found to be bearable.
 * @throws GeometryRefusal
 */
export function threeMf(source: ByteSource, findings: (code: string) => void): OpenedThreeMf {
  const archive = new ZipArchive(source);
  const root = rootPart(archive);
  const scene = new Scene(readParts(archive, root, findings), root.name, findings);
  const count = scene.refuseBombs();
  const origin = scene.origin();
  return {
    unit: scene.unit,
    origin,
    triangles: {
      atMost: count,
      stride: TRIANGLE_BYTES,
      offset: 0,
      forEachBlock(into, visit) {
        const writer = new TriangleWriter(into, visit);
        scene.write(writer, origin);
        writer.end();
      },
    },
  };
}

/** What the package's relationships call its 3D model, or else the part in the usual place. */
function rootPart(archive: ZipArchive): ZipEntry {
  const relationships = archive.find('_rels/.rels');
  const target = relationships ? modelTarget(archive, relationships) : null;
  const named = target === null ? undefined : archive.find(target);
  if (target !== null && !named)
    throw new GeometryRefusal('model.parts_missing', `${shown(target)} is not in the archive`);
  const found = named ?? archive.find('3D/3dmodel.model') ?? onlyModel(archive);
  if (!found) throw new GeometryRefusal('model.unknown_format', 'an archive without a 3D model');
  return found;
}

function onlyModel(archive: ZipArchive): ZipEntry | undefined {
  const models = archive.entries.filter(({ name }) => name.toLowerCase().endsWith('.model'));
  return models.length === 1 ? models[0] : undefined;
}

function modelTarget(archive: ZipArchive, entry: ZipEntry): string | null {
  if (entry.bytes > MOST_RELATIONSHIP_BYTES) throw new GeometryRefusal('model.unpacks_too_large', 'its relationships');
  const xml = new XmlReader(archive.open(entry));
  for (let event = xml.next(); event !== 'end'; event = xml.next()) {
    if (event !== 'open' || !xml.is('Relationship')) continue;
    const attributes = xml.attributes();
    if (attributes.get('Type')?.endsWith('/3dmodel')) return (attributes.get('Target') ?? '').replace(/^\//, '');
  }
  return null;
}

/** The root and every part that it names, each once. Keys are lower case. */
function readParts(archive: ZipArchive, root: ZipEntry, findings: (code: string) => void): Map<string, ThreeMfPart> {
  const parts = new Map<string, ThreeMfPart>();
  const budget = threeMfBudget();
  const waiting = [root];
  const asked = new Set([root.name.toLowerCase()]);
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const part = readThreeMfPart(archive.open(entry), entry.bytes, budget, findings);
    parts.set(entry.name.toLowerCase(), part);
    for (const { path } of referencesOf(part, entry === root)) {
      if (path === null || asked.has(path.toLowerCase())) continue;
      const named = archive.find(path);
      if (!named) throw new GeometryRefusal('model.parts_missing', `${shown(path)} is not in the archive`);
      asked.add(path.toLowerCase());
      waiting.push(named);
    }
  }
  return parts;
}

/** Only the root's build counts. */
function* referencesOf(part: ThreeMfPart, isRoot: boolean): Generator<ThreeMfReference> {
  for (const object of part.objects.values()) yield* object.components;
  if (isRoot) yield* part.items;
}

/** An object with what it stands for, all copies counted. */
interface Node {
  object: ThreeMfObject;
  children: { node: Node; transform: Transform }[];
  state: 'new' | 'open' | 'counted';
  /** Doubles: a bomb's number need not be exact. */
  triangles: number;
  placed: number;
  depth: number;
}

class Scene {
  readonly unit: Unit;
  readonly #scale: number;
  readonly #items: { node: Node; transform: Transform }[] = [];

  constructor(parts: ReadonlyMap<string, ThreeMfPart>, rootName: string, findings: (code: string) => void) {
    const rootKey = rootName.toLowerCase();
    const root = parts.get(rootKey)!;
    this.unit = root.unit;
    this.#scale = root.scale;
    const nodes = new Map<ThreeMfObject, Node>();
    const resolve = (reference: ThreeMfReference, from: string): Node => {
      const object = parts.get(reference.path?.toLowerCase() ?? from)?.objects.get(reference.objectId);
      if (!object) throw malformed(`object ${shown(reference.objectId)} is placed, but not there`);
      return nodes.get(object)!;
    };
    for (const part of parts.values()) for (const object of part.objects.values()) nodes.set(object, newNode(object));
    for (const [key, part] of parts) {
      for (const object of part.objects.values()) {
        const { children } = nodes.get(object)!;
        for (const it of object.components) children.push({ node: resolve(it, key), transform: it.transform });
      }
    }
    for (const item of root.items) {
      const node = resolve(item, rootKey);
      if (PRINTED_TYPES.includes(node.object.type)) this.#items.push({ node, transform: item.transform });
      else findings('objects_skipped');
    }
  }

  /** The number of triangles. @throws GeometryRefusal for circles, depths and more triangles than can be measured */
  refuseBombs(): number {
    let triangles = 0;
    let placed = 0;
    for (const { node } of this.#items) {
      count(node);
      triangles += node.triangles;
      placed += node.placed;
    }
    if (triangles > MAX_TRIANGLES) throw new GeometryRefusal('model.too_many_triangles', shownCount(triangles));
    if (placed > MOST_PLACED)
      throw new GeometryRefusal('model.too_many_triangles', `${shownCount(placed)} copies of parts`);
    if (triangles === 0) throw new GeometryRefusal('model.empty', 'nothing is built');
    return triangles;
  }

  origin(): Point {
    for (const { mesh, transform } of this.#placed()) {
      const { vertices } = mesh;
      return originFor(...transformed(transform, [vertices[0]!, vertices[1]!, vertices[2]!]));
    }
    return [0, 0, 0];
  }

  write(writer: TriangleWriter, origin: Point): void {
    for (const { mesh, transform } of this.#placed()) {
      const placement = new Placement(transform, origin, writer);
      const { vertices, triangles } = mesh;
      for (let k = 0; k < triangles.length; k += 3) {
        placement.triangle(vertices, triangles[k]!, triangles[k + 1]!, triangles[k + 2]!);
      }
    }
  }

  /** Every copy of every mesh. Branches without triangles are not entered, so that the work is as bounded as their number. */
  *#placed(): Generator<{ mesh: ThreeMfMesh; transform: Transform }> {
    const unit = this.#scale === 1 ? IDENTITY : scaling(this.#scale);
    for (const item of this.#items) {
      const waiting = [{ node: item.node, transform: compose(item.transform, unit) }];
      for (let at = waiting.pop(); at; at = waiting.pop()) {
        const { mesh } = at.node.object;
        if (mesh && mesh.triangles.length > 0) {
          yield { mesh, transform: compose(movedBy(mesh.origin), at.transform) };
        }
        for (const child of at.node.children) {
          if (child.node.triangles === 0) continue;
          waiting.push({ node: child.node, transform: compose(child.transform, at.transform) });
        }
      }
    }
  }
}

function newNode(object: ThreeMfObject): Node {
  const triangles = (object.mesh?.triangles.length ?? 0) / 3;
  return { object, children: [], state: 'new', triangles, placed: 1, depth: 1 };
}

/** Adds up what stands below a node, each node once, without recursion. */
function count(root: Node): void {
  const trail: { node: Node; next: number }[] = [];
  const enter = (node: Node) => {
    if (node.state === 'open')
      throw new GeometryRefusal('model.nested_too_deep', `object ${shown(node.object.id)} holds itself`);
    if (node.state === 'counted') return;
    if (trail.length === DEEPEST) throw tooDeep();
    node.state = 'open';
    trail.push({ node, next: 0 });
  };
  enter(root);
  for (let top = trail.at(-1); top; top = trail.at(-1)) {
    const child = top.node.children[top.next++];
    if (child) {
      enter(child.node);
      continue;
    }
    trail.pop();
    sum(top.node);
  }
}

function sum(node: Node): void {
  for (const child of node.children) {
    node.triangles += child.node.triangles;
    if (child.node.triangles > 0) node.placed += child.node.placed;
    node.depth = Math.max(node.depth, child.node.depth + 1);
  }
  if (node.depth > DEEPEST) throw tooDeep();
  node.state = 'counted';
}

function tooDeep(): GeometryRefusal {
  return new GeometryRefusal('model.nested_too_deep', `more than ${DEEPEST} levels of components`);
}

function shownCount(value: number): string {
  return value < 1e15 ? `${value}` : value.toExponential(1);
}

function malformed(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', detail);
}

function shown(text: string): string {
  return text.slice(0, 80).replace(/[^ -~]/g, '?');
}
