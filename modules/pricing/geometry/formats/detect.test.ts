import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesInMemory } from '../byte-source.ts';
import { detectFormat, openModel } from './detect.ts';
import { measured } from './measured.ts';
import { refusalOf } from './refused.ts';
import { barFiles, stlAsciiFile, stlBinaryFile } from './sample-files.ts';
import { sampleBar } from './sample-solid.ts';

const stl = Buffer.from(stlBinaryFile(sampleBar()));
const formatOf = (content: Uint8Array | string) => detectFormat(bytesInMemory(Buffer.from(content)));

/** `file` with other bytes from `at` on. */
function patched(file: Uint8Array, at: number, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(file);
  copy.set(bytes, at);
  return copy;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

describe('what a file is', () => {
  test('is said by its content', () => {
    const expected = Object.keys(barFiles()).map((name) => {
      const ending = name.slice(name.lastIndexOf('.') + 1);
      if (ending === 'stl') return name.includes('ascii') ? 'stl-ascii' : 'stl-binary';
      return ending;
    });
    assert.deepEqual(Object.values(barFiles()).map(formatOf), expected);
    assert.equal(formatOf('ISO-10303-21;\nHEADER;'), 'step');
    assert.equal(formatOf(`\n ISO-10303-21;${' '.repeat(100)}`), 'step');
    assert.equal(formatOf(`3D Geometry File Format        5${' '.repeat(100)}`), '3dm');
  });

  test('a binary STL may call itself "solid", as some do', () => {
    assert.equal(formatOf(patched(stl, 0, Buffer.from('solid facet endsolid'))), 'stl-binary');
  });

  test('text is read behind a byte order mark', () => {
    const mark = Buffer.of(0xef, 0xbb, 0xbf);
    for (const name of ['bar-ascii.stl', 'bar.obj', 'bar.gltf']) {
      const content = Buffer.concat([mark, barFiles()[name]!]);
      assert.equal(measured(openModel(bytesInMemory(content)).triangles).triangles, 20, name);
    }
  });

  test('pages, pictures and the like are none', () => {
    const others = [
      'hello',
      '<html><body>v 1 2 3</body></html>',
      '{"a":1}',
      '%PDF-1.4 '.repeat(50),
      'solid state physics ',
    ];
    for (const content of [...others, Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(5000, 'lorem ipsum ')]) {
      assert.match(refusalOf(content), /^model\.unknown_format/);
    }
  });

  test('STEP and 3DM are left to who converts them', () => {
    assert.match(refusalOf('ISO-10303-21;\nHEADER;'), /^model\.format_unsupported: .*converted/);
  });

  test('what is too large is refused without being read', () => {
    const source = { bytes: 512 * 1024 * 1024 + 1, read: () => assert.fail('read') };
    assert.throws(() => detectFormat(source), { code: 'model.too_large' });
  });
});

describe('headers of binary STLs that lie', () => {
  const findingsOf = (content: Uint8Array) => {
    const { findings, triangles } = openModel(bytesInMemory(content));
    return { findings, triangles: measured(triangles).triangles };
  };

  test('the size of the file counts', () => {
    for (const lie of [0, 1, 19, 2 ** 32 - 1]) {
      assert.deepEqual(findingsOf(patched(stl, 80, uint32(lie))), { findings: ['count_corrected'], triangles: 20 });
    }
  });

  test('bytes behind the last triangle are left', () => {
    assert.deepEqual(findingsOf(Buffer.concat([stl, Buffer.alloc(7)])), {
      findings: ['trailing_bytes'],
      triangles: 20,
    });
  });

  test('a file that was cut off is refused', () => {
    assert.match(
      refusalOf(stl.subarray(0, stl.length - 10)),
      /^model\.truncated: .*20 triangles are announced, 19 are there/,
    );
  });

  test('nothing is no model', () => {
    assert.match(refusalOf(''), /^model\.empty/);
    assert.match(refusalOf(Buffer.alloc(84)), /^model\.empty/);
  });

  test('more than 20 million triangles are refused by the size alone', () => {
    const count = 20_000_001;
    const head = patched(Buffer.alloc(84), 80, uint32(count));
    const source = {
      bytes: 84 + 50 * count,
      read: (into: Uint8Array, at: number) => {
        into.set(head.subarray(at, at + into.length));
        return into.length;
      },
    };
    // Such a file is larger than an upload may be, too.
    assert.throws(() => detectFormat(source), { code: 'model.too_large' });
  });
});

test('a part of a binary STL is that part', () => {
  const { triangles } = openModel(bytesInMemory(stl));
  const whole = readAll(triangles);
  const parts = [triangles.part!(0, 7), triangles.part!(7, 8), triangles.part!(15, 100)].map(readAll);
  assert.deepEqual(Buffer.concat(parts), whole);
  assert.equal(triangles.part!(15, 100).atMost, 5);
  assert.equal(readAll(triangles.part!(20, 1)).length, 0);

  function readAll(source: typeof triangles): Buffer {
    const into = new Uint8Array(160);
    const blocks: Buffer[] = [];
    source.forEachBlock(into, (count) => blocks.push(Buffer.from(into.subarray(0, count * source.stride))));
    return Buffer.concat(blocks);
  }
});

test('a block of a single triangle is enough for every format', () => {
  for (const [name, content] of Object.entries(barFiles())) {
    const { triangles } = openModel(bytesInMemory(content));
    assert.equal(measured(triangles, triangles.stride).triangles, 20, name);
  }
});

test('a text far from the origin keeps its shape', () => {
  const bar = sampleBar();
  const far = bar.vertices.map(([x, y, z]) => [x + 500_000.123, y - 400_000.456, z + 300_000.789] as const);
  for (const content of [stlAsciiFile({ ...bar, vertices: far }), barFiles({ ...bar, vertices: far })['bar.obj']!]) {
    const { origin, triangles } = openModel(bytesInMemory(content));
    const { volume, min } = measured(triangles);
    assert.ok(Math.abs(origin[0] - 500_000) < 4 && Math.abs(origin[1] + 400_000) < 4, `${origin}`);
    assert.ok(Math.abs(volume - 10) < 1e-5, `${volume}`);
    assert.ok(Math.abs(origin[0] + min[0]! - 500_000.123) < 1e-6);
  }
});
