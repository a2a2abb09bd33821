import type { ErrorKind } from '#contracts/errors';

export interface FaultParts {
  /** For the caller, about this one case. */
  detail?: string;
  /** Extra members of the problem document, e.g. the current state and what is possible. */
  members?: Record<string, unknown>;
  /** For the log only. */
  internal?: string;
  cause?: unknown;
  /** Sent as Retry-After; whole seconds, at least 1. */
  retryAfterSeconds?: number;
}

/** A refusal with a code of the catalogue. Thrown anywhere below a route, it becomes a problem document (RFC 9457). */
export class Fault extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly detail: string | undefined;
  readonly members: Record<string, unknown>;
  readonly internal: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, { detail, members = {}, internal, cause, retryAfterSeconds }: FaultParts = {}) {
    super(`${kind.code}: ${internal ?? detail ?? kind.title}`, cause === undefined ? {} : { cause });
    this.name = 'Fault';
    this.kind = kind;
    this.code = kind.code;
    this.detail = detail;
    this.members = members;
    this.internal = internal;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  hint: string;
  requestId: string;
  [member: string]: unknown;
}

export function problemOf(fault: Fault, requestId: string): Problem {
  const { kind, detail, members } = fault;
  return {
    ...members,
    type: `urn:forgeline:error:${kind.code}`,
    title: kind.title,
    status: kind.status,
    code: kind.code,
    ...(detail === undefined ? {} : { detail }),
    hint: kind.hint,
    requestId,
  };
}
