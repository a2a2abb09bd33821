import type { Sql } from './sql.ts';

/** A place in the log of changes of one server and its replicas. */
export interface WalPosition {
  /** PostgreSQL's system identifier: one for a primary and all its replicas. */
  server: string;
  /** Rises when a replica is made the primary: places of two timelines cannot be compared. */
  timeline: number;
  lsn: bigint;
}

/** How far a primary has written or a replica has replayed. Needs the platform's migrations. */
export async function readWalPosition(sql: Sql): Promise<WalPosition & { isReplica: boolean }> {
  const [row] = await sql<{ server: string; timeline: number; lsn: string; is_replica: boolean }[]>`
    select server, timeline, lsn::text as lsn, is_replica from platform.wal_position()`;
  const { server, timeline, lsn, is_replica: isReplica } = row!;
  return { server, timeline, lsn: parseLsn(lsn), isReplica };
}

/** `16/B374D848`: both halves are 32 bits in hexadecimal. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}
