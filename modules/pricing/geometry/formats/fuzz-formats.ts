import { type Dice, mutateBytes, mutateJson, mutateText } from './fuzz-mutations.ts';
import {
  barFiles,
  glbFile,
  gltfDocument,
  gltfFile,
  type Json,
  meshXml,
  modelXml,
  nestedModelXml,
  packedDocument,
  plyStripFile,
  RELATIONSHIPS,
  stripDocument,
  type ZipPart,
  zipFile,
} from './sample-files.ts';
import { sampleBar } from './sample-solid.ts';

/** How inputs of one format are made: `mutate` changes one at the level of its parts, and `write` makes the file. */
export interface FuzzedFormat<Parts> {
  seeds: Parts[];
  mutate(parts: Parts, dice: Dice, other: Parts): Parts;
  write(parts: Parts): Uint8Array;
}

/** The same with the parts' type hidden. */
export interface FuzzTarget {
  seeds: unknown[];
  mutate(parts: unknown, dice: Dice, other: unknown): unknown;
  write(parts: unknown): Uint8Array;
}

const bar = sampleBar();
const files = barFiles(bar);

/** Parts are the bytes themselves. */
function plain(seeds: readonly Uint8Array[]): FuzzedFormat<Uint8Array> {
  return {
    seeds: [...seeds],
    mutate: (content, dice, other) => mutateBytes(content, dice, other),
    write: (content) => content,
  };
}

function text(seeds: readonly Uint8Array[], words: readonly string[]): FuzzedFormat<Uint8Array> {
  return {
    ...plain(seeds),
    mutate(content, dice, other) {
      if (dice.once(5)) return mutateBytes(content, dice, other);
      return Uint8Array.from(Buffer.from(mutateText(Buffer.from(content).toString('latin1'), dice, words), 'latin1'));
    },
  };
}

const STL_WORDS = 'solid facet normal outer loop vertex endloop endfacet endsolid VERTEX nan end'.split(' ');
const OBJ_WORDS = 'v f vt vn o g s l p curv surf cstype mtllib usemtl # \\ -1 1/1/1 -1//-1 9'.split(' ');
const PLY_WORDS =
  'ply format ascii binary_little_endian binary_big_endian element vertex face tristrips property list uchar char int uint short ushort float double x y z vertex_indices vertex_index comment obj_info end_header'.split(
    ' ',
  );
const XML_WORDS =
  'model resources object mesh vertices vertex triangles triangle components component build item x y z v1 v2 v3 id objectid transform type unit micron inch support p:path requiredextensions beamlattice slicestack p: <!-- --> <![CDATA[ ]]> <!DOCTYPE &lt; &#65; &#x110000; <? ?> /> </ printable xmlns:p'.split(
    ' ',
  );

const header = (content: Uint8Array) => Buffer.from(content).indexOf('end_header\n') + 'end_header\n'.length;

/** Header as text, body as bytes. */
const ply: FuzzedFormat<{ head: string; body: Uint8Array }> = {
  seeds: [files['bar-ascii.ply']!, files['bar-little.ply']!, files['bar-big.ply']!, plyStripFile()].map((content) => ({
    head: Buffer.from(content.subarray(0, header(content))).toString('latin1'),
    body: content.subarray(header(content)),
  })),
  mutate({ head, body }, dice, other) {
    if (dice.once(3)) return { head: mutateText(head, dice, PLY_WORDS), body };
    const readable = head.includes('ascii') && !dice.once(4);
    if (!readable) return { head, body: mutateBytes(body, dice, other.body) };
    return { head, body: Buffer.from(mutateText(Buffer.from(body).toString('latin1'), dice, PLY_WORDS), 'latin1') };
  },
  write: ({ head, body }) => Buffer.concat([Buffer.from(head, 'latin1'), body]),
};

interface Archive {
  parts: (ZipPart & { content: Uint8Array })[];
  /** Changes to the archive's own bytes, done after it was written. */
  patches: ((archive: Uint8Array) => Uint8Array)[];
}

const model = (name: string, xml: string): ZipPart => ({ name, content: Buffer.from(xml) });
const relationships = model('_rels/.rels', RELATIONSHIPS);

const threeMf: FuzzedFormat<Archive> = {
  seeds: [
    [relationships, model('3D/bar.model', modelXml(`<object id="1">${meshXml(bar)}</object>`, '<item objectid="1"/>'))],
    [relationships, model('3D/bar.model', nestedModelXml(bar))],
    [
      relationships,
      model(
        '3D/bar.model',
        modelXml('', '<item objectid="7" p:path="/3D/a.model"/>', 'unit="micron" requiredextensions="p"'),
      ),
      { ...model('3D/a.model', modelXml(`<object id="7">${meshXml(bar)}</object>`, '')), stored: true },
    ],
  ].map((parts) => ({ parts, patches: [] })),
  mutate({ parts, patches }, dice, other) {
    if (dice.once(4)) return { parts, patches: [...patches, archivePatch(dice)].slice(-4) };
    const changed = parts.map((part) => ({ ...part }));
    const part = dice.oneOf(changed);
    const kind = dice.below(24);
    if (kind < 2) part.stored = !part.stored;
    else if (kind === 2) part.name = mutateText(part.name, dice, ['3D', 'bar', 'model', '_rels', '/']);
    else if (kind === 3) changed.push({ ...dice.oneOf(other.parts) });
    else if (kind < 7) part.content = mutateBytes(part.content, dice, dice.oneOf(other.parts).content);
    else part.content = Buffer.from(mutateText(Buffer.from(part.content).toString('utf8'), dice, XML_WORDS));
    return { parts: changed, patches };
  },
  write: ({ parts, patches }) => patches.reduce((archive, patch) => patch(archive), zipFile(parts)),
};

/** Aims at the fields of the directory (the last bytes) as often as anywhere. */
function archivePatch(dice: Dice): (archive: Uint8Array) => Uint8Array {
  const [fromEnd, place, seed] = [dice.once(2), dice.below(300), dice.next()];
  const kind = dice.below(4);
  return (archive) => {
    const again = Uint8Array.from(archive);
    const at = fromEnd ? archive.length - 1 - (place % archive.length) : seed % archive.length;
    if (kind === 0) again[at] = seed >>> 24;
    else if (kind === 1) again[at]! ^= 1 << (seed & 7);
    else if (kind === 2) return again.subarray(0, at);
    else if (at + 4 <= again.length)
      new DataView(again.buffer).setUint32(at, [0, 1, 0xffffffff, 65_535, seed][seed % 5]!, true);
    return again;
  };
}

interface Document {
  json: Json;
  binary: Uint8Array;
  patches: ((file: Uint8Array) => Uint8Array)[];
}

const documents = (): Document[] =>
  [gltfDocument(bar), packedDocument(bar), stripDocument()].map((it) => ({ ...it, patches: [] }));

function mutateDocument({ json, binary, patches }: Document, dice: Dice, other: Document): Document {
  if (dice.once(12)) return { json, binary, patches: [...patches, archivePatch(dice)].slice(-3) };
  if (dice.once(3)) return { json, binary: mutateBytes(binary, dice, other.binary), patches };
  return { json: mutateJson(json, dice), binary, patches };
}

const glb: FuzzedFormat<Document> = {
  seeds: documents(),
  mutate: mutateDocument,
  write: ({ json, binary, patches }) =>
    patches.reduce((file, patch) => patch(file), glbFile(JSON.stringify(json), binary)),
};

const gltf: FuzzedFormat<Document> = {
  ...glb,
  write: ({ json, binary, patches }) => patches.reduce((file, patch) => patch(file), gltfFile({ json, binary })),
};

const mixed = plain([...Object.values(files), plyStripFile()]);

/** What can be asked for by name; `any` crosses the formats' bytes with each other. */
export const FUZZ_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  'stl-binary': plain([files['bar.stl']!]) as FuzzTarget,
  'stl-ascii': text([files['bar-ascii.stl']!], STL_WORDS) as FuzzTarget,
  obj: text([files['bar.obj']!, files['bar-groups.obj']!], OBJ_WORDS) as FuzzTarget,
  ply: ply as FuzzTarget,
  '3mf': threeMf as FuzzTarget,
  glb: glb as FuzzTarget,
  gltf: gltf as FuzzTarget,
  any: mixed as FuzzTarget,
};
