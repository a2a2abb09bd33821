/** `npm run openapi`: writes openapi/internal.json and openapi/external.json from the routes that the program registers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Audience, openApi } from '#platform/http';
import { assemble } from '#platform/lifecycle';
import { readConfig } from '../config.ts';
import { type Products, targets, wiring } from '../wiring.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../openapi');
const AUDIENCES: readonly Audience[] = ['internal', 'external'];

const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-openapi-'));
// Port 0: nothing is asked over HTTP, so that any free one will do.
const config = readConfig([`--data-dir=${dataDir}`, '--port=0', '--no-demo', '--log-level=error'], {});
const assembly = assemble<Products>(wiring(config), targets('all'));
try {
  const { http } = await assembly.start();
  mkdirSync(FOLDER, { recursive: true });
  for (const audience of AUDIENCES) {
    const document = await openApi(http.http, audience);
    writeFileSync(path.join(FOLDER, `${audience}.json`), `${JSON.stringify(document, null, 1)}\n`);
    console.log(`openapi/${audience}.json`);
  }
} finally {
  await assembly.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
