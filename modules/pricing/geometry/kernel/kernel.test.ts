import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildKernel, KERNELS } from './build.ts';

for (const name of KERNELS) {
  test(`${name}.wasm is what its source compiles to`, async () => {
    const committed = readFileSync(new URL(`./${name}.wasm`, import.meta.url));
    const rebuilt = Buffer.from(await buildKernel(name));
    assert.ok(rebuilt.equals(committed), `Run "npm run kernel -- ${name}" and commit kernel/${name}.wasm`);
  });
}
