export { type EmbeddedOptions, type EmbeddedPostgres, embeddedPostgres, type SupervisorLog } from './embedded.ts';
export { type PrepareOptions, preparationFingerprint, prepareDatabase, type RoomSpec } from './prepare.ts';
export { type Database, type DatabaseOptions, openDatabase, type Sql } from './sql.ts';
export { databaseUrl, roomUrl } from './url.ts';
