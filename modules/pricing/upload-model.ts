import type { Readable } from 'node:stream';
import { COMMON_ERRORS } from '#contracts/errors';
import { type Actor, tenantOf } from '#contracts/identity';
import { MODEL_REFUSALS, type Model, type ModelFormat, PRICING_ERRORS } from '#contracts/pricing';
import { BlobError } from '#platform/blobs';
import { newId } from '#platform/clock';
import { Fault } from '#platform/http';
import { admit, requestAnalysis } from './admit.ts';
import { type Desk, wakeWorkers } from './desk.ts';
import { type ByteSource, detectFormat, GeometryRefusal, KERNEL_VERSION, MAX_FILE_BYTES } from './geometry/index.ts';
import { lockFile } from './old-files.ts';
import { findModelView, insertModel, isFileKnown, uploadedToday } from './store.ts';

const HEAD_BYTES = 64 * 1024;
const LONGEST_NAME = 255;
const ASK_AGAIN_SECONDS = 3600;

/**
 * Takes a file, says at once whether it is a model at all, and puts its measuring into the queue.
 * @throws Fault of MODEL_REFUSALS, `pricing.backlog_full`, `model.too_many_bytes`, `storage.full`; nothing of the file is left then
 */
export async function uploadModel(desk: Desk, actor: Actor, fileName: string, body: Readable): Promise<Model> {
  const name = cleanName(fileName);
  const lane = await admit(desk.sql, actor, desk.rules);
  const tenant = tenantOf(actor);
  await refuseTooManyBytes(desk, tenant);
  const stored = await store(desk, body);
  const format = await refuseOtherFiles(desk, stored);
  const id = newId(desk.clock);
  await desk.sql.begin(async (tx) => {
    await lockFile(tx, stored.sha256);
    // The same bytes of somebody long gone may have been removed since they were put again.
    if (!(await desk.blobs.has(stored.sha256))) {
      throw new Fault(COMMON_ERRORS['room.unavailable'], { internal: 'The file went meanwhile', retryAfterSeconds: 1 });
    }
    await insertModel(tx, { id, tenant, fileName: name, ...stored }, format);
    await requestAnalysis(tx, { tenant, lane, ...stored });
  });
  await wakeWorkers(desk.sql);
  desk.log.info({ event: 'model.uploaded', modelId: id, bytes: stored.bytes, lane }, 'Model uploaded');
  return (await findModelView(desk.sql, id, KERNEL_VERSION))!.model;
}

async function refuseTooManyBytes({ sql, rules }: Desk, tenant: string): Promise<void> {
  if ((await uploadedToday(sql, tenant)) < rules.uploadBytesPerDay) return;
  throw new Fault(PRICING_ERRORS['model.too_many_bytes'], { retryAfterSeconds: ASK_AGAIN_SECONDS });
}

/** The last part of a path, without control characters. */
function cleanName(fileName: string): string {
  const name = fileName
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\p{Cc}/gu, '')
    .trim();
  if (name === '' || name === '.' || name === '..' || name.length > LONGEST_NAME) {
    throw new Fault(PRICING_ERRORS['model.file_name_missing']);
  }
  return name;
}

async function store({ blobs }: Desk, body: Readable): Promise<{ sha256: string; bytes: number }> {
  try {
    return await blobs.put(body, { maxBytes: MAX_FILE_BYTES });
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    if (error.code === 'too_large') throw new Fault(MODEL_REFUSALS['model.too_large'], { cause: error });
    if (error.code === 'storage_full') throw new Fault(PRICING_ERRORS['storage.full'], { cause: error });
    throw error;
  }
}

/** Says of what format it is. Whether a file is refused depends on its bytes alone, so nobody can own a blob that is removed here. */
async function refuseOtherFiles(
  desk: Desk,
  { sha256, bytes }: { sha256: string; bytes: number },
): Promise<ModelFormat> {
  try {
    return detectFormat(await headOf(desk, sha256, bytes));
  } catch (error) {
    // A store that could not be read says nothing of the bytes: somebody else may be uploading them at this moment.
    if (!(error instanceof GeometryRefusal)) throw error;
    if (!(await isFileKnown(desk.sql, sha256))) await desk.blobs.remove(sha256);
    throw new Fault(MODEL_REFUSALS[error.code], { detail: error.message });
  }
}

/** The first bytes of a stored file, and how long it is: enough to tell what it is. */
async function headOf({ blobs }: Desk, sha256: string, bytes: number): Promise<ByteSource> {
  const chunks: Buffer[] = [];
  let held = 0;
  for await (const chunk of await blobs.get(sha256)) {
    chunks.push(chunk as Buffer);
    held += (chunk as Buffer).length;
    if (held >= HEAD_BYTES) break;
  }
  const head = Buffer.concat(chunks);
  return {
    bytes,
    read(into, position) {
      const part = head.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}
