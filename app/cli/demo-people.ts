import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Role } from '#contracts/basics';
import { ACCOUNT_PAGES, CSRF_HEADER, type NewKey } from '#contracts/identity';
import type { Client } from '#contracts/partners';
import type { Crew } from '../demo/drive.ts';
import { type Ask, eventually, Refused, signIn, type Visitor } from '../visitor.ts';
import type { Topology } from './topology.ts';

const IDENTITY = '/api/internal/v1/identity';
const PASSWORD = 'a throw-away sentence';

/** What must be known of an installation to people it. */
export type Premises = Pick<Topology, 'gatewayOrigin' | 'dataDir' | 'firstAdminToken'>;

/** Everybody whom the demo's order meets. */
export interface Cast extends Crew {
  admin: Visitor;
  partner: Visitor;
  /** Of the partner. */
  clientId: string;
}

interface Hire {
  name: string;
  email: string;
  roles: Role[];
}

const STAFF = {
  seller: { name: 'Sonya Seller', email: 'seller@forgeline.example', roles: ['seller'] },
  leadSeller: { name: 'Lev Leader', email: 'lead@forgeline.example', roles: ['lead_seller'] },
  operator: { name: 'Oleg Operator', email: 'operator@forgeline.example', roles: ['operator'] },
  quality: { name: 'Kira Quality', email: 'quality@forgeline.example', roles: ['quality'] },
  packer: { name: 'Pavel Packer', email: 'packer@forgeline.example', roles: ['packer'] },
} as const satisfies Record<string, Hire & { roles: readonly Role[] }>;

/**
 * Fills an empty installation with people the way a company does: the first admin by the one-time link, staff by
 * invitation and mail, a partner with an API key. All their later requests carry `traceparent`.
 */
export async function hireEverybody(topology: Premises, traceparent: string): Promise<Cast> {
  const { gatewayOrigin: origin } = topology;
  const admin = await firstAdmin(origin, await topology.firstAdminToken());
  const client = await admin.call<Client>('/api/internal/v1/partners/clients', {
    method: 'POST',
    body: { name: 'Demo Jewellers Ltd' },
  });
  const key = await admin.call<NewKey>(`${IDENTITY}/keys`, {
    method: 'POST',
    body: { clientId: client.id, name: 'demo', scopes: [] },
  });
  const hire = async (name: keyof typeof STAFF) => traced(await invited(topology, admin, STAFF[name]), traceparent);
  const [seller, leadSeller, operator, quality, packer] = await Promise.all([
    hire('seller'),
    hire('leadSeller'),
    hire('operator'),
    hire('quality'),
    hire('packer'),
  ]);
  const partner = traced(keyHolder(origin, client.id, key.secret), traceparent);
  return { admin, partner, clientId: client.id, seller, leadSeller, makers: [operator, quality], packer };
}

async function firstAdmin(origin: string, token: string): Promise<Visitor> {
  const person = { email: 'admin@forgeline.example', name: 'Ada Admin', password: PASSWORD };
  await send(origin, `${IDENTITY}/first-admin`, { method: 'POST', body: { token, ...person } });
  return signIn(origin, person.email, PASSWORD);
}

async function invited({ gatewayOrigin: origin, dataDir }: Premises, admin: Visitor, person: Hire): Promise<Visitor> {
  const { name, email, roles } = person;
  await admin.call(`${IDENTITY}/invitations`, { method: 'POST', body: { name, email, roles: [...roles] } });
  const token = await eventually(`the invitation of ${email} is mailed`, async () =>
    mailedToken(path.join(dataDir, 'mail'), email),
  );
  await send(origin, `${IDENTITY}/invitations/accept`, { method: 'POST', body: { token, password: PASSWORD } });
  return signIn(origin, email, PASSWORD);
}

/** Out of the link in the newest mail to this address; null when there is none. */
function mailedToken(folder: string, email: string): string | null {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [];
  for (const name of files) {
    const mail = readFileSync(path.join(folder, name), 'utf8');
    if (!mail.includes(`To: ${email}\r\n`)) continue;
    const body = Buffer.from(mail.slice(mail.indexOf('\r\n\r\n')), 'base64').toString('utf8');
    const found = new RegExp(`${ACCOUNT_PAGES.acceptInvitation}#(\\S+)`).exec(body);
    if (found) return found[1]!;
  }
  return null;
}

async function send(origin: string, url: string, { method = 'GET', body, headers }: Ask): Promise<Response> {
  const isFile = Buffer.isBuffer(body);
  const answer = await fetch(origin + url, {
    method,
    headers: {
      [CSRF_HEADER]: '1',
      ...(body === undefined ? {} : { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isFile ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  if (answer.ok) return answer;
  throw new Refused(
    `${method} ${url}`,
    answer.status,
    (await answer.json().catch(() => ({}))) as Record<string, unknown>,
  );
}

/** A partner's program: an API key instead of a session. */
function keyHolder(origin: string, id: string, secret: string): Visitor {
  const raw = (url: string, ask: Ask = {}): Promise<Response> =>
    send(origin, url, { ...ask, headers: { ...ask.headers, authorization: `Bearer ${secret}` } });
  return {
    id,
    raw,
    token: async () => secret,
    call: async <T>(url: string, ask?: Ask) => (await (await raw(url, ask)).json()) as T,
  };
}

function traced(visitor: Visitor, traceparent: string): Visitor {
  const withTrace = (ask: Ask = {}): Ask => ({ ...ask, headers: { ...ask.headers, traceparent } });
  return {
    id: visitor.id,
    token: visitor.token,
    raw: (url, ask) => visitor.raw(url, withTrace(ask)),
    call: (url, ask) => visitor.call(url, withTrace(ask)),
  };
}
