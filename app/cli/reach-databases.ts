import path from 'node:path';
import { openDatabase, runningPostgres, type Sql } from '#platform/database';
import { createLog } from '#platform/telemetry';
import type { Config } from '../config.ts';
import type { RoomName } from '../rooms.ts';
import { servers } from '../servers.ts';

/** The rooms' databases of an installation, for a command beside it. */
export interface ReachedDatabases {
  /** As the room's own role: it sees what the room sees. */
  sql(room: RoomName): Sql;
  end(): Promise<void>;
}

/** There is nothing to look at. */
export class NoInstallation extends Error {
  override name = 'NoInstallation';
}

/**
 * Opens what `npm start` with the same configuration uses. The embedded PostgreSQL is joined where it runs; where it does not,
 * it is started for as long as the command takes. Nothing is made: without an installation it throws NoInstallation.
 */
export async function reachDatabases(config: Config): Promise<ReachedDatabases> {
  const log = createLog({ service: 'forgeline-cli', role: 'cli', version: '0', level: 'silent' });
  const all = servers(joined(config), log);
  await all.start?.();
  const pools = new Map<RoomName, ReturnType<typeof openDatabase>>();
  return {
    sql(room) {
      const pool = pools.get(room) ?? openDatabase({ url: all.url(room), room, role: 'cli', log, max: 2 });
      pools.set(room, pool);
      return pool.sql;
    },
    async end() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await all.stop?.();
    },
  };
}

/** The same configuration, with the embedded PostgreSQL as the one that runs, where it runs. Throws NoInstallation. */
export function joined(config: Config): Config {
  if (config.databaseUrl) return config;
  const running = runningPostgres(path.join(config.dataDir, 'postgres'));
  if (running === 'absent') {
    throw new NoInstallation(
      `There is no installation in ${path.resolve(config.dataDir)}: name its folder with --data-dir, or its database with DATABASE_URL.`,
    );
  }
  return running === 'stopped' ? config : { ...config, databaseUrl: running.adminUrl };
}
