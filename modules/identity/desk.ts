import type { Bus } from '#platform/bus';
import type { Sql } from '#platform/database';
import type { Log } from '#platform/telemetry';
import type { SigningKeys } from './signing-keys.ts';

/** What every verb of this room works with. */
export interface Desk {
  sql: Sql;
  bus: Bus;
  log: Log;
  keys: SigningKeys;
  /** Origin of the links in mails, without a slash at the end. */
  publicOrigin: string;
  /** What `partners` shows when it exchanges a key. */
  exchangeProof: string;
  /** What a room shows when it asks for a token of its own. */
  roomProof: string;
  /** Says that a mail was written, so that it goes at once. */
  mailWaits(): void;
}

/** Who stands before the desk. */
export interface Caller {
  /** Network address. */
  address: string;
  /** Value of the session cookie, unproven; null when there is none. */
  sessionToken: string | null;
}
