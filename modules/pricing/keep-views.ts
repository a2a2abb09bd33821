import { Readable } from 'node:stream';
import type { GeometryReport } from '#contracts/pricing';
import type { Blobs } from '#platform/blobs';
import type { Views } from './geometry/index.ts';

const MOST_BYTES = 64 * 1024 * 1024;

/** Puts what is shown of a model into the blob store, and says where. */
export async function keepViews(blobs: Blobs, views: Views): Promise<NonNullable<GeometryReport['views']>> {
  const keep = async (bytes: Uint8Array | null) =>
    bytes && (await blobs.put(Readable.from([Buffer.from(bytes)]), { maxBytes: MOST_BYTES })).sha256;
  return { mesh: await keep(views.mesh), heat: await keep(views.heat), picture: await keep(views.picture) };
}
