import { decodeProtectedHeader, errors, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { Value } from 'typebox/value';
import { Actor, type PersonRevoked } from '#contracts/identity';
import type { Clock } from '#platform/clock';
import { MAX_TOKEN_SECONDS, TOKEN_ISSUER, TOKEN_TYPE } from './sign.ts';

/** Clocks of two machines may differ by this much. */
const SKEW_SECONDS = 10;
const KEYS_ARE_FRESH_MS = 300_000;
const KEYS_REFETCH_MS = 2_000;
const MOST_REMEMBERED = 20_000;

/** A token that proves nothing. `expired`: it was good, or was revoked; a new one may be asked for. */
export class InvalidToken extends Error {
  readonly expired: boolean;
  constructor(message: string, { expired = false, cause }: { expired?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'InvalidToken';
    this.expired = expired;
  }
}

export interface ActorVerifier {
  /** Rejects with InvalidToken, or with whatever `keys` rejects with when the key set cannot be had. */
  verify(token: string): Promise<Actor>;
  /** Of a token that was verified here and still stands, at once; null for any other. */
  known(token: string): Actor | null;
  /** From this moment on the named tokens are refused. Repeats and reordering do no harm. */
  revoke(revoked: PersonRevoked): void;
  /** False once a token that was verified here has expired or was revoked: a stream opened with it must end. */
  stands(token: string): boolean;
}

interface Proven {
  actor: Actor;
  issuedAt: number;
  expiresAt: number;
}

export interface VerifierOptions {
  /** Identity's public keys. */
  keys: () => Promise<JWK[]>;
  /** What was revoked in the last minutes: a process that has just started did not hear it said. */
  revocations?: () => Promise<PersonRevoked[]>;
  clock: Clock;
}

/**
 * Proves actors by identity's published keys, without asking identity each time. What was proven is remembered until
 * it expires, so that a signature is checked once per token and not once per request.
 */
export function actorVerifier({ keys, revocations: told, clock }: VerifierOptions): ActorVerifier {
  const revocations = new Revocations(clock);
  // Nothing is proven before the first keys are here, hence nothing before the revocations.
  const keyRing = new KeyRing(async () => {
    for (const revoked of (await told?.()) ?? []) revocations.add(revoked);
    return keys();
  }, clock);
  const remembered = new Map<string, Proven>();

  function current(token: string): Proven | null {
    const proven = remembered.get(token);
    if (!proven) return null;
    if (proven.expiresAt > clock.now() && !revocations.cover(proven)) return proven;
    remembered.delete(token);
    return null;
  }

  return {
    async verify(token) {
      const known = current(token);
      if (known) return known.actor;
      const proven = await prove(token, keyRing, clock);
      if (revocations.cover(proven)) throw new InvalidToken('The token was revoked', { expired: true });
      if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(token, proven);
      return proven.actor;
    },
    known: (token) => current(token)?.actor ?? null,
    revoke: (revoked) => revocations.add(revoked),
    stands: (token) => current(token) !== null,
  };
}

async function prove(token: string, keyRing: KeyRing, clock: Clock): Promise<Proven> {
  const key = await keyRing.find(keyIdOf(token));
  const payload = await checkedPayload(token, key, clock);
  const actor = {
    id: payload.sub,
    name: payload['name'],
    roles: payload['roles'],
    credential: payload['credential'],
    scopes: payload['scopes'],
    ...(payload['clientId'] === undefined ? {} : { clientId: payload['clientId'] }),
  };
  if (!Value.Check(Actor, actor)) throw new InvalidToken('The token carries no actor');
  if (payload.exp! - payload.iat! > MAX_TOKEN_SECONDS) throw new InvalidToken('The token lives too long');
  return { actor, issuedAt: Math.round(payload.iat! * 1000), expiresAt: payload.exp! * 1000 };
}

function keyIdOf(token: string): string {
  try {
    return decodeProtectedHeader(token).kid ?? '';
  } catch (cause) {
    throw new InvalidToken('Not a token', { cause });
  }
}

async function checkedPayload(token: string, key: VerifyKey, clock: Clock): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: TOKEN_TYPE,
      issuer: TOKEN_ISSUER,
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(clock.now()),
    });
    if (payload.iat! > clock.now() / 1000 + SKEW_SECONDS) throw new InvalidToken('The token comes from the future');
    return payload;
  } catch (cause) {
    if (cause instanceof InvalidToken) throw cause;
    const expired = cause instanceof errors.JWTExpired;
    throw new InvalidToken(expired ? 'The token has expired' : 'The token is not valid', { expired, cause });
  }
}

type VerifyKey = Awaited<ReturnType<typeof importJWK>>;

/** Identity's public keys by id. An unknown id asks again, at most every two seconds, so that rotation needs no restart. */
class KeyRing {
  readonly #fetch: () => Promise<JWK[]>;
  readonly #clock: Clock;
  #keys = new Map<string, VerifyKey>();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | null = null;

  constructor(fetch: () => Promise<JWK[]>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  async find(keyId: string): Promise<VerifyKey> {
    const age = this.#clock.now() - this.#fetchedAt;
    const wanted = this.#keys.has(keyId) ? age > KEYS_ARE_FRESH_MS : age > KEYS_REFETCH_MS;
    if (wanted) await this.#refresh(this.#keys.has(keyId));
    const key = this.#keys.get(keyId);
    if (!key) throw new InvalidToken('The token is signed by an unknown key');
    return key;
  }

  /** A key that is known stays good while identity is away. */
  async #refresh(known: boolean): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = null;
    });
    try {
      await this.#fetching;
    } catch (error) {
      if (!known) throw error;
    }
  }

  async #load(): Promise<void> {
    const published = await this.#fetch();
    const keys = new Map<string, VerifyKey>();
    for (const jwk of published) keys.set(jwk.kid ?? '', await importJWK(jwk, 'EdDSA'));
    this.#keys = keys;
    this.#fetchedAt = this.#clock.now();
  }
}

/** Who was revoked, and until which moment of issue. Forgotten once every token it could mean has expired. */
class Revocations {
  readonly #clock: Clock;
  /** By `person` or `person credential`: tokens issued before this many ms are void. */
  readonly #before = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({ personId, credentials, before }: PersonRevoked): void {
    this.#forgetOld();
    // Rounded up to whole milliseconds, as moments of issue are rounded down: what is in doubt is void.
    const moment = ceilMilliseconds(before);
    const names = credentials.length === 0 ? [personId] : credentials.map((credential) => `${personId} ${credential}`);
    for (const name of names) this.#before.set(name, Math.max(moment, this.#before.get(name) ?? 0));
  }

  cover({ actor, issuedAt }: Proven): boolean {
    if (this.#before.size === 0) return false;
    const whole = this.#before.get(actor.id) ?? 0;
    const one = this.#before.get(`${actor.id} ${actor.credential}`) ?? 0;
    return issuedAt < Math.max(whole, one);
  }

  #forgetOld(): void {
    const horizon = this.#clock.now() - (MAX_TOKEN_SECONDS + SKEW_SECONDS) * 1000;
    for (const [name, moment] of this.#before) if (moment < horizon) this.#before.delete(name);
  }
}

function ceilMilliseconds(isoTime: string): number {
  const beyond = /\.\d{3}(\d+)Z$/.exec(isoTime)?.[1] ?? '';
  return Date.parse(isoTime) + (/[1-9]/.test(beyond) ? 1 : 0);
}
