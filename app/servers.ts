import path from 'node:path';
import { type EmbeddedPostgres, embeddedPostgres, prepareDatabase, type RoomSpec, roomUrl } from '#platform/database';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';
import type { Config } from './config.ts';
import { ROOMS, type RoomName } from './rooms.ts';
import { installationSecret, roomPasswords } from './secret.ts';

/** The PostgreSQL servers of the installation, and where each room finds its own. */
export interface Servers extends Part {
  /** As the room's own role. Valid once started. */
  url(room: RoomName): string;
  /** Walls, schemas and migrations of these rooms. Needs administrators' addresses. */
  prepare(rooms: readonly RoomName[]): Promise<void>;
}

export function servers(config: Config, log: Log): Servers {
  const passwords = roomPasswords(installationSecret(config.secret, config.dataDir));
  const embedded: EmbeddedPostgres | null = config.databaseUrl
    ? null
    : embeddedPostgres({ dataDir: path.join(config.dataDir, 'postgres'), log });
  const adminUrl = (room: RoomName): string => config.databaseUrls[room] ?? config.databaseUrl ?? embedded!.adminUrl;
  return {
    name: 'servers',
    start: async () => embedded?.start?.(),
    stop: async () => embedded?.stop?.(),
    url: (room) => roomUrl(adminUrl(room), room, passwords[room]),
    async prepare(rooms) {
      const byServer = Map.groupBy(rooms, adminUrl);
      for (const [server, names] of byServer) {
        const specs: RoomSpec[] = names.map((name) => ({ ...ROOMS[name], hears: [...ROOMS[name].hears] }));
        await prepareDatabase({ adminUrl: server, rooms: specs, passwords });
        log.info({ event: 'database.prepared', rooms: names }, 'The database is up to date');
      }
    },
  };
}
