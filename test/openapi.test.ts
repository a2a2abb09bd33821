import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openApi } from '#platform/http';
import { type Installation, installation } from './installation.ts';

let house: Installation;
before(async () => {
  house = await installation();
});
after(() => house?.stop());

for (const audience of ['internal', 'external'] as const) {
  test(`openapi/${audience}.json is what the routes say (npm run openapi makes it)`, async () => {
    const file = path.resolve(import.meta.dirname, `../openapi/${audience}.json`);
    const made = `${JSON.stringify(await openApi(house.products.http.http, audience), null, 1)}\n`;
    assert.ok(
      readFileSync(file, 'utf8') === made,
      `openapi/${audience}.json is old: run "npm run openapi" and look at the difference`,
    );
    const served = await fetch(`${house.origin}/api/${audience}/v1/openapi.json`);
    assert.deepEqual(await served.json(), JSON.parse(made));
  });
}
