import { join } from 'node:path';
import type { Bus } from '#platform/bus';
import type { Clock } from '#platform/clock';
import { janitor, type Sql } from '#platform/database';
import type { Room } from '#platform/http';
import type { Log, Metrics } from '#platform/telemetry';
import { cookies } from './cookies.ts';
import type { Desk } from './desk.ts';
import { deskRoutes } from './desk-http.ts';
import { type EnsuredPerson, ensurePerson } from './ensure-person.ts';
import { firstAdminLink } from './first-admin.ts';
import { KEEP_DAYS, type KeepDays, leftovers } from './leftovers.ts';
import { fileMailer, type Mailer, mailRoom } from './mail.ts';
import { nobodyYet } from './people-store.ts';
import { sessionRoutes } from './session-http.ts';
import { signingKeys } from './signing-keys.ts';
import { type OidcSettings, singleSignOn } from './single-sign-on.ts';

export type { EnsuredPerson } from './ensure-person.ts';
export type { Mail, Mailer } from './mail.ts';
export type { OidcSettings } from './single-sign-on.ts';

export interface IdentityNeeds {
  sql: Sql;
  bus: Bus;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Where browsers reach this installation; https makes the cookies Secure. */
  publicOrigin: string;
  /** Mails are written to `<dataDir>/mail` unless `mailer` sends them. */
  dataDir: string;
  oidc: OidcSettings | null;
  mailer?: Mailer;
  /** What `partners` shows when it exchanges an API key for a token. */
  exchangeProof: string;
  /** What a room shows when it asks for a token of its own. */
  roomProof: string;
  keepDays?: KeepDays;
}

export interface IdentityRoom extends Room {
  /** A one-time link for the console of the first start; null once there is an admin. */
  firstAdminLink(): Promise<string | null>;
  /** True while nobody was ever here: a seed must not add its people to an installation in use. */
  nobodyYet(): Promise<boolean>;
  /** For seeds. `created` is false when the address had its person already, who is left as they are. */
  ensurePerson(person: EnsuredPerson): Promise<{ id: string; created: boolean }>;
}

/** The room of people, roles, sessions, keys and the tokens that prove them. */
export function identity({
  sql,
  bus,
  log,
  publicOrigin,
  dataDir,
  oidc,
  mailer,
  exchangeProof,
  roomProof,
  metrics,
  keepDays = KEEP_DAYS,
}: IdentityNeeds): IdentityRoom {
  const mail = mailRoom({ sql, mailer: mailer ?? fileMailer(join(dataDir, 'mail')), log });
  const origin = publicOrigin.replace(/\/+$/, '');
  const desk: Desk = {
    sql,
    bus,
    log,
    keys: signingKeys(sql),
    publicOrigin: origin,
    exchangeProof,
    roomProof,
    mailWaits: mail.wake,
  };
  const tidier = janitor({ sql, room: 'identity', leftovers: leftovers(keepDays), log, metrics });

  return {
    name: 'identity',
    routes(http) {
      sessionRoutes(http, desk, cookies(origin), oidc ? singleSignOn(desk, oidc) : null);
      deskRoutes(http, desk);
    },
    async start() {
      await desk.keys.published();
      await mail.start?.();
      await tidier.start();
    },
    async stop() {
      await tidier.stop();
      await mail.stop?.();
    },
    firstAdminLink: () => firstAdminLink(desk),
    nobodyYet: () => nobodyYet(sql),
    ensurePerson: (person) => ensurePerson(sql, person),
  };
}
