import { randomBytes, randomUUID } from 'node:crypto';

/** Time as the program sees it. Leases never use it: they are decided by the database's `platform.now()`. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** The moment as it travels on the wire: UTC, ISO 8601, milliseconds. */
export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

/** The moment so many milliseconds before `time` (ISO 8601). */
export function earlier(time: string, milliseconds: number): string {
  return milliseconds === 0 ? time : new Date(Date.parse(time) - milliseconds).toISOString();
}

/** A version 7 UUID: unique, and sorted by the time it was made, which keeps B-tree inserts at the right edge. */
export function newId(clock: Clock = systemClock): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** An unguessable identifier (122 random bits) for links and nonces. */
export function randomId(): string {
  return randomUUID();
}
