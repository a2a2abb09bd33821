/** Fields whose value never reaches a log line, whatever it is. Compared without case, `-` and `_`. */
export const SECRET_FIELDS = [
  'password',
  'passphrase',
  'secret',
  'secretAccessKey',
  'privateKey',
  'clientSecret',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'actorToken',
  'apiKey',
  'authorization',
  'cookie',
  'setCookie',
  'csrf',
  'email',
  'phone',
  'address',
  'deliveryAddress',
  'recipient',
  'line1',
  'line2',
  'postcode',
  'trackingNumber',
  'contact',
  'buyer',
] as const;
const SECRET_NAMES = new Set(SECRET_FIELDS.map(plainName));

export const HIDDEN = '[redacted]';
const DEEPEST = 6;

/** What is secret or personal by its looks. The cheap `mark` spares ordinary lines the patterns. */
const SECRET_TEXTS: readonly { mark: string; pattern: RegExp; instead: string }[] = [
  { mark: '://', pattern: /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s@/"]+@/gi, instead: '$1:[redacted]@' },
  {
    mark: '@',
    pattern: /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}/g,
    instead: '[email]',
  },
  { mark: 'eyJ', pattern: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, instead: '[token]' },
  { mark: 'fk_', pattern: /\bfk_[A-Za-z0-9_-]{8,}/g, instead: '[api-key]' },
  { mark: 'earer ', pattern: /\bBearer\s+[\w.~+/=-]{8,}/gi, instead: 'Bearer [token]' },
];

const MOST_NAMES = 1_000;
const secretNames = new Map<string, boolean>();

/** Lines of a program have the same few fields again and again. */
function isSecret(name: string): boolean {
  const known = secretNames.get(name);
  if (known !== undefined) return known;
  const found = SECRET_NAMES.has(plainName(name));
  if (secretNames.size < MOST_NAMES) secretNames.set(name, found);
  return found;
}

function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** A text without e-mail addresses, tokens, keys and passwords in URLs. */
export function redactText(text: string): string {
  return SECRET_TEXTS.reduce(
    (clean, { mark, pattern, instead }) => (clean.includes(mark) ? clean.replace(pattern, instead) : clean),
    text,
  );
}

/** A copy of `fields` with the values of secret and personal fields hidden, at any depth. Errors and dates pass as they are. */
export function redactFields(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    clean[name] = value != null && isSecret(name) ? HIDDEN : redactValue(value, depth + 1);
  }
  return clean;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth > DEEPEST) return '[too deep]';
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return redactFields(value as Record<string, unknown>, depth);
}
