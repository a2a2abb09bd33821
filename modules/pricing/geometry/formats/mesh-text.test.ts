import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesInMemory } from '../byte-source.ts';
import { openModel } from './detect.ts';
import { measured } from './measured.ts';
import { refusalOf } from './refused.ts';
import { barFiles, plyStripFile } from './sample-files.ts';

const text = (name: string) => Buffer.from(barFiles()[name]!).toString('latin1');

function open(content: string | Uint8Array) {
  const opened = openModel(bytesInMemory(Buffer.from(content)));
  const sum = measured(opened.triangles);
  return { ...opened, ...sum };
}

type Cases = readonly (readonly [string, string | Uint8Array, RegExp])[];

function refuse(cases: Cases): void {
  for (const [name, content, expected] of cases) {
    test(`${name} is refused`, () => assert.match(refusalOf(content), expected));
  }
}

describe('ASCII STL', () => {
  const stl = text('bar-ascii.stl');

  test('is read in any case, on one line, with several solids and no names', () => {
    assert.equal(open(stl.toUpperCase()).triangles, 20);
    assert.equal(open(stl.replaceAll('\n', '\r\n')).triangles, 20);
    assert.equal(open(`${stl}${stl}`).triangles, 40);
    assert.equal(open(`${stl.replaceAll('solid bar', 'solid')}`).triangles, 20);
    const lines = stl.split('\n');
    assert.equal(open(`${lines[0]}\n${lines.slice(1, -2).join(' ')}\n`).triangles, 20);
  });

  test('a file without an end is read, and it is said', () => {
    assert.deepEqual(open(stl.slice(0, stl.indexOf('endsolid'))).findings, ['end_missing']);
    assert.deepEqual(open(stl).findings, []);
  });

  test('normals are not looked at', () => {
    assert.equal(open(stl.replaceAll('normal 0 0 0', 'normal nan -nan(ind) 1,5')).triangles, 20);
  });

  refuse([
    ['a comma', stl.replace('vertex 3 1 0', 'vertex 3,0 1,0 0'), /^model\.decimal_comma.*"3,0" in facet/],
    ['nan', stl.replace('vertex 3 1 0', 'vertex 3 NaN 0'), /^model\.not_a_number.*facet/],
    ['-1.#IND', stl.replace('vertex 3 1 0', 'vertex 3 -1.#IND 0'), /^model\.not_a_number/],
    ['infinity', stl.replace('vertex 3 1 0', 'vertex 3 -inf 0'), /^model\.not_a_number/],
    ['a place far away', stl.replace('vertex 3 1 0', 'vertex 3 1e9 0'), /^model\.coordinates_out_of_range/],
    ['a number of no size', stl.replace('vertex 3 1 0', 'vertex 3 1e999 0'), /^model\.coordinates_out_of_range/],
    ['a word in a number’s place', stl.replace('vertex 3 1 0', 'vertex 3 0x1 0'), /^model\.malformed.*"0x1" in facet/],
    ['a missing number', stl.replace('vertex 3 1 0', 'vertex 3 1'), /^model\.malformed/],
    ['a fourth corner', stl.replace('endloop', 'vertex 0 0 0\nendloop'), /^model\.malformed.*three corners/],
    ['a third corner too few', stl.replace(/vertex.*\n/, ''), /^model\.malformed.*facet 1 does not have three/],
    ['an end in a facet', stl.slice(0, stl.indexOf('endfacet')), /^model\.truncated.*facet 1 is not/],
    ['an unknown word', stl.replace('outer', 'inner'), /^model\.malformed.*"inner" in facet 1/],
    [
      'a number without end',
      stl.replace('vertex 3 1 0', `vertex 3 1${'0'.repeat(600_000)} 0`),
      /^model\.(malformed|coordinates)/,
    ],
    ['a word without end', stl.replace('outer', 'o'.repeat(600_000)), /^model\.malformed/],
    ['no facet', 'solid x\nendsolid x\n', /^model\.empty/],
  ]);
});

describe('OBJ', () => {
  const obj = text('bar.obj');
  const faces = (lines: string) => `v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n${lines}\n`;

  test('takes indices in every form', () => {
    for (const face of [
      'f 1 2 3',
      'f 1/1 2/2 3/3',
      'f 1//1 2//2 3//3',
      'f -4 -3 -2',
      'f 1/// 2 3',
      'f 1 2 \\\n 3',
      'f 1 2 3\\\r\n',
    ]) {
      assert.equal(open(faces(face)).triangles, 1, face);
    }
  });

  test('takes colours, weights and lines that say nothing about the shape', () => {
    const lines =
      'v 1 1 1 0.5 0.5 0.5\nv 1 1 2 1.0\nvt 0 nan\nvn x\nvp 1,5\ns off\ng a b\nusemtl x\nl 1 2\np 1\nf 1 2 3 # comment';
    assert.match(refusalOf(faces(lines)), /"#" is no index/);
    assert.equal(open(faces(lines.replace(' # comment', ''))).triangles, 1);
  });

  test('a comment that ends in a backslash ends all the same', () => {
    assert.equal(open(faces('# C:\\models\\\nf 1 2 3')).triangles, 1);
  });

  test('faces may stand before their vertices', () => {
    const lines = obj.split('\n');
    const [vertices, rest] = [
      lines.filter((line) => line.startsWith('v ')),
      lines.filter((line) => !line.startsWith('v ')),
    ];
    const { volume } = open([vertices[0], ...rest, ...vertices.slice(1), ''].join('\n'));
    assert.ok(Math.abs(volume - 10) < 1e-5);
  });

  test('free-form surfaces are said to be missing', () => {
    assert.deepEqual(open(faces('cstype bezier\nsurf 0 1 0 1 1 2 3 4\nend\nf 1 2 3')).findings, ['surfaces_ignored']);
  });

  test('what has two corners is no face', () => {
    assert.deepEqual(open(faces('f 1 2\nf 1 2 3')).findings, ['faces_skipped']);
  });

  test('lines end as they like', () => {
    for (const end of ['\r\n', '\r']) assert.equal(open(obj.replaceAll('\n', end)).triangles, 20);
  });

  refuse([
    ['index 0', faces('f 0 1 2'), /^model\.malformed.*"0" is no index on line 5/],
    ['an index before the first', faces('f -5 1 2'), /^model\.malformed.*before the first vertex on line 5/],
    ['an index behind the last', faces('f 1 2 5\n'), /^model\.malformed.*vertex 5 of 4 on line 5/],
    ['an index of billions', faces('f 1 2 4294967297'), /^model\.malformed.*line 5/],
    ['a fraction', faces('f 1.5 2 3'), /^model\.malformed.*"1\.5"/],
    ['a comma', obj.replace('v 3 1 0', 'v 3,0 1,0 0,0'), /^model\.decimal_comma.*line 6/],
    ['nan', obj.replace('v 3 1 0', 'v 3 nan 0'), /^model\.not_a_number.*line 6/],
    ['two numbers', obj.replace('v 3 1 0', 'v 3 1'), /^model\.malformed.*three numbers on line 6/],
    ['points alone', faces(''), /^model\.empty/],
    ['a face of too many corners', faces(`f ${'1 2 3 '.repeat(22_000)}`), /^model\.malformed.*65536 corners on line 5/],
    ['an index without end', faces(`f 1/${'1'.repeat(600_000)} 2 3`), /^model\.malformed/],
  ]);
});

describe('PLY', () => {
  const ascii = text('bar-ascii.ply');
  const little = Buffer.from(barFiles()['bar-little.ply']!);
  const headed = (from: string, to: string, file = little) =>
    Buffer.from(file.toString('latin1').replace(from, to), 'latin1');

  test('strips turn every other triangle and begin anew', () => {
    const { triangles, volume } = open(plyStripFile());
    assert.equal(triangles, 5);
    assert.ok(Math.abs(volume - 4 / 3) < 1e-6, `${volume}`);
  });

  test('lines of the header end as they like', () => {
    for (const end of ['\r\n', '\r']) assert.equal(open(ascii.replaceAll('\n', end)).triangles, 20);
  });

  test('64-bit places far away keep their shape', () => {
    assert.ok(Math.abs(open(ascii.replace(/^(\d) (\d) (\d)$/gm, '70000$1.25 $2 $3')).volume - 10) < 1e-5);
  });

  refuse([
    ['a header without end', ascii.slice(0, ascii.indexOf('end_header')), /^model\.malformed.*no end/],
    ['an unknown type', ascii.replace('float x', 'half x'), /^model\.malformed.*half x/],
    ['a missing axis', ascii.replace('float z', 'float w'), /^model\.malformed.*no z/],
    ['an unknown encoding', ascii.replace('ascii', 'binary_middle_endian'), /^model\.malformed.*middle/],
    ['points alone', ascii.replace(/element face.*\n.*\n/, ''), /^model\.empty.*no faces/],
    [
      'faces before their vertices',
      ascii
        .replace('element vertex', 'element other')
        .replace('element face', 'element vertex')
        .replace('element other', 'element face')
        .replace('property float x', 'property list uchar int vertex_index'),
      /^model\.(format_unsupported|malformed)/,
    ],
    ['a count of billions', headed('element vertex 12', 'element vertex 4000000000'), /^model\.truncated.*announces/],
    ['a negative count', headed('element vertex 12', 'element vertex -1'), /^model\.malformed/],
    ['a body cut off', little.subarray(0, -3), /^model\.truncated.*face 7/],
    ['a list longer than the file', patchedByte(little, little.length - 18, 0xff), /^model\.(truncated|malformed)/],
    [
      'an index too large',
      ascii.replace('\n4 0 1 7 6', '\n4 0 1 7 12'),
      /^model\.malformed.*vertex 12 of 0 to 11 in face 2/,
    ],
    ['a negative index', ascii.replace('\n4 0 1 7 6', '\n4 0 1 7 -1'), /^model\.malformed.*vertex -1/],
    ['a comma', ascii.replace('\n3 1 0\n', '\n3,5 1 0\n'), /^model\.decimal_comma.*vertex 2/],
    ['nan', ascii.replace('\n3 1 0\n', '\n3 nan 0\n'), /^model\.not_a_number.*vertex 2/],
    ['a value too few', ascii.trimEnd().slice(0, -2), /^model\.truncated/],
  ]);
});

function patchedByte(file: Uint8Array, at: number, byte: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] = byte;
  return copy;
}
