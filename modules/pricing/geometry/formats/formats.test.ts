import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bytesInMemory } from '../byte-source.ts';
import { openModel } from './detect.ts';
import { FUZZ_TARGETS } from './fuzz-formats.ts';
import { fuzz } from './fuzz-run.ts';
import { measured } from './measured.ts';
import { barFiles } from './sample-files.ts';

describe('the same bar in every format', () => {
  for (const [name, content] of Object.entries(barFiles())) {
    test(name, () => {
      const { volume, area, triangles } = measured(openModel(bytesInMemory(content)).triangles);
      assert.ok(Math.abs(volume - 10) < 1e-5, `${volume}`);
      assert.ok(Math.abs(area - 34) < 1e-5, `${area}`);
      assert.equal(triangles, 20);
    });
  }
});

/** `node modules/pricing/geometry/formats/fuzz.ts --runs 100000` is the long form. */
describe('a short fuzz', () => {
  for (const [name, target] of Object.entries(FUZZ_TARGETS)) {
    test(name, () => {
      const { faults, outcomes } = fuzz(target, 400, 7);
      assert.deepEqual(
        faults.map(({ what }) => what),
        [],
      );
      assert.ok((outcomes.get('read') ?? 0) > 0 && outcomes.size > 2, `${[...outcomes.keys()]}`);
    });
  }
});
