import { hash } from 'node:crypto';
import type { Stamp } from '#platform/live';

/**
 * One part of an entity tag: the generations that the content was read at, and a digest of everything else that decides it
 * (whose answer it is, to which question).
 */
export function partTag({ epoch, gens }: Stamp, identity: string): string {
  const numbers = gens.map((gen) => gen.toString(36)).join('.');
  return `${Number(epoch).toString(36)}-${numbers}-${digest(identity)}`;
}

/** Weak: parts of an answer that do not come from what changed, such as its age, may differ. */
export function entityTag(shape: string, parts: readonly string[]): string {
  return `W/"${shape}-${parts.join('-')}"`;
}

/** Whether `If-None-Match` names the tag. */
export function isNamed(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === tag) return true;
  return ifNoneMatch.split(',').some((one) => weak(one.trim()) === tag);
}

/** Balancers that compress make a strong tag weak, and some a weak one strong. */
function weak(tag: string): string {
  return tag.startsWith('W/') ? tag : `W/${tag}`;
}

/** 132 bits. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
