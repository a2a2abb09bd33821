import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { COMMON_ERRORS } from '#contracts/errors';
import { IDENTITY_ERRORS } from '#contracts/identity';
import { Fault } from '#platform/http';

/** OWASP's choice for argon2id: 19 MiB, two passes, one lane; some 20 ms of one core. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const HASH_BYTES = 32;
/** Guesses that wait at once in this process. Beyond, people are asked to come back, and memory is safe. */
const MOST_WAITING = 64;

const derive = promisify(argon2);
let waiting = 0;

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, as other programs write it. Runs in Node's thread pool. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await run(password, salt, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** With null as the hash it takes as long as with a real one and says no: an unknown account looks like a known one. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const { memory, passes, parallelism, salt, hash } = parse(stored ?? (await decoy()));
  const given = await run(password, salt, { memory, passes, parallelism });
  return timingSafeEqual(given, hash) && stored !== null;
}

/** Refuses what a stranger would try first. Length is checked by the schema. */
export function refuseWeak(password: string, { email, name }: { email: string; name: string }): void {
  const plain = password.toLowerCase();
  const guesses = [email, email.split('@')[0]!, name]
    .map((guess) => guess.toLowerCase())
    .filter((guess) => guess.length > 3);
  const oneCharacter = new Set(plain).size < 4;
  const isGuess = guesses.some((guess) => plain === guess || plain.replaceAll(guess, '').length < 4);
  if (oneCharacter || isGuess) throw new Fault(IDENTITY_ERRORS['identity.weak_password']);
}

let decoyHash: Promise<string> | null = null;
function decoy(): Promise<string> {
  decoyHash ??= hashPassword(randomBytes(16).toString('hex'));
  return decoyHash;
}

interface Cost {
  memory: number;
  passes: number;
  parallelism: number;
}

async function run(password: string, nonce: Buffer, cost: Cost): Promise<Buffer> {
  if (waiting >= MOST_WAITING) {
    throw new Fault(COMMON_ERRORS['room.unavailable'], {
      internal: 'Too many passwords at once',
      retryAfterSeconds: 2,
    });
  }
  waiting += 1;
  try {
    return await derive('argon2id', { ...cost, message: password.normalize('NFKC'), nonce, tagLength: HASH_BYTES });
  } finally {
    waiting -= 1;
  }
}

function parse(stored: string): Cost & { salt: Buffer; hash: Buffer } {
  const [, , , costs = '', salt = '', hash = ''] = stored.split('$');
  const [memory, passes, parallelism] = costs.split(',').map((cost) => Number(cost.slice(2)));
  return {
    memory: memory!,
    passes: passes!,
    parallelism: parallelism!,
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
