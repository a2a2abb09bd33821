/** One kind of refusal: what a program matches on (`code`), what a person reads (`title`) and what they should do (`hint`). */
export interface ErrorKind {
  code: string;
  status: number;
  title: string;
  hint: string;
}

/** A room's refusals by code. The room's contract file holds it; the UI translates by code. */
export function errorCatalogue<Codes extends Record<string, Omit<ErrorKind, 'code'>>>(
  kinds: Codes,
): { readonly [Code in keyof Codes]: ErrorKind } {
  const entries = Object.entries(kinds).map(([code, kind]) => [code, { code, ...kind }]);
  return Object.fromEntries(entries) as { readonly [Code in keyof Codes]: ErrorKind };
}

/** Refusals that any room may give. */
export const COMMON_ERRORS = errorCatalogue({
  'request.invalid': {
    status: 400,
    title: 'The request is not valid',
    hint: 'Correct the named field and send it again.',
  },
  'request.too_large': { status: 413, title: 'The request is too large', hint: 'Send less at once.' },
  'request.unsupported_type': {
    status: 415,
    title: 'This content type is not accepted here',
    hint: 'Send application/json, or application/octet-stream for a file.',
  },
  'request.timeout': { status: 408, title: 'The request took too long to arrive', hint: 'Send it again.' },
  'auth.required': { status: 401, title: 'Sign in first', hint: 'Get a token from identity and send it as a Bearer.' },
  'auth.expired': { status: 401, title: 'The token has expired', hint: 'Get a new token and send the request again.' },
  'auth.forbidden': {
    status: 403,
    title: 'Your role does not allow this',
    hint: 'Ask an administrator for the role that this needs.',
  },
  'resource.not_found': { status: 404, title: 'There is no such thing here', hint: 'Check the address.' },
  'rate.limited': { status: 429, title: 'Too many requests', hint: 'Wait as long as Retry-After says.' },
  'room.unavailable': {
    status: 503,
    title: 'A part of the system is away',
    hint: 'Nothing was changed. Try again after the seconds in Retry-After.',
  },
  'internal.error': {
    status: 500,
    title: 'Something went wrong on our side',
    hint: 'Try again; if it stays, name the request id to support.',
  },
});
