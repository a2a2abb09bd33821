import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOM_NAMES, type RoomName } from './rooms.ts';

/** The installation's secret: the configured one, else the one kept in the data directory, made at the first start. */
export function installationSecret(configured: string | null, dataDir: string): string {
  if (configured) return configured;
  mkdirSync(dataDir, { recursive: true });
  const file = path.join(dataDir, 'secret');
  try {
    // Exclusive: of two first starts one writes, the other reads what it wrote.
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}

/** What one room shows another that it is of this installation, for one purpose. */
export function proofOf(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(`proof ${purpose}`).digest('base64url');
}

/** Each room's database password: every process of the installation derives the same one, and no room another's. */
export function roomPasswords(secret: string): Record<RoomName, string> {
  const derive = (room: string) => createHmac('sha256', secret).update(`database role ${room}`).digest('base64url');
  return Object.fromEntries(ROOM_NAMES.map((room) => [room, derive(room)])) as Record<RoomName, string>;
}
