import { GeometryRefusal } from '../refusal.ts';
import { type JsonObject, numbers, object, objects, whole, wholes } from './json-document.ts';
import { compose, IDENTITY, type Transform } from './transform.ts';

const DEEPEST = 64;
const INSTANCING = 'EXT_mesh_gpu_instancing';
/** From upright along y to upright along z: (x, y, z) → (x, −z, y). */
const UPRIGHT: Transform = [1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0, 0];

/** Every mesh that the scene shows, with its place in the world, upright along z. */
export function* sceneMeshes(
  document: JsonObject,
  findings: (code: string) => void,
): Generator<{ mesh: number; transform: Transform }> {
  const nodes = objects(document['nodes'], 'nodes');
  const visited = new Set<number>();
  const waiting = rootsOf(document, nodes).map((index) => ({ index, transform: UPRIGHT, depth: 1 }));
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const node = nodes[at.index];
    if (!node) throw malformed(`node ${at.index} is not there`);
    // The format asks for a tree, so that a second visit is a circle or a fork.
    if (visited.has(at.index))
      throw new GeometryRefusal('model.nested_too_deep', `node ${at.index} stands in two places`);
    visited.add(at.index);
    if (at.depth > DEEPEST) throw new GeometryRefusal('model.nested_too_deep', `more than ${DEEPEST} levels of nodes`);
    const transform = compose(localTransform(node), at.transform);
    if (node['mesh'] !== undefined) {
      refuseInstancing(node);
      if (node['skin'] !== undefined) findings('skins_ignored');
      yield { mesh: whole(node['mesh'], 'mesh'), transform };
    }
    for (const index of wholes(node['children'], 'children')) waiting.push({ index, transform, depth: at.depth + 1 });
  }
}

function rootsOf(document: JsonObject, nodes: readonly JsonObject[]): readonly number[] {
  const scenes = objects(document['scenes'], 'scenes');
  if (scenes.length > 0) {
    const scene = scenes[whole(document['scene'], 'scene', 0)];
    if (!scene) throw malformed('its scene is not there');
    return wholes(scene['nodes'], 'nodes of a scene');
  }
  const children = new Set(nodes.flatMap((node) => wholes(node['children'], 'children')));
  return nodes.map((_, index) => index).filter((index) => !children.has(index));
}

function refuseInstancing(node: JsonObject): void {
  if (node['extensions'] === undefined) return;
  if (object(node['extensions'], 'extensions')[INSTANCING] === undefined) return;
  throw new GeometryRefusal('model.format_unsupported', `it needs the extension ${INSTANCING}`);
}

function localTransform(node: JsonObject): Transform {
  const matrix = numbers(node['matrix'], 16, 'a matrix');
  if (matrix) {
    const at = (k: number) => matrix[k]!;
    return [at(0), at(1), at(2), at(4), at(5), at(6), at(8), at(9), at(10), at(12), at(13), at(14)];
  }
  const translation = numbers(node['translation'], 3, 'a translation');
  const rotation = numbers(node['rotation'], 4, 'a rotation');
  const scale = numbers(node['scale'], 3, 'a scale');
  if (!translation && !rotation && !scale) return IDENTITY;
  return fromParts(translation ?? [0, 0, 0], rotation ?? [0, 0, 0, 1], scale ?? [1, 1, 1]);
}

function fromParts(translation: readonly number[], rotation: readonly number[], scale: readonly number[]): Transform {
  const length = Math.hypot(...rotation);
  if (!(length > 0)) throw malformed('a rotation of no length');
  const [x, y, z, w] = rotation.map((value) => value / length) as [number, number, number, number];
  const [sx, sy, sz] = scale as [number, number, number];
  const [tx, ty, tz] = translation as [number, number, number];
  return [
    ...[(1 - 2 * (y * y + z * z)) * sx, 2 * (x * y + z * w) * sx, 2 * (x * z - y * w) * sx],
    ...[2 * (x * y - z * w) * sy, (1 - 2 * (x * x + z * z)) * sy, 2 * (y * z + x * w) * sy],
    ...[2 * (x * z + y * w) * sz, 2 * (y * z - x * w) * sz, (1 - 2 * (x * x + y * y)) * sz],
    ...[tx, ty, tz],
  ];
}

function malformed(detail: string): GeometryRefusal {
  return new GeometryRefusal('model.malformed', detail);
}
