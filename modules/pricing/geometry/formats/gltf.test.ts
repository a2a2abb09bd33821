import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesInMemory } from '../byte-source.ts';
import { openModel } from './detect.ts';
import { measured } from './measured.ts';
import { refusalOf } from './refused.ts';
import { glbFile, gltfDocument, gltfFile, type Json, packedDocument, stripDocument } from './sample-files.ts';
import { sampleBar } from './sample-solid.ts';

const { json, binary } = gltfDocument(sampleBar());

/** A GLB of the bar with some top-level values replaced. */
function changed(change: Json, bytes: Uint8Array = binary): Uint8Array {
  return glbFile(JSON.stringify({ ...json, ...change }), bytes);
}

function open(file: Uint8Array) {
  const opened = openModel(bytesInMemory(file));
  return { ...opened, ...measured(opened.triangles) };
}

const nodes = (...list: Json[]) => changed({ nodes: list });

describe('glTF', () => {
  test('is in metres, and stands up along z', () => {
    const lying = open(nodes({ mesh: 0 }));
    assert.equal(lying.unit, 'm');
    assert.deepEqual(
      [lying.min, lying.max],
      [
        [0, 0, 0],
        [3, 3, 2],
      ],
    );
  });

  test('nodes move, turn, scale and mirror', () => {
    // 90° about y, then moved by (1, 2, 3); upright along z afterwards.
    const moved = open(glbFile(JSON.stringify(json), binary));
    const [min, max] = [moved.min, moved.max].map((at) => at.map((value) => Math.round(value * 1e5) / 1e5 + 0));
    assert.deepEqual(
      [min, max],
      [
        [-2, -3, 2],
        [1, 0, 4],
      ],
    );
    const twice = open(
      changed({
        scenes: [{ nodes: [0, 1] }],
        nodes: [
          { mesh: 0, scale: [2, 1, 1] },
          { mesh: 0, scale: [1, 1, -1] },
        ],
      }),
    );
    assert.ok(Math.abs(twice.volume - 30) < 1e-4, `${twice.volume}`);
    assert.equal(twice.triangles, 40);
  });

  test('without a scene the roots are shown', () => {
    assert.equal(open(changed({ scenes: undefined, scene: undefined })).triangles, 20);
  });

  test('strips and sparse values are read', () => {
    const { json: strip, binary: bytes } = stripDocument();
    const { triangles, volume } = open(glbFile(JSON.stringify(strip), bytes));
    assert.equal(triangles, 4);
    assert.ok(Math.abs(volume - 4 / 3) < 1e-6, `${volume}`);
  });

  test('fans and plain lists are read, lines are passed over', () => {
    const corners = Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0);
    const bytes = new Uint8Array(corners.buffer);
    const modes = (...list: number[]) =>
      changed(
        {
          nodes: [{ mesh: 0 }],
          meshes: [{ primitives: list.map((mode) => ({ attributes: { POSITION: 0 }, mode })) }],
          accessors: [{ bufferView: 0, componentType: 5126, count: 6, type: 'VEC3' }],
          bufferViews: [{ buffer: 0, byteLength: 72 }],
          buffers: [{ byteLength: 72 }],
        },
        bytes,
      );
    assert.equal(open(modes(6)).triangles, 4);
    assert.equal(open(modes(4)).triangles, 2);
    const withLines = open(modes(4, 1, 3));
    assert.deepEqual([withLines.triangles, withLines.findings], [2, ['lines_ignored']]);
    assert.match(refusalOf(modes(1)), /^model\.empty/);
  });

  test('a view packed by meshopt may be shared by many', () => {
    const packed = packedDocument(sampleBar());
    const shared = { ...packed.json, nodes: Array.from({ length: 50 }, () => ({ mesh: 0 })) };
    assert.equal(open(glbFile(JSON.stringify(shared), packed.binary)).triangles, 1000);
  });

  test('data stand in the file as base64', () => {
    assert.equal(open(gltfFile({ json, binary })).triangles, 20);
  });

  const accessors = json['accessors'] as Json[];
  const bomb = { bufferView: 0, componentType: 5126, count: 4e9, type: 'VEC3' };
  const refusals: [string, Uint8Array | string, RegExp][] = [
    ['data elsewhere', changed({ buffers: [{ byteLength: 4, uri: 'bar.bin' }] }), /^model\.parts_missing.*bar\.bin/],
    ['Draco', changed({ extensionsRequired: ['KHR_draco_mesh_compression'] }), /^model\.format_unsupported.*Draco/],
    ['an unknown extension', changed({ extensionsRequired: ['X_magic'] }), /^model\.format_unsupported.*X_magic/],
    ['a circle', nodes({ children: [1] }, { children: [0] }), /^model\.nested_too_deep/],
    ['a fork', nodes({ children: [1, 1] }, { mesh: 0 }), /^model\.nested_too_deep/],
    [
      'a depth',
      nodes(...Array.from({ length: 70 }, (_, k) => ({ children: [k + 1] })), { mesh: 0 }),
      /^model\.nested_too_deep.*64/,
    ],
    ['a chunk beyond the end', Buffer.from(glbFile(JSON.stringify(json), binary)).subarray(0, -5), /^model\.truncated/],
    [
      'another version',
      Buffer.from(glbFile(JSON.stringify(json), binary)).fill(1, 4, 5),
      /^model\.format_unsupported.*2\.0/,
    ],
    ['JSON that is none', glbFile('{"asset":', binary), /^model\.malformed.*JSON/],
    ['JSON of brackets', glbFile('['.repeat(1000), binary), /^model\.nested_too_deep/],
    ['JSON of many values', glbFile(`{"a":[${'0,'.repeat(2_000_001)}0]}`, binary), /^model\.unpacks_too_large/],
    [
      'an accessor beyond its view',
      changed({ accessors: [{ ...accessors[0], count: 13 }, accessors[1]] }),
      /^model\.truncated/,
    ],
    ['an accessor of billions', changed({ accessors: [bomb, accessors[1]] }), /^model\.too_many_triangles/],
    [
      'an index too large',
      changed({ accessors: [{ ...accessors[0], count: 11 }, accessors[1]] }),
      /^model\.malformed.*vertex 11 of 11/,
    ],
    ['a view beyond its buffer', changed({ buffers: [{ byteLength: 8 }] }), /^model\.truncated/],
    ['a buffer larger than its data', changed({ buffers: [{ byteLength: 1e9 }] }), /^model\.truncated/],
    ['a matrix of null', nodes({ mesh: 0, matrix: Array(16).fill(null) }), /^model\.malformed.*matrix/],
    ['a rotation of nothing', nodes({ mesh: 0, rotation: [0, 0, 0, 0] }), /^model\.malformed.*rotation/],
    ['a scale beyond bounds', nodes({ mesh: 0, scale: [1e30, 1, 1] }), /^model\.coordinates_out_of_range/],
    [
      'copies beyond bounds',
      changed({
        scenes: undefined,
        nodes: Array(300_000).fill({ mesh: 0 }),
        meshes: [{ primitives: Array(4).fill({ attributes: { POSITION: 0 }, indices: 1 }) }],
      }),
      /^model\.too_many_triangles/,
    ],
  ];
  for (const [name, file, expected] of refusals) {
    test(`${name} is refused`, () => assert.match(refusalOf(file), expected));
  }

  test('what meshopt unpacks is bounded before it is unpacked', () => {
    const { json: packed, binary: bytes } = packedDocument(sampleBar());
    const views = structuredClone(packed['bufferViews']) as { extensions: { EXT_meshopt_compression: Json } }[];
    views[0]!.extensions.EXT_meshopt_compression['count'] = 1e7;
    const file = glbFile(JSON.stringify({ ...packed, bufferViews: views }), bytes);
    assert.match(refusalOf(file), /^model\.unpacks_too_large/);
  });
});
