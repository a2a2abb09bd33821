import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { Mesh } from '../mesh.ts';
import { examineWalls } from './examine-walls.ts';
import { decodeHeat, encodeHeat, heatVolume, thicknessIn } from './heat-volume.ts';
import { measureWalls } from './measure-walls.ts';
import { decodePicture, encodePicture, type PaintOptions, type PictureLayers, paintPicture } from './picture-file.ts';
import { box, insideOut, meshOf, stairs } from './shells-under-test.ts';

/** A plate of 5 with a band of 0.8 in its middle. */
const PLATE = meshOf(stairs([[0, 5], [15, 0.8], [25, 5]], 40, 30)); // biome-ignore format: one line
const EXTENT = { min: [0, 0, 0], max: [40, 30, 5] };

function examined(mesh: Mesh, origin: [number, number, number] = [0, 0, 0]) {
  return examineWalls(mesh, { origin, rays: 16_384, withViews: true }, () => {});
}

describe('the heat volume', () => {
  const { samples } = measureWalls(PLATE, { seed: 1, rays: 65_536 });
  const volume = heatVolume(samples, EXTENT)!;

  test('tells the thickness at any place of the surface', () => {
    for (let n = 0; n < 500; n++) {
      const [x, y] = [15.5 + (n % 25) * 0.37, 0.5 + Math.floor(n / 25) * 1.4];
      assert.ok(Math.abs(thicknessIn(volume, x, y, 0)! / 0.8 - 1) < 0.02, `${x}, ${y}`);
      assert.ok(Math.abs(thicknessIn(volume, x, y, 0.8)! / 0.8 - 1) < 0.02, `${x}, ${y}`);
      assert.ok(thicknessIn(volume, (n % 25) * 0.5, y, 5)! > 4.9);
    }
  });

  test('knows nothing far from the surface, and something a little beside it', () => {
    assert.equal(thicknessIn(volume, 5, 15, 2.5), null);
    assert.ok(thicknessIn(volume, 5, 15, -0.3) !== null);
  });

  test('is small, at most 96 cells a side, and comes back as it was written', () => {
    assert.ok(Math.max(...volume.dims) <= 96);
    const bytes = encodeHeat(volume);
    assert.ok(bytes.length < 100_000, `${bytes.length} bytes`);
    assert.deepEqual(decodeHeat(bytes), volume);
  });

  test('that is cut off, foreign or too large is refused', () => {
    const bytes = encodeHeat(volume);
    assert.throws(() => decodeHeat(bytes.subarray(0, 40)));
    assert.throws(() => decodeHeat(bytes.subarray(0, bytes.length - 5)));
    assert.throws(() => decodeHeat(new Uint8Array(100)));
    const large = bytes.slice();
    new Uint32Array(large.buffer, 4, 1)[0] = 100_000;
    assert.throws(() => decodeHeat(large), /too large/);
  });
});

describe('the picture', () => {
  const { thickness, picture } = examined(PLATE);
  const layers = decodePicture(picture!);

  test('shows all of the model, with a margin', () => {
    const { width, height, coverage } = layers;
    assert.deepEqual([width, height], [480, 360]);
    const covered = coverage.filter((share) => share > 0).length / coverage.length;
    assert.ok(covered > 0.2 && covered < 0.9, `${covered}`);
    const border = [...coverage.keys()].filter((n) => n % width === 0 || n % width === width - 1 || n < width);
    assert.ok(border.every((n) => coverage[n] === 0));
  });

  test('has the thin wall in it, as thick as it is', () => {
    const thin = [...layers.codes].filter((code) => code > 0 && code < 255);
    const thicknesses = thin.map((code) => Math.exp(layers.lnFirst + (code - 1) * layers.lnStep));
    const band = thicknesses.filter((value) => Math.abs(value / 0.8 - 1) < 0.02);
    assert.ok(band.length > 2000, `${band.length} pixels`);
    assert.ok(thicknesses.every((value) => value > 0.78));
    assert.equal(thickness!.patches[0]!.thinnest, 0.8);
  });

  test('comes back as it was written, and is refused when cut off or foreign', () => {
    const bytes = encodePicture(layers);
    assert.deepEqual(
      { ...decodePicture(bytes), shade: Buffer.from(decodePicture(bytes).shade) },
      { ...layers, shade: Buffer.from(layers.shade) },
    );
    assert.throws(() => decodePicture(bytes.subarray(0, 20)));
    assert.throws(() => decodePicture(bytes.subarray(0, 400)));
    assert.throws(() => decodePicture(new Uint8Array(64)));
  });

  test('is drawn from below when the thin wall can only be seen from there', () => {
    // A cup upside down: its thin wall is the ceiling of a deep hole that opens downwards.
    const hole = meshOf(box([0, 0, 0], [10, 10, 10]), insideOut(box([3, 3, -1], [7, 7, 9.6])));
    assert.ok(examined(hole).picture);
  });

  test('is painted where walls are under the limit, and nowhere else', () => {
    assert.equal(reds(layers, { limit: 0.7, theme: 'light' }), 0);
    assert.equal(reds(layers, { limit: 0, theme: 'dark' }), 0);
    const band = reds(layers, { limit: 1, theme: 'light' });
    assert.ok(band > 2000, `${band} pixels`);
    assert.equal(reds(layers, { limit: 1, theme: 'dark' }), band);
    assert.ok(reds(layers, { limit: 6, theme: 'dark' }) > band * 2);
  });
});

test('places and volume are in the coordinates of the file', () => {
  const { thickness, heat } = examined(PLATE, [1000, 0, -50]);
  const here = examined(PLATE);
  const [x, y, z] = here.thickness!.patches[0]!.at;
  const moved = thickness!.patches[0]!.at;
  assert.ok(
    Math.abs(moved[0] - x - 1000) < 0.01 && Math.abs(moved[1] - y) < 1e-6 && Math.abs(moved[2] - z + 50) < 1e-3,
  );
  assert.equal(decodeHeat(heat!).origin[0], decodeHeat(here.heat!).origin[0] + 1000);
});

/** Pixels of a PNG whose colour is warm: more red than blue by far. */
function reds(layers: PictureLayers, options: PaintOptions): number {
  const png = paintPicture(layers, options);
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  const data = png.readUInt32BE(33);
  const rows = inflateSync(png.subarray(41, 41 + data));
  const stride = 1 + layers.width * 4;
  assert.equal(rows.length, stride * layers.height);
  let count = 0;
  for (let y = 0; y < layers.height; y++) {
    for (let at = y * stride + 1; at < (y + 1) * stride; at += 4) {
      if (rows[at + 3]! > 0 && rows[at]! > rows[at + 2]! + 40) count++;
    }
  }
  return count;
}
