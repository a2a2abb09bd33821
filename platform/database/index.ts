export { type ConsistencyTokens, consistencyTokens } from './consistency-tokens.ts';
export { type DatabaseDump, type DumpedTable, type DumpOptions, dumpDatabase } from './dump.ts';
export {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  embeddedPostgres,
  runningPostgres,
} from './embedded.ts';
export { type Janitor, janitor, type Leftovers, oldRows } from './janitor.ts';
export { LoadRefused, loadDump } from './load-dump.ts';
export { jsonTime } from './parsers.ts';
export { type Database, type DatabaseOptions, openDatabase } from './pool.ts';
export type { SupervisorLog } from './postgres-process.ts';
export { type PrepareOptions, preparationFingerprint, prepareDatabase, type RoomSpec } from './prepare.ts';
export { openReads, primaryReads, type ReadSource, type Reads, type ReadsOptions } from './reads.ts';
export { type ReplicaLag, type ReplicaWatch, watchReplicas } from './replica-watch.ts';
export type { Fragment, Sql } from './sql.ts';
export { databaseUrl, roomUrl } from './url.ts';
export { readWalPosition, type WalPosition } from './wal-position.ts';
