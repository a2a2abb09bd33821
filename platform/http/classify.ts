import { COMMON_ERRORS, type ErrorKind } from '#contracts/errors';
import { Fault } from './fault.ts';

/** Fastify's own refusals, told in our words. */
const FRAMEWORK: Record<string, { kind: ErrorKind; detail?: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { kind: COMMON_ERRORS['request.too_large'] },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { kind: COMMON_ERRORS['request.unsupported_type'] },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    kind: COMMON_ERRORS['request.invalid'],
    detail: 'The body is empty, but its content type says JSON',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { kind: COMMON_ERRORS['request.invalid'], detail: 'The body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    kind: COMMON_ERRORS['request.invalid'],
    detail: 'The body is not as long as Content-Length says',
  },
  FST_ERR_BAD_URL: { kind: COMMON_ERRORS['request.invalid'], detail: 'The address is not well formed' },
  FST_ERR_MAX_PARAM_LENGTH: { kind: COMMON_ERRORS['resource.not_found'] },
};

/** The database or another server went away, or gave up under load: nothing was changed, try again. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'POOL_EXHAUSTED',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57014', // query_canceled: statement_timeout
  '53300', // too_many_connections
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]);

/** Whatever was thrown, as a refusal that may be shown: nothing of an unexpected error reaches the caller. */
export function toFault(error: unknown, bodyArrived: boolean): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  const known = FRAMEWORK[code];
  if (known) return new Fault(known.kind, { ...(known.detail ? { detail: known.detail } : {}), cause: error });
  if (code === 'FST_ERR_HANDLER_TIMEOUT') return tooSlow(error, bodyArrived);
  if (AWAY.has(code) || code.startsWith('08')) {
    return new Fault(COMMON_ERRORS['room.unavailable'], { internal: code, cause: error, retryAfterSeconds: 1 });
  }
  if (statusOf(error) === 400) {
    // JSON that carries __proto__ or does not parse; the parser's message may quote the body, so it is not passed on.
    return new Fault(COMMON_ERRORS['request.invalid'], { detail: 'The body cannot be read', cause: error });
  }
  return new Fault(COMMON_ERRORS['internal.error'], { cause: error, internal: String(error) });
}

function tooSlow(cause: unknown, bodyArrived: boolean): Fault {
  if (!bodyArrived) return new Fault(COMMON_ERRORS['request.timeout'], { cause });
  return new Fault(COMMON_ERRORS['room.unavailable'], {
    detail: 'The answer took too long; what was asked may still be carried out',
    cause,
    retryAfterSeconds: 5,
  });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function statusOf(error: unknown): number {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 0;
}
