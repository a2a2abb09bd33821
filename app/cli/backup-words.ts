import { LoadRefused } from '#platform/database';
import { ConfigError } from '../config.ts';
import { UsageError } from './backup-arguments.ts';
import { BackupBroken } from './backup-manifest.ts';
import { NoInstallation } from './reach-databases.ts';
import { RestoreRefused } from './restore-backup.ts';

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const KNOWN = [UsageError, ConfigError, NoInstallation, BackupBroken, RestoreRefused, LoadRefused];

/** Says what went wrong and ends with 2 where the asking was wrong, else with 1. */
export function complain(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  const isKnown = KNOWN.some((kind) => error instanceof kind);
  if (!isKnown && process.env['FORGELINE_LOG_LEVEL'] === 'debug') console.error(error);
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}
