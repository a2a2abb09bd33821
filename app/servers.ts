import path from 'node:path';
import {
  type EmbeddedPostgres,
  embeddedPostgres,
  prepareDatabase,
  type ReplicaWatch,
  type RoomSpec,
  roomUrl,
  watchReplicas,
} from '#platform/database';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';
import type { Config } from './config.ts';
import { ROOMS, type RoomName } from './rooms.ts';
import { installationSecret, roomPasswords } from './secret.ts';

/** The PostgreSQL servers of the installation, and where each room finds its own. */
export interface Servers extends Part {
  /** As the room's own role. Valid once started. */
  url(room: RoomName): string;
  /** As the administrator of the room's server. */
  adminUrl(room: RoomName): string;
  /** The same of the room's read replicas, if there are any. */
  replicaUrls(room: RoomName): readonly string[];
  /** How far the replicas of the room's server have come; null where it has none. One for all its rooms; the servers stop it. */
  watch(room: RoomName): ReplicaWatch | null;
  /** Walls, schemas and migrations of these rooms. Needs administrators' addresses. */
  prepare(rooms: readonly RoomName[]): Promise<void>;
}

export function servers(config: Config, log: Log): Servers {
  const passwords = roomPasswords(installationSecret(config.secret, config.dataDir));
  const embedded: EmbeddedPostgres | null = config.databaseUrl
    ? null
    : embeddedPostgres({ dataDir: path.join(config.dataDir, 'postgres'), replicas: config.embeddedReplicas, log });
  const adminUrl = (room: RoomName): string => config.databaseUrls[room] ?? config.databaseUrl ?? embedded!.adminUrl;
  const asRoom = (room: RoomName, url: string): string => roomUrl(url, room, passwords[room]);
  const adminReplicas = (room: RoomName): readonly string[] => {
    const own = config.roomReplicaUrls[room];
    if (own || config.databaseUrls[room]) return own ?? [];
    return embedded?.replicaUrls ?? config.replicaUrls;
  };
  const replicaUrls = (room: RoomName) => adminReplicas(room).map((url) => asRoom(room, url));
  /** By server: the rooms of one look at its replicas together. */
  const watches = new Map<string, ReplicaWatch>();
  return {
    name: 'servers',
    start: async () => embedded?.start?.(),
    async stop() {
      await Promise.all([...watches.values()].map((watch) => watch.stop?.()));
      await embedded?.stop?.();
    },
    url: (room) => asRoom(room, adminUrl(room)),
    adminUrl,
    replicaUrls,
    watch(room) {
      const replicas = replicaUrls(room);
      if (replicas.length === 0) return null;
      const server = [adminUrl(room), ...adminReplicas(room)].join();
      const known = watches.get(server);
      if (known) return known;
      const watch = watchReplicas({ primary: asRoom(room, adminUrl(room)), replicas, room });
      watches.set(server, watch);
      return watch;
    },
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
