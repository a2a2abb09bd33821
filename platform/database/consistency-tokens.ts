import { createHmac, timingSafeEqual } from 'node:crypto';
import { TOKEN, TOKEN_TTL_MS } from '#contracts/consistency';
import type { Clock } from '#platform/clock';
import type { WalPosition } from './wal-position.ts';

export interface ConsistencyTokens {
  /** For the answer to a command: what is committed up to here has to be seen by whoever shows the token while it is valid (`TOKEN_TTL_MS`). */
  sign(position: WalPosition): string;
  /** What a header proves. A token that is forged, expired or no token at all proves nothing, and is no error. */
  open(header: string): WalPosition[];
}

/** `key`: of the installation, the same in each of its processes. */
export function consistencyTokens({ key, clock }: { key: string; clock: Clock }): ConsistencyTokens {
  const mac = (text: string) => createHmac('sha256', key).update(text).digest().subarray(0, 16);
  return {
    sign({ server, timeline, lsn }) {
      const place = `${hex(timeline, 8)}.${hex(lsn, 16)}`;
      const text = `v1.${server}.${place}.${Math.ceil((clock.now() + TOKEN_TTL_MS) / 1000)}`;
      return `${text}.${mac(text).toString('base64url')}`;
    },
    open(header) {
      return header.split(',').flatMap((token) => {
        const [, server, timeline, lsn, expires, given] = TOKEN.exec(token.trim()) ?? [];
        if (given === undefined || Number(expires) * 1000 < clock.now()) return [];
        const proof = mac(token.trim().slice(0, -given.length - 1));
        if (!timingSafeEqual(proof, Buffer.from(given, 'base64url'))) return [];
        return [{ server: server!, timeline: Number.parseInt(timeline!, 16), lsn: BigInt(`0x${lsn}`) }];
      });
    },
  };
}

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
