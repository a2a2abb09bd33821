export { BlobError, type Blobs } from './blobs.ts';
export { diskBlobs } from './disk.ts';
export { type S3Options, s3Blobs } from './s3.ts';
