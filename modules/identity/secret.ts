import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as text, and the hash that is kept instead of it. Too many to guess, so a plain hash is enough. */
export function newSecret(): { text: string; hash: Buffer } {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: hashSecret(text) };
}

export function hashSecret(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares without telling by its time how much was right. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hashSecret(given), hashSecret(expected));
}
