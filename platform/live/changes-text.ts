/** Something that a list shows has a new version. */
export interface Change {
  /** UUID. */
  id: string;
  version: number;
}

/** A notification of PostgreSQL holds less than 8,000 bytes; the scope and the generation need the rest. */
const MOST_BYTES = 7_500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Some 27 bytes a change, so that a batch of 250 fits one notification; null when it does not fit. */
export function encodeChanges(changes: readonly Change[]): string | null {
  const text = changes.map(({ id, version }) => `${shortId(id)}:${version}`).join(' ');
  return text.length <= MOST_BYTES ? text : null;
}

export function decodeChanges(text: string): Change[] {
  if (text === '') return [];
  return text.split(' ').map((entry) => {
    const [short, version] = entry.split(':') as [string, string];
    return { id: longId(short), version: Number(version) };
  });
}

function shortId(id: string): string {
  if (!UUID.test(id)) throw new TypeError(`A live change needs a UUID, not ${id}`);
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function longId(short: string): string {
  const hex = Buffer.from(short, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
