export {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  embeddedPostgres,
  runningPostgres,
  type SupervisorLog,
} from './embedded.ts';
export { type Database, type DatabaseOptions, openDatabase } from './pool.ts';
export { type PrepareOptions, preparationFingerprint, prepareDatabase, type RoomSpec } from './prepare.ts';
export type { Sql } from './sql.ts';
export { databaseUrl, roomUrl } from './url.ts';
