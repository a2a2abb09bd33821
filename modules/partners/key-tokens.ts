import { createHash } from 'node:crypto';
import type { PersonRevoked, TokenAnswer } from '#contracts/identity';
import { PARTNER_ERRORS } from '#contracts/partners';
import type { Clock } from '#platform/clock';
import { Fault, type RoomClient } from '#platform/http';
import { wrongKeys } from './wrong-keys.ts';

/** A token is used until this long before it expires, so that it outlives the request that it goes along with. */
const SPARE_MS = 60_000;
/** A wrong key is not asked about again for this long: guessing costs identity nothing. */
const REMEMBER_WRONG_MS = 5_000;
const MOST_KEYS = 10_000;

export interface KeyTokens {
  /**
   * The actor token of an API key that came from this address. One question at a time per key.
   * @throws Fault `partner.key_invalid`; `rate.limited` where an address guesses, before identity is asked
   */
  tokenFor(key: string, address: string): Promise<TokenAnswer>;
  /** Drops what was proven for revoked credentials. */
  revoke(revoked: PersonRevoked): void;
}

export interface KeyTokensNeeds {
  identity: RoomClient;
  clock: Clock;
  /** Shows identity that this is `partners`. */
  proof: string;
}

type Entry = { token: Promise<TokenAnswer>; until: number };

/** Turns API keys into actor tokens at identity, which owns the keys; keeps only hashes of them. */
export function keyTokens({ identity, clock, proof }: KeyTokensNeeds): KeyTokens {
  const entries = new Map<string, Entry>();
  const wrong = wrongKeys(clock);

  function remember(name: string, entry: Entry): void {
    entries.delete(name);
    entries.set(name, entry);
    if (entries.size > MOST_KEYS) entries.delete(entries.keys().next().value!);
  }

  function ask(name: string, key: string, address: string): Promise<TokenAnswer> {
    wrong.spend(address);
    const entry: Entry = { token: askIdentity(identity, key, proof), until: Number.POSITIVE_INFINITY };
    entry.token.then(
      (answer) => {
        entry.until = Date.parse(answer.expiresAt) - SPARE_MS;
        wrong.giveBack(address);
      },
      (error: unknown) => {
        const isWrong = error instanceof Fault && error.code === 'partner.key_invalid';
        entry.until = isWrong ? clock.now() + REMEMBER_WRONG_MS : 0;
      },
    );
    remember(name, entry);
    return entry.token;
  }

  return {
    async tokenFor(key, address) {
      const name = createHash('sha256').update(key).digest('base64url');
      const known = entries.get(name);
      return known && known.until > clock.now() ? known.token : ask(name, key, address);
    },
    revoke({ personId, credentials }) {
      for (const [name, { token }] of entries) {
        token.then(
          ({ actor }) => {
            const isMeant = credentials.length === 0 ? actor.id === personId : credentials.includes(actor.credential);
            if (isMeant) entries.delete(name);
          },
          () => undefined,
        );
      }
    },
  };
}

async function askIdentity(identity: RoomClient, key: string, proof: string): Promise<TokenAnswer> {
  const path = '/api/internal/v1/identity/key-token';
  const { status, body } = await identity.call<TokenAnswer>({ method: 'POST', path, body: { key, proof } });
  if (status === 200 || status === 201) return body;
  throw new Fault(PARTNER_ERRORS['partner.key_invalid'], { internal: `identity answered ${status}` });
}
