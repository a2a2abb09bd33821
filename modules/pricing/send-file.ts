import type { FastifyReply } from 'fastify';
import { PRICING_ERRORS } from '#contracts/pricing';
import { BlobError } from '#platform/blobs';
import { Fault } from '#platform/http';
import type { Desk } from './desk.ts';

/** A blob's bytes never change, so whoever may see them may keep them. Throws Fault `model.not_found`. */
export async function sendFile({ blobs }: Desk, reply: FastifyReply, sha256: string): Promise<FastifyReply> {
  const file = await blobs.get(sha256).catch((error: unknown) => {
    if (error instanceof BlobError && error.code === 'not_found') throw new Fault(PRICING_ERRORS['model.not_found']);
    throw error;
  });
  if (!reply.hasHeader('content-type')) reply.type('application/octet-stream');
  return reply.header('cache-control', 'private, max-age=31536000, immutable').header('etag', `"${sha256}"`).send(file);
}
