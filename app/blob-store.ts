import path from 'node:path';
import { type Blobs, diskBlobs, s3Blobs } from '#platform/blobs';
import type { Config } from './config.ts';

/** The embedded database lives on the same disk: uploads must not be what stops it. */
const RESERVE_BYTES = 500_000_000;

/** Where the installation keeps models' files. */
export function blobStore({ s3, dataDir }: Pick<Config, 's3' | 'dataDir'>): Blobs {
  return s3 ? s3Blobs(s3) : diskBlobs({ dir: path.join(dataDir, 'blobs'), reserveBytes: RESERVE_BYTES });
}
