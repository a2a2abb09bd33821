import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ADDRESS, BlobError, type Blobs, checkAddress, Meter } from './blobs.ts';

export interface S3Options {
  /** Left out: Amazon's own for the region. */
  endpoint?: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

const PART_BYTES = 8 * 1024 * 1024;

/**
 * Blobs as objects `blobs/<sha256>`. The name is known only after the last byte, and a process need not have a disk to
 * spool to: the stream goes to a key under `incoming/` while it is hashed and is then copied inside the store. What a
 * killed process leaves under `incoming/` is for the bucket's life-cycle rule.
 */
export function s3Blobs({ endpoint, bucket, accessKeyId, secretAccessKey, region }: S3Options): Blobs {
  const client = new S3Client({
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Trailing checksums are Amazon's own; SHA-256 in the name says more, and every S3 server understands its absence.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const at = (sha256: string) => ({ Bucket: bucket, Key: `blobs/${checkAddress(sha256)}` });

  async function has(sha256: string): Promise<boolean> {
    try {
      await client.send(new HeadObjectCommand(at(sha256)));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  return {
    async put(stream, { maxBytes }) {
      const temporary = { Bucket: bucket, Key: `incoming/${randomUUID()}` };
      try {
        const meter = new Meter(maxBytes);
        await uploadAll(client, temporary, stream, meter);
        const written = meter.result();
        if (!(await has(written.sha256))) {
          const source = `${temporary.Bucket}/${temporary.Key}`;
          await client.send(new CopyObjectCommand({ ...at(written.sha256), CopySource: source }));
        }
        return written;
      } finally {
        await client.send(new DeleteObjectCommand(temporary)).catch(() => undefined);
      }
    },
    async get(sha256) {
      try {
        const { Body } = await client.send(new GetObjectCommand(at(sha256)));
        return Body as Readable;
      } catch (error) {
        if (isMissing(error)) throw new BlobError('not_found', `No blob ${sha256}`, { cause: error });
        throw error;
      }
    },
    has,
    async remove(sha256) {
      await client.send(new DeleteObjectCommand(at(sha256)));
    },
    async *list() {
      const Prefix = 'blobs/';
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
        for (const { Key = '', Size = 0, LastModified } of Contents) {
          const sha256 = Key.slice(Prefix.length);
          if (ADDRESS.test(sha256)) yield { sha256, bytes: Size, putAt: LastModified?.getTime() ?? Date.now() };
        }
      }
    },
    freeBytes: async () => null,
  };
}

/** Sends stream → meter → S3; whichever of the two fails first stops the other, and its error is the one thrown. */
async function uploadAll(
  client: S3Client,
  target: { Bucket: string; Key: string },
  stream: Readable,
  meter: Meter,
): Promise<void> {
  const upload = new Upload({ client, params: { ...target, Body: meter }, partSize: PART_BYTES, queueSize: 2 });
  const sent = upload.done().catch((error) => {
    meter.destroy(error as Error);
    throw error;
  });
  const read = pipeline(stream, meter).catch(async (error) => {
    await upload.abort();
    throw error;
  });
  const [reading, sending] = await Promise.allSettled([read, sent]);
  if (reading.status === 'rejected') throw reading.reason;
  if (sending.status === 'rejected') throw sending.reason;
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}
