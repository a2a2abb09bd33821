import { crc32, deflateRawSync } from 'node:zlib';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { type Corner, type SampleSolid, sampleBar } from './sample-solid.ts';

/*
 * Small files of every format, written as plainly as can be, for tests and the fuzzer. All but those that say otherwise
 * hold the bar of sample-solid.ts.
 */

await MeshoptEncoder.ready;

export type Json = { [key: string]: unknown };

export function stlBinaryFile({ vertices, triangles }: SampleSolid): Uint8Array {
  const file = Buffer.alloc(84 + 50 * triangles.length);
  file.writeUInt32LE(triangles.length, 80);
  triangles.forEach((triangle, k) => {
    triangle.forEach((index, corner) => {
      vertices[index]!.forEach((value, axis) => {
        file.writeFloatLE(value, 84 + 50 * k + 12 + 12 * corner + 4 * axis);
      });
    });
  });
  return file;
}

export function stlAsciiFile({ vertices, triangles }: SampleSolid): Uint8Array {
  const facets = triangles.map((triangle) => {
    const corners = triangle.map((index) => `      vertex ${vertices[index]!.join(' ')}`).join('\n');
    return `  facet normal 0 0 0\n    outer loop\n${corners}\n    endloop\n  endfacet`;
  });
  return Buffer.from(`solid bar\n${facets.join('\n')}\nendsolid bar\n`);
}

export function objFile({ vertices, polygons }: SampleSolid, corner = (index: number) => `${index + 1}`): Uint8Array {
  const points = vertices.map((vertex) => `v ${vertex.join(' ')}`);
  const faces = polygons.map((polygon) => `f ${polygon.map(corner).join(' ')}`);
  return Buffer.from(['# a bar', 'mtllib bar.mtl', 'o bar', ...points, 'vt 0 0', 'vn 0 0 1', ...faces, ''].join('\n'));
}

export function plyAsciiFile({ vertices, polygons }: SampleSolid): Uint8Array {
  const header = [
    'ply',
    'format ascii 1.0',
    'comment a bar',
    `element vertex ${vertices.length}`,
    'property float x',
    'property float y',
    'property float z',
    `element face ${polygons.length}`,
    'property list uchar int vertex_indices',
    'end_header',
  ];
  const faces = polygons.map((polygon) => [polygon.length, ...polygon].join(' '));
  return Buffer.from([...header, ...vertices.map((vertex) => vertex.join(' ')), ...faces, ''].join('\n'));
}

/** With 64-bit coordinates, a colour in between, an element to pass over, and a list before the faces' indices. */
export function plyBinaryFile({ vertices, polygons }: SampleSolid, little: boolean): Uint8Array {
  const header = [
    'ply',
    `format binary_${little ? 'little' : 'big'}_endian 1.0`,
    'element camera 1',
    'property float32 view',
    'property list uint8 int16 marks',
    `element vertex ${vertices.length}`,
    'property double x',
    'property double y',
    'property uchar red',
    'property double z',
    `element face ${polygons.length}`,
    'property list uint8 float texcoord',
    'property list ushort uint vertex_index',
    'end_header\n',
  ];
  const body = new ByteWriter(little);
  body.float32(1).uint8(2).uint16(7).uint16(9);
  for (const [x, y, z] of vertices) body.float64(x).float64(y).uint8(200).float64(z);
  for (const polygon of polygons) {
    body.uint8(1).float32(0.5).uint16(polygon.length);
    for (const index of polygon) body.uint32(index);
  }
  return Buffer.concat([Buffer.from(header.join('\n')), body.bytes()]);
}

/** A tetrahedron of volume 4/3 as one strip, twice, with a restart in between. */
export function plyStripFile(): Uint8Array {
  const header = [
    'ply',
    'format binary_little_endian 1.0',
    'element vertex 4',
    'property float x',
    'property float y',
    'property float z',
    'element tristrips 1',
    'property list int int vertex_indices',
    'end_header\n',
  ];
  const body = new ByteWriter(true);
  for (const value of [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2]) body.float32(value);
  const strip = [0, 2, 1, 3, 0, 2, -1, 0, 2, 1];
  body.int32(strip.length);
  for (const index of strip) body.int32(index);
  return Buffer.concat([Buffer.from(header.join('\n')), body.bytes()]);
}

class ByteWriter {
  readonly #parts: Buffer[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  uint8(value: number): this {
    this.#parts.push(Buffer.of(value));
    return this;
  }
  uint16 = (value: number) => this.#put(2, (view) => view.setUint16(0, value, this.#little));
  uint32 = (value: number) => this.#put(4, (view) => view.setUint32(0, value, this.#little));
  int32 = (value: number) => this.#put(4, (view) => view.setInt32(0, value, this.#little));
  float32 = (value: number) => this.#put(4, (view) => view.setFloat32(0, value, this.#little));
  float64 = (value: number) => this.#put(8, (view) => view.setFloat64(0, value, this.#little));

  #put(size: number, set: (view: DataView) => void): this {
    const part = Buffer.alloc(size);
    set(new DataView(part.buffer, part.byteOffset, size));
    this.#parts.push(part);
    return this;
  }
}

export interface ZipPart {
  name: string;
  content: Uint8Array;
  /** Left out: deflated. */
  stored?: boolean;
}

export function zipFile(parts: readonly ZipPart[]): Uint8Array {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, stored } of parts) {
    const packed = stored ? content : deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), fields, entry, Buffer.from(name));
    const body = [Buffer.from('PK\u0003\u0004', 'latin1'), fields, Buffer.from(name), packed];
    bodies.push(...body.map((part) => Buffer.from(part)));
    at += body.reduce((sum, part) => sum + part.length, 0);
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, central, end]);
}

const CORE = 'http://schemas.microsoft.com/3dmanufacturing/core/2015/02';
const PRODUCTION = 'http://schemas.microsoft.com/3dmanufacturing/production/2015/06';
const MODEL_TYPE = 'http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel';
export const RELATIONSHIPS = `<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
 <Relationship Target="/3D/bar.model" Id="r0" Type="${MODEL_TYPE}"/></Relationships>`;

export function meshXml({ vertices, triangles }: SampleSolid): string {
  const points = vertices.map(([x, y, z]) => `<vertex x="${x}" y="${y}" z="${z}"/>`).join('');
  const faces = triangles.map(([a, b, c]) => `<triangle v1="${a}" v2="${b}" v3="${c}"/>`).join('\n');
  return `<mesh><vertices>${points}</vertices><triangles>${faces}</triangles></mesh>`;
}

export function modelXml(resources: string, build: string, attributes = 'unit="millimeter"'): string {
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<!-- a bar -->\n`;
  const spaces = `xmlns="${CORE}" xmlns:p="${PRODUCTION}"`;
  return `${head}<model ${attributes} xml:lang='en-US' ${spaces}><metadata name="Title">Bar &amp; co</metadata><resources>${resources}</resources><build>${build}</build></model>\n`;
}

export function threeMfFile(model: string, more: readonly ZipPart[] = []): Uint8Array {
  return zipFile([
    { name: '_rels/.rels', content: Buffer.from(RELATIONSHIPS) },
    { name: '3D/bar.model', content: Buffer.from(model) },
    ...more,
  ]);
}

/** The bar twice: moved, and mirrored by a component within a component. Volume 20. */
export function nestedModelXml(bar: SampleSolid): string {
  const resources = `<object id="1" type="model">${meshXml(bar)}</object>
    <object id="2"><components><component objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/></components></object>
    <object id="3"><components><component objectid="2"/><component objectid="1" transform="1 0 0 0 1 0 0 0 1 9 0 0"/></components></object>
    <object id="4" type="support">${meshXml(bar)}</object>`;
  return modelXml(resources, '<item objectid="3" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/><item objectid="4"/>');
}

/** The bar in a part of its own. */
export function productionFile(bar: SampleSolid): Uint8Array {
  const root = modelXml('', '<item objectid="7" p:path="/3D/Objects/a.model"/>', 'unit="inch" requiredextensions="p"');
  const part = modelXml(`<object id="7" p:UUID="x">${meshXml(bar)}</object>`, '');
  return threeMfFile(root, [{ name: '3D/Objects/a.model', content: Buffer.from(part), stored: true }]);
}

/** A glTF document of the bar, lying down: z of the bar is up along y. */
export function gltfDocument({ vertices, triangles }: SampleSolid): { json: Json; binary: Uint8Array } {
  const positions = Float32Array.from(vertices.flatMap(upright));
  const indices = Uint16Array.from(triangles.flat());
  const binary = Buffer.concat([Buffer.from(positions.buffer), Buffer.from(indices.buffer)]);
  const json: Json = {
    asset: { version: '2.0' },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ children: [1], translation: [1, 2, 3], rotation: [0, Math.SQRT1_2, 0, Math.SQRT1_2] }, { mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: vertices.length, type: 'VEC3' },
      { bufferView: 1, componentType: 5123, count: indices.length, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteLength: positions.byteLength },
      { buffer: 0, byteOffset: positions.byteLength, byteLength: indices.byteLength },
    ],
    buffers: [{ byteLength: binary.length }],
  };
  return { json, binary };
}

function upright([x, y, z]: Corner): number[] {
  return [x, z, -y];
}

/** Positions as normalized 16-bit integers, packed by meshopt, indices as well; a matrix brings the size back. */
export function packedDocument({ vertices, triangles }: SampleSolid): { json: Json; binary: Uint8Array } {
  const quantized = Int16Array.from(vertices.flatMap((vertex) => [...upright(vertex).map((value) => value * 4096), 0]));
  const indices = Uint32Array.from(triangles.flat());
  const packedVertices = MeshoptEncoder.encodeGltfBuffer(bytesOf(quantized), vertices.length, 8, 'ATTRIBUTES');
  const packedIndices = MeshoptEncoder.encodeGltfBuffer(bytesOf(indices), indices.length, 4, 'TRIANGLES');
  const binary = Buffer.concat([packedVertices, packedIndices]);
  const meshopt = (byteOffset: number, byteLength: number, more: Json) => ({
    EXT_meshopt_compression: { buffer: 0, byteOffset, byteLength, ...more },
  });
  const scale = 32_767 / 4096;
  const json: Json = {
    asset: { version: '2.0' },
    extensionsRequired: ['EXT_meshopt_compression', 'KHR_mesh_quantization'],
    nodes: [{ mesh: 0, matrix: [scale, 0, 0, 0, 0, scale, 0, 0, 0, 0, scale, 0, 0, 0, 0, 1] }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, mode: 4 }] }],
    accessors: [
      { bufferView: 0, componentType: 5122, normalized: true, count: vertices.length, type: 'VEC3' },
      { bufferView: 1, componentType: 5125, count: indices.length, type: 'SCALAR' },
    ],
    bufferViews: [
      {
        ...{ buffer: 0, byteLength: 8 * vertices.length, byteStride: 8 },
        extensions: meshopt(0, packedVertices.length, {
          ...{ byteStride: 8, count: vertices.length, mode: 'ATTRIBUTES', filter: 'NONE' },
        }),
      },
      {
        ...{ buffer: 0, byteLength: 4 * indices.length },
        extensions: meshopt(packedVertices.length, packedIndices.length, {
          ...{ byteStride: 4, count: indices.length, mode: 'TRIANGLES' },
        }),
      },
    ],
    buffers: [{ byteLength: binary.length }],
  };
  return { json, binary };
}

/** A pyramid of volume 4/3 as a strip of its sides and a fan of its base; one corner is put right by sparse values. */
export function stripDocument(): { json: Json; binary: Uint8Array } {
  const positions = Float32Array.of(0, 0, 0, 2, 0, 0, 0, 2, 0, 9, 9, 9);
  const binary = Buffer.concat([
    Buffer.from(positions.buffer),
    Buffer.from(Float32Array.of(0, 0, 2).buffer),
    Buffer.of(0, 2, 1, 3, 0, 2, 3),
  ]);
  const json: Json = {
    asset: { version: '2.0' },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, scale: [1, 1, 1] }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, mode: 5 }] }],
    accessors: [
      {
        ...{ bufferView: 0, componentType: 5126, count: 4, type: 'VEC3' },
        sparse: { count: 1, indices: { bufferView: 3, componentType: 5121 }, values: { bufferView: 1 } },
      },
      { bufferView: 2, componentType: 5121, count: 6, type: 'SCALAR' },
    ],
    bufferViews: [
      { buffer: 0, byteLength: 48 },
      { buffer: 0, byteOffset: 48, byteLength: 12 },
      { buffer: 0, byteOffset: 60, byteLength: 6 },
      { buffer: 0, byteOffset: 66, byteLength: 1 },
    ],
    buffers: [{ byteLength: 67 }],
  };
  return { json, binary };
}

function bytesOf(values: Int16Array | Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function glbFile(json: string, binary: Uint8Array): Uint8Array {
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 4) * 4));
  const padded = Buffer.concat([binary, Buffer.alloc((4 - (binary.length % 4)) % 4)]);
  const head = Buffer.alloc(20);
  head.write('glTF', 'latin1');
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(28 + text.length + padded.length, 8);
  head.writeUInt32LE(text.length, 12);
  head.write('JSON', 16, 'latin1');
  const middle = Buffer.alloc(8);
  middle.writeUInt32LE(padded.length, 0);
  middle.write('BIN\u0000', 4, 'latin1');
  return Buffer.concat([head, text, middle, padded]);
}

export function gltfFile({ json, binary }: { json: Json; binary: Uint8Array }): Uint8Array {
  const uri = `data:application/octet-stream;base64,${Buffer.from(binary).toString('base64')}`;
  return Buffer.from(JSON.stringify({ ...json, buffers: [{ byteLength: binary.length, uri }] }));
}

/** One file or more of every format, all of the bar. */
export function barFiles(bar = sampleBar()): Readonly<Record<string, Uint8Array>> {
  const plain = gltfDocument(bar);
  const packed = packedDocument(bar);
  const around = bar.vertices.length;
  return {
    'bar.stl': stlBinaryFile(bar),
    'bar-ascii.stl': stlAsciiFile(bar),
    'bar.obj': objFile(bar),
    'bar-groups.obj': objFile(bar, (index) => `${index - around}/1/1`),
    'bar-ascii.ply': plyAsciiFile(bar),
    'bar-little.ply': plyBinaryFile(bar, true),
    'bar-big.ply': plyBinaryFile(bar, false),
    'bar.3mf': threeMfFile(modelXml(`<object id="1">${meshXml(bar)}</object>`, '<item objectid="1"/>')),
    'bar-production.3mf': productionFile(bar),
    'bar.glb': glbFile(JSON.stringify(plain.json), plain.binary),
    'bar-packed.glb': glbFile(JSON.stringify(packed.json), packed.binary),
    'bar.gltf': gltfFile(plain),
  };
}
