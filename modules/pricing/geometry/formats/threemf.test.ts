import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { bytesInMemory } from '../byte-source.ts';
import { openModel } from './detect.ts';
import { measured } from './measured.ts';
import { refusalOf } from './refused.ts';
import { barFiles, meshXml, modelXml, nestedModelXml, threeMfFile, zipFile } from './sample-files.ts';
import { sampleBar } from './sample-solid.ts';

const bar = sampleBar();
const mesh = meshXml(bar);
const ITEM = '<item objectid="1"/>';
const plain = (attributes?: string) => modelXml(`<object id="1">${mesh}</object>`, ITEM, attributes);

function open(model: string) {
  const opened = openModel(bytesInMemory(threeMfFile(model)));
  return { ...opened, ...measured(opened.triangles) };
}

describe('3MF', () => {
  test('units are the file’s; microns become millimetres', () => {
    const units = { millimeter: 'mm', centimeter: 'cm', inch: 'in', foot: 'ft', meter: 'm' };
    for (const [name, unit] of Object.entries(units)) assert.equal(open(plain(`unit="${name}"`)).unit, unit);
    assert.equal(open(plain('')).unit, 'mm');
    const micron = open(plain('unit="micron"'));
    assert.equal(micron.unit, 'mm');
    assert.ok(Math.abs(micron.volume - 10e-9) < 1e-15, `${micron.volume}`);
    assert.match(refusalOf(threeMfFile(plain('unit="ell"'))), /^model\.malformed.*unit/);
  });

  test('components are placed, turned, moved and mirrored; supports are left out', () => {
    const { volume, area, min, max, triangles, findings } = open(nestedModelXml(bar));
    assert.equal(triangles, 40);
    assert.ok(Math.abs(volume - 20) < 1e-4, `${volume}`);
    assert.ok(Math.abs(area - 68) < 1e-4, `${area}`);
    assert.deepEqual(
      [min, max],
      [
        [-3, -3, 0],
        [0, 12, 2],
      ],
    );
    assert.deepEqual(findings, ['objects_skipped']);
  });

  test('a part elsewhere in the package is found, whatever the case of its name', () => {
    const root = modelXml('', '<item objectid="1" p:path="/3D/OTHER.model"/>');
    const more = { name: '3D/other.model', content: Buffer.from(plain()) };
    assert.equal(refusalOf(threeMfFile(root, [more])), 'read 20');
    assert.match(refusalOf(threeMfFile(root)), /^model\.parts_missing: .*OTHER/);
  });

  test('without relationships the usual place is looked in', () => {
    assert.equal(refusalOf(zipFile([{ name: '3D/3dmodel.model', content: Buffer.from(plain()) }])), 'read 20');
    assert.match(
      refusalOf(zipFile([{ name: 'word/document.xml', content: Buffer.from('<a/>') }])),
      /^model\.unknown_format/,
    );
  });

  test('prefixes, comments, character data and either quotes are read', () => {
    const prefixed = plain()
      .replace(/<(\/?)(model|resources|object|mesh|vertices|vertex|triangles|triangle|build|item)\b/g, '<$1c:$2')
      .replace('xmlns=', 'xmlns:c=')
      .replace('<c:vertices>', '<!-- > --><![CDATA[<vertex x="nan"/>]]><c:vertices>')
      .replaceAll('v1="0"', "v1 = '0'");
    assert.equal(open(prefixed).triangles, 20);
  });

  test('what stands in other elements is passed over', () => {
    const extra = '<s:slicestack id="5"><s:slice><vertices><vertex x="a"/></vertices></s:slice></s:slicestack>';
    const { triangles, findings } = open(modelXml(`${extra}<object id="1">${mesh}</object>`, ITEM));
    assert.deepEqual([triangles, findings], [20, ['slices_ignored']]);
  });

  test('what may not be printed is left out', () => {
    assert.match(
      refusalOf(threeMfFile(modelXml(`<object id="1">${mesh}</object>`, '<item objectid="1" printable="0"/>'))),
      /^model\.empty/,
    );
  });

  const refusals: [string, string, RegExp][] = [
    ['a DOCTYPE', plain().replace('<model', '<!DOCTYPE m [<!ENTITY a "aa">]><model'), /^model\.malformed.*DOCTYPE/],
    ['an unknown entity', plain().replace('unit="millimeter"', 'unit="&b;"'), /^model\.malformed.*entity/],
    ['a comma', plain().replace('x="3"', 'x="3,0"'), /^model\.decimal_comma.*3,0/],
    ['nan', plain().replace('x="3"', 'x="nan"'), /^model\.not_a_number/],
    ['a place far away', plain().replace('x="3"', 'x="3e7"'), /^model\.coordinates_out_of_range/],
    ['a missing coordinate', plain().replace('x="3"', ''), /^model\.malformed.*x, y and z/],
    ['an index too large', plain().replace('v1="0"', 'v1="12"'), /^model\.malformed.*12 vertices/],
    ['an index below zero', plain().replace('v1="0"', 'v1="-1"'), /^model\.malformed/],
    ['an end too early', plain().slice(0, -20), /^model\.truncated/],
    ['a tag left open', plain().replace('</model>', ''), /^model\.truncated.*model/],
    ['a tag closed twice', `${plain()}</model>`, /^model\.malformed/],
    ['an object that is not there', modelXml('', ITEM), /^model\.malformed.*object 1/],
    [
      'two objects of one name',
      modelXml(`<object id="1">${mesh}</object>`.repeat(2), ITEM),
      /^model\.malformed.*two objects/,
    ],
    [
      'an extension that changes the shape',
      plain('requiredextensions="v" xmlns:v="http://schemas.3mf.io/3dmanufacturing/volumetric/2022/01"'),
      /^model\.format_unsupported.*volumetric/,
    ],
    ['a beam lattice', plain().replace('</mesh>', '<b:beamlattice/></mesh>'), /^model\.format_unsupported.*beam/],
    ['nothing built', modelXml(`<object id="1">${mesh}</object>`, ''), /^model\.empty/],
    [
      'a transform of eleven numbers',
      plain().replace(ITEM, '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0"/>'),
      /^model\.malformed.*twelve/,
    ],
    [
      'a transform that throws the part away',
      plain().replace(ITEM, '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 1e9 0 0"/>'),
      /^model\.coordinates_out_of_range/,
    ],
    ['tags without end', plain().replace('<resources>', `<resources>${'<x>'.repeat(100)}`), /^model\.nested_too_deep/],
    [
      'a tag without end',
      plain().replace('<resources>', `<resources a="${'a'.repeat(400_000)}">`),
      /^model\.malformed/,
    ],
  ];
  for (const [name, model, expected] of refusals) {
    test(`${name} is refused`, () => assert.match(refusalOf(threeMfFile(model)), expected));
  }
});

describe('3MF bombs', () => {
  /** Each object holds the next ten times. */
  function tower(levels: number, leaf: string): string {
    const objects = Array.from({ length: levels }, (_, k) => {
      const inner = `<component objectid="${k + 1}"/>`.repeat(10);
      return `<object id="${k + 2}"><components>${inner}</components></object>`;
    });
    return modelXml(`<object id="1">${leaf}</object>${objects.join('')}`, `<item objectid="${levels + 1}"/>`);
  }

  test('triangles are counted before any is made', () => {
    assert.equal(refusalOf(threeMfFile(tower(2, mesh))), 'read 2000');
    assert.match(refusalOf(threeMfFile(tower(14, mesh))), /^model\.too_many_triangles: .*2\.0e\+15/);
    assert.match(refusalOf(threeMfFile(tower(16, mesh))), /^model\.nested_too_deep/);
  });

  test('empty objects are not gone through', () => {
    assert.match(refusalOf(threeMfFile(tower(15, '<mesh><vertices/><triangles/></mesh>'))), /^model\.empty/);
  });

  test('circles are refused', () => {
    const circle =
      '<object id="1"><components><component objectid="2"/></components></object><object id="2"><components><component objectid="1"/></components></object>';
    assert.match(refusalOf(threeMfFile(modelXml(circle, ITEM))), /^model\.nested_too_deep.*itself/);
  });
});

describe('3MF archives', () => {
  const content = Buffer.from(plain());
  const file = Buffer.from(zipFile([{ name: '3D/3dmodel.model', content }]));
  const directoryAt = file.indexOf('PK\u0001\u0002');
  const with32 = (at: number, value: number) => {
    const copy = Buffer.from(file);
    copy.writeUInt32LE(value, at);
    return copy;
  };

  const refusals: [string, Buffer, RegExp][] = [
    ['a directory that was cut off', file.subarray(0, -30), /^model\.truncated/],
    ['a wrong checksum', with32(directoryAt + 16, 1), /^model\.malformed.*checksum/],
    ['a size stated too small', with32(directoryAt + 24, content.length - 1), /^model\.malformed.*unpacks to more/],
    ['a size stated too large', with32(directoryAt + 24, content.length + 1), /^model\.truncated/],
    ['a ratio of a bomb', with32(directoryAt + 24, 500_000_000), /^model\.unpacks_too_large/],
    ['data behind the end', with32(directoryAt + 42, file.length), /^model\.(truncated|malformed)/],
    ['encryption', with32(directoryAt + 8, 0x0008_0001), /^model\.format_unsupported.*encrypted/],
    ['another method', with32(directoryAt + 8, 0x000e_0000), /^model\.format_unsupported.*method 14/],
    [
      'too many entries',
      Buffer.from(zipFile(Array.from({ length: 2001 }, (_, k) => ({ name: `${k}`, content: Buffer.alloc(0) })))),
      /^model\.unpacks_too_large.*2001/,
    ],
  ];
  for (const [name, archive, expected] of refusals) {
    test(`${name} is refused`, () => assert.match(refusalOf(archive), expected));
  }

  test('entries that overlap are refused', () => {
    const twice = Buffer.from(
      zipFile([
        { name: '3D/a.model', content },
        { name: '3D/b.model', content },
      ]),
    );
    const second = twice.indexOf('PK\u0001\u0002', twice.indexOf('PK\u0001\u0002') + 1);
    twice.writeUInt32LE(0, second + 42);
    assert.match(refusalOf(twice), /^model\.malformed.*overlap/);
  });

  test('sizes may stand in the fields of ZIP64', () => {
    const packed = deflateRawSync(content);
    const extra = Buffer.alloc(20);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(content.length), 4);
    extra.writeBigUInt64LE(BigInt(packed.length), 12);
    const nameEnd = directoryAt + 46 + '3D/3dmodel.model'.length;
    const grown = Buffer.concat([file.subarray(0, nameEnd), extra, file.subarray(nameEnd)]);
    grown.writeUInt32LE(0xffffffff, directoryAt + 20);
    grown.writeUInt32LE(0xffffffff, directoryAt + 24);
    grown.writeUInt16LE(extra.length, directoryAt + 30);
    const end = grown.lastIndexOf('PK\u0005\u0006');
    grown.writeUInt32LE(grown.readUInt32LE(end + 12) + extra.length, end + 12);
    assert.equal(refusalOf(grown), 'read 20');
  });

  test('bytes before the directory’s comment are no second directory', () => {
    assert.equal(refusalOf(barFiles()['bar-production.3mf']!), 'read 20');
  });
});
