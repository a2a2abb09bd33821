import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  analyse,
  bytesInMemory,
  examine,
  measure as firstPass,
  GeometryRefusal,
  type Measurement,
  makeBracket,
  makePendant,
  makeRing,
} from './index.ts';
import { type Corner, cornersOf, toAscii, writeStl } from './model-maker.ts';

const RING = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 48 });
const CORNERS = cornersOf(RING.stl);
const PRECISION = 1e-7;

function measure(stl: Uint8Array, seed = 42): Measurement {
  return analyse(bytesInMemory(stl), { seed, rays: 500 });
}

function refusalOf(stl: Uint8Array): string {
  try {
    measure(stl);
  } catch (error) {
    assert.ok(error instanceof GeometryRefusal, String(error));
    assert.ok(error.hint.length > 10);
    return error.code;
  }
  return 'measured';
}

function near(actual: number, expected: number, precision = PRECISION): void {
  assert.ok(Math.abs(actual - expected) <= precision * Math.abs(expected), `${actual} is not ${expected}`);
}

function box(size: Corner, at: Corner = [0, 0, 0]): Corner[] {
  const corner = (x: number, y: number, z: number): Corner => [
    at[0] + x * size[0],
    at[1] + y * size[1],
    at[2] + z * size[2],
  ];
  const [a, b, c, d] = [corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0), corner(0, 1, 0)];
  const [e, f, g, h] = [corner(0, 0, 1), corner(1, 0, 1), corner(1, 1, 1), corner(0, 1, 1)];
  const quads = [
    [a, d, c, b],
    [e, f, g, h],
    [a, b, f, e],
    [b, c, g, f],
    [c, d, h, g],
    [d, a, e, h],
  ] as const;
  return quads.flatMap(([p, q, r, s]) => [p, q, r, p, r, s]);
}

/** Triangles of a corner list, to be removed, doubled, turned or put in another order. */
function faces(corners: readonly Corner[]): Corner[][] {
  return Array.from({ length: corners.length / 3 }, (_, i) => corners.slice(3 * i, 3 * i + 3));
}

function turned([a, b, c]: Corner[]): Corner[] {
  return [a!, c!, b!];
}

describe('closed models', () => {
  test('a box has its analytic figures', () => {
    const measured = measure(writeStl(box([2, 3, 4], [10, -20, 30])));
    assert.equal(measured.verdict, 'closed');
    assert.equal(measured.volume, 24);
    assert.equal(measured.area, 52);
    assert.deepEqual(measured.box, { min: [10, -20, 30], max: [12, -17, 34] });
    assert.deepEqual(measured.findings, []);
    assert.equal(measured.volumeUncertainty, 0);
  });

  for (const made of [
    RING,
    makePendant({ diameter: 24, thickness: 1.5, hole: 4, petals: 5 }),
    makePendant({ diameter: 20, thickness: 1, hole: 3, petals: 0 }),
    makeBracket({ leg: 40, thickness: 3, width: 25, fold: 4 }),
  ]) {
    test(`${made.fileName} agrees with its own sum`, () => {
      const measured = measure(made.stl);
      assert.equal(measured.verdict, 'closed');
      assert.equal(measured.triangles, made.triangles);
      near(measured.volume, made.volume);
    });
  }

  test('a finely divided ring comes near the body that it stands for', () => {
    const fine = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 2000 });
    // Pappus: the area of the 16-gon inscribed in the ellipse, times the way of its centroid.
    const section = 8 * Math.sin(Math.PI / 8) * 2 * 1;
    near(measure(fine.stl).volume, section * 2 * Math.PI * 9.5, 1e-5);
  });

  test('the order of triangles and the seed change nothing', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fc.integer(), (order, seed) => {
        const shuffled = faces(CORNERS)
          .map((face) => ({ face, rank: order.next().value! }))
          .sort((a, b) => a.rank - b.rank)
          .flatMap(({ face }) => face);
        const { milliseconds: _, ...measured } = measure(writeStl(shuffled), seed);
        const { milliseconds: __, ...expected } = measure(RING.stl);
        assert.deepEqual(measured, expected);
      }),
      { numRuns: 20 },
    );
  });

  test('two bodies in one file are measured together', () => {
    const measured = measure(writeStl([...box([1, 1, 1]), ...box([1, 2, 3], [5, 0, 0])]));
    assert.equal(measured.verdict, 'closed');
    assert.equal(measured.volume, 7);
  });

  test('−0 and 0 are one place', () => {
    const mixed = box([1, 1, 1]).map((corner, i): Corner => (i % 2 ? corner : [corner[0] || -0, corner[1], corner[2]]));
    assert.equal(measure(writeStl(mixed)).verdict, 'closed');
  });

  test('ASCII gives the same figures as binary', () => {
    const { format, bytes: _, milliseconds: __, ...ascii } = measure(Buffer.from(toAscii(CORNERS)));
    const { format: ___, bytes: ____, milliseconds: _____, ...binary } = measure(RING.stl);
    assert.equal(format, 'stl-ascii');
    assert.deepEqual(ascii, binary);
  });
});

describe('a real CAD export', () => {
  const stl = readFileSync(new URL('./fixtures/featuretype.stl', import.meta.url));

  test('whose corners differ in their last bits is closed by welding', () => {
    const measured = measure(stl);
    assert.equal(measured.verdict, 'repaired');
    assert.deepEqual(measured.findings, ['unwelded_corners']);
    near(measured.volume, 11.62773, 1e-6);
    near(measured.area, 53.82739, 1e-6);
  });

  test('doubled and inside out, it is still the same body', () => {
    const doubled = [...cornersOf(stl), ...cornersOf(stl)];
    const measured = measure(writeStl(faces(doubled).flatMap(turned)));
    assert.equal(measured.verdict, 'repaired');
    assert.deepEqual(measured.findings, ['unwelded_corners', 'duplicate_faces', 'inverted']);
    near(measured.volume, 11.62773, 1e-6);
  });

  test('with a hole it is left to a person', () => {
    assert.equal(measure(writeStl(cornersOf(stl).slice(30))).verdict, 'estimated');
  });
});

describe('motion', () => {
  /** In double precision, then rounded as every STL is: the figures may move by that rounding only. */
  function moved(corners: readonly Corner[], angles: readonly number[], shift: readonly number[]): Corner[] {
    const [a, b, c] = angles as [number, number, number];
    return corners.map(([x, y, z]): Corner => {
      const [x1, y1] = [x * Math.cos(a) - y * Math.sin(a), x * Math.sin(a) + y * Math.cos(a)];
      const [y2, z2] = [y1 * Math.cos(b) - z * Math.sin(b), y1 * Math.sin(b) + z * Math.cos(b)];
      const [x3, z3] = [x1 * Math.cos(c) - z2 * Math.sin(c), x1 * Math.sin(c) + z2 * Math.cos(c)];
      return [x3 + shift[0]!, y2 + shift[1]!, z3 + shift[2]!];
    });
  }

  test('changes neither volume nor area beyond the rounding of the file', () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    const way = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(angle, angle, angle), fc.tuple(way, way, way), (angles, shift) => {
        const measured = measure(writeStl(moved(CORNERS, angles, shift)));
        assert.equal(measured.verdict, 'closed');
        near(measured.volume, RING.volume, 1e-6);
        near(measured.area, measure(RING.stl).area, 1e-6);
      }),
      { numRuns: 50 },
    );
  });
});

describe('broken models', () => {
  test('inverted: its volume, and a note', () => {
    const measured = measure(writeStl(faces(CORNERS).flatMap(turned)));
    assert.equal(measured.verdict, 'closed');
    near(measured.volume, RING.volume);
    assert.deepEqual(measured.findings, ['inverted']);
  });

  test('a shell that is there twice counts once', () => {
    const measured = measure(writeStl([...CORNERS, ...CORNERS]));
    assert.equal(measured.verdict, 'repaired');
    near(measured.volume, RING.volume);
    assert.deepEqual(measured.repairs, [{ code: 'duplicate_shells_removed', faces: RING.triangles, volumeChange: -1 }]);
  });

  test('faces that are there twice count once', () => {
    const measured = measure(writeStl([...CORNERS, ...CORNERS.slice(0, 30)]));
    assert.equal(measured.verdict, 'repaired');
    near(measured.volume, RING.volume);
    assert.deepEqual(measured.repairs, [{ code: 'duplicate_faces_removed', faces: 10, volumeChange: null }]);
  });

  test('a shell and its mirror inside out have no volume', () => {
    const measured = measure(writeStl([...CORNERS, ...faces(CORNERS).flatMap(turned)]));
    assert.equal(measured.verdict, 'unusable');
    assert.ok(measured.findings.includes('no_volume'));
  });

  test('bodies that share a face are left to a person', () => {
    const measured = measure(writeStl([...box([1, 1, 1]), ...box([1, 1, 2])]));
    assert.equal(measured.verdict, 'estimated');
    assert.ok(measured.findings.includes('overlapping_shells'));
  });

  test('bodies stacked face to face are measured', () => {
    const measured = measure(writeStl([...box([1, 1, 1]), ...box([1, 1, 1], [0, 0, 1])]));
    assert.equal(measured.volume, 2);
  });

  test('open: estimated, with how much it may be off', () => {
    const measured = measure(writeStl(box([2, 2, 2], [100, 100, 100]).slice(6)));
    assert.equal(measured.verdict, 'estimated');
    assert.deepEqual(measured.findings, ['open_boundary']);
    assert.ok(measured.volumeUncertainty > 0);
    assert.ok(Math.abs(measured.volume - 8) <= measured.volumeUncertainty * 1.001, `${measured.volume}`);
  });

  test('single faces all over the place are an estimate, and nothing is seen of them', () => {
    const stl = writeStl(
      Array.from({ length: 120_000 }, (_, n): Corner => [50 * Math.sin(n * 12.9), 50 * Math.sin(n * 78.2), n % 97]),
    );
    const source = bytesInMemory(stl);
    const { measurement, views } = examine(source, firstPass(source, { seed: 1 }), { seed: 1 });
    assert.equal(measurement.verdict, 'estimated');
    assert.equal(measurement.thickness, null);
    assert.deepEqual(views, { mesh: null, heat: null, picture: null });
  });

  test('one face turned the wrong way is turned back', () => {
    const mixed = faces(CORNERS).flatMap((face, i) => (i === 7 ? turned(face) : face));
    const measured = measure(writeStl(mixed));
    assert.equal(measured.verdict, 'repaired');
    near(measured.volume, RING.volume);
    assert.ok(measured.repairs.some(({ code, faces: turnedBack }) => code === 'faces_turned' && turnedBack === 1));
  });

  test('corners that differ in their last bits are welded', () => {
    const shaken = CORNERS.map((corner, i): Corner => [corner[0] + 2e-6 * ((i % 3) - 1), corner[1], corner[2]]);
    const measured = measure(writeStl(shaken));
    assert.equal(measured.verdict, 'repaired');
    assert.deepEqual(measured.findings, ['unwelded_corners']);
    near(measured.volume, RING.volume, 1e-6);
  });

  test('corners further apart than the tolerance stay open', () => {
    const torn = CORNERS.map((corner, i): Corner => [corner[0] + 0.01 * ((i % 3) - 1), corner[1], corner[2]]);
    assert.equal(measure(writeStl(torn)).verdict, 'estimated');
  });

  test('a flat sheet is unusable', () => {
    const flat = CORNERS.map((corner): Corner => [corner[0], corner[1], 0]);
    assert.equal(measure(writeStl(flat)).verdict, 'unusable');
  });

  test('a header that lies about the count is overruled by the size', () => {
    for (const stated of [1, RING.triangles - 1, RING.triangles + 1, 0xffffffff]) {
      const stl = Buffer.from(RING.stl);
      stl.writeUInt32LE(stated, 80);
      const measured = measure(stl);
      near(measured.volume, RING.volume);
      assert.deepEqual(measured.findings, ['count_corrected']);
    }
  });

  test('"solid" in a binary header is still binary', () => {
    const stl = Buffer.from(RING.stl);
    stl.write('solid facet normal', 'latin1');
    assert.equal(measure(stl).format, 'stl-binary');
  });

  test('bytes after the last triangle are passed over', () => {
    const measured = measure(Buffer.concat([RING.stl, Buffer.from('made by nobody')]));
    near(measured.volume, RING.volume);
    assert.deepEqual(measured.findings, ['trailing_bytes']);
  });
});

describe('refusals', () => {
  const nan = Buffer.from(RING.stl);
  nan.writeFloatLE(Number.NaN, 84 + 50 * 100 + 16);
  const infinite = Buffer.from(RING.stl);
  infinite.writeFloatLE(Number.POSITIVE_INFINITY, 84 + 12);
  const ascii = toAscii(CORNERS);
  const cases: [string, Uint8Array, string][] = [
    ['nothing', Buffer.alloc(0), 'model.empty'],
    ['a header only', Buffer.alloc(84), 'model.empty'],
    ['an ASCII solid without facets', Buffer.from('solid a\nendsolid a\n'), 'model.empty'],
    ['cut off', RING.stl.subarray(0, 84 + 50 * 100 + 13), 'model.truncated'],
    ['ASCII cut off', Buffer.from(ascii.slice(0, ascii.lastIndexOf('vertex'))), 'model.truncated'],
    ['NaN', nan, 'model.not_a_number'],
    ['infinity', infinite, 'model.not_a_number'],
    ['ASCII nan', Buffer.from(ascii.replace(/vertex \S+/, 'vertex nan')), 'model.not_a_number'],
    ['ASCII -inf', Buffer.from(ascii.replace(/vertex \S+/, 'vertex -inf')), 'model.not_a_number'],
    ['locale commas', Buffer.from(ascii.replaceAll('.', ',')), 'model.decimal_comma'],
    ['four corners', Buffer.from(ascii.replace('endloop', 'vertex 1 2 3\nendloop')), 'model.malformed'],
    ['a word that is none', Buffer.from(ascii.replace('endloop', 'endlop')), 'model.malformed'],
    ['an endless word', Buffer.from(`solid a\nfacet normal ${'1'.repeat(2_000_000)}`), 'model.malformed'],
    ['far away', writeStl(box([1, 1, 1], [2e6, 0, 0])), 'model.coordinates_out_of_range'],
    ['text', Buffer.from('hello'), 'model.unknown_format'],
    ['a picture', Buffer.concat([Buffer.from('\x89PNG\r\n'), Buffer.alloc(900, 0xa7)]), 'model.unknown_format'],
    ['an archive that is cut off', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200)]), 'model.truncated'],
    ['OBJ without faces', Buffer.from(`# cube\nv 0 0 0\n${'v 1 0 0\n'.repeat(20)}`), 'model.empty'],
    ['STEP', Buffer.from(`ISO-10303-21;\n${' '.repeat(200)}`), 'model.format_unsupported'],
  ];
  for (const [name, content, code] of cases) {
    test(`${name}: ${code}`, () => assert.equal(refusalOf(content), code));
  }

  test('whatever the bytes, there is a measurement or a typed refusal', () => {
    const ends = fc.record({ at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }), cut: fc.nat() });
    fc.assert(
      fc.property(
        ends,
        fc.constantFrom(RING.stl.subarray(0, 84 + 50 * 40), Buffer.from(ascii.slice(0, 4000))),
        (change, base) => {
          const content = Buffer.from(base.subarray(0, base.length - (change.cut % 3 ? 0 : change.cut % base.length)));
          content.set(
            change.bytes.subarray(0, Math.max(0, content.length - (change.at % (content.length + 1)))),
            change.at % (content.length + 1),
          );
          refusalOf(content);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('ASCII as people write it', () => {
  const spellings: [string, (text: string) => string][] = [
    ['upper case', (text) => text.toUpperCase()],
    ['carriage returns', (text) => text.replaceAll('\n', '\r\n')],
    ['old Mac line ends', (text) => text.replaceAll('\n', '\r')],
    ['tabs', (text) => text.replaceAll(' ', '\t').replace('\t', ' ')],
    ['one facet a line', (text) => text.replaceAll('\n', ' ').replace(/^(solid \S+) /, '$1\n')],
    ['no last line', (text) => text.slice(0, text.lastIndexOf('endsolid'))],
    ['nan normals', (text) => text.replaceAll('normal 0 0 0', 'normal nan nan nan')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['a name with a keyword', (text) => text.replaceAll('forgeline', 'my facet vertex')],
  ];
  for (const [name, spell] of spellings) {
    test(name, () => near(measure(Buffer.from(spell(toAscii(CORNERS)))).volume, RING.volume));
  }

  test('a token on the border of two blocks is read whole', () => {
    const padding = ' '.repeat(1 << 20);
    for (const shift of [0, 1, 7, 13]) {
      const text = toAscii(CORNERS);
      const middle = text.indexOf('\nfacet', text.length / 2);
      const padded =
        text.slice(0, middle) + padding.slice(0, padding.length - middle - 60 + shift) + text.slice(middle);
      near(measure(Buffer.from(padded)).volume, RING.volume);
    }
  });
});

test('a million triangles in many shells: the one that is there twice is found', () => {
  // 1,008,000 triangles in 84 shells, far enough apart; one shell is there twice.
  const shell = makeRing({ diameter: 17, width: 4, thickness: 2, segments: 375 });
  const shells = 84;
  const body = shell.stl.subarray(84);
  const stl = Buffer.alloc(84 + body.length * (shells + 1));
  stl.writeUInt32LE(shell.triangles * (shells + 1), 80);
  for (let i = 0; i <= shells; i++) {
    const at = 84 + body.length * i;
    body.copy(stl, at);
    const shift = 32 * Math.min(i, shells - 1);
    for (let record = at; record < at + body.length; record += 50) {
      for (let k = 0; k < 3; k++) stl.writeFloatLE(stl.readFloatLE(record + 12 + 12 * k) + shift, record + 12 + 12 * k);
    }
  }
  const measured = measure(stl);
  assert.equal(measured.triangles, shell.triangles * (shells + 1));
  assert.ok(
    measured.repairs.some(({ code, faces }) => code === 'duplicate_shells_removed' && faces === shell.triangles),
  );
  near(measured.volume, shell.volume * shells, 1e-4);
});
