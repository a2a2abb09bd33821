/**
 * Carries what a caller has already caused: an answer to a command names it, a later request repeats it, and no replica that is
 * behind it answers. Tokens with commas, one a database server; opaque to callers, who keep them with `mergeTokens`.
 */
export const CONSISTENCY_HEADER = 'forgeline-consistency';

/** `v1.SERVER.TIMELINE.LSN.EXPIRES.MAC`; timeline and LSN in hexadecimal of fixed width, so that they compare as text. */
export const TOKEN = /^v1\.(\d{1,20})\.([\da-f]{8})\.([\da-f]{16})\.(\d{1,12})\.([\w-]{22})$/;

/** Longer than the most that a replica may be behind: later every answer has what a token names. */
export const TOKEN_TTL_MS = 60_000;

/** More database servers than an installation has rooms. */
const MOST_TOKENS = 8;

/** Of each server the token that reaches farthest. What is no token is left out. */
export function mergeTokens(held: string, heard: string): string {
  const farthest = new Map<string, { reach: string; token: string }>();
  for (const token of `${held},${heard}`.split(',', 2 * MOST_TOKENS).map((part) => part.trim())) {
    const [, server, timeline, lsn] = TOKEN.exec(token) ?? [];
    if (server === undefined) continue;
    const reach = `${timeline}${lsn}`;
    if (reach >= (farthest.get(server)?.reach ?? '')) farthest.set(server, { reach, token });
  }
  return [...farthest.values()]
    .slice(-MOST_TOKENS)
    .map(({ token }) => token)
    .join(',');
}
