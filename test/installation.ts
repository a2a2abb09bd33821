import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assemble } from '#platform/lifecycle';
import { createLog } from '#platform/telemetry';
import { freePorts } from '../app/cli/topology.ts';
import { type Config, readConfig } from '../app/config.ts';
import { ROOM_NAMES } from '../app/rooms.ts';
import { servers } from '../app/servers.ts';
import { type Products, targets, wiring } from '../app/wiring.ts';

export interface Installation {
  origin: string;
  dataDir: string;
  config: Config;
  products: Products;
  stop(): Promise<void>;
}

const SILENT = { service: 'test', role: 'test', version: '0', level: 'silent' } as const;

/** The whole program in this process, on a port and in a folder of its own, with an empty database (of `env`'s DATABASE_URL, if given). */
export async function installation(env: NodeJS.ProcessEnv = {}): Promise<Installation> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'forgeline-installation-'));
  const [port] = await freePorts(1);
  const config = readConfig([`--data-dir=${dataDir}`, `--port=${port}`, '--no-demo', '--workers=1'], env);
  if (config.databaseUrl) await servers(config, createLog(SILENT)).prepare(ROOM_NAMES);
  const assembly = assemble<Products>(wiring(config), targets('all'));
  const products = await assembly.start();
  return {
    origin: products.listening.origin,
    dataDir,
    config,
    products,
    async stop() {
      await assembly.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
