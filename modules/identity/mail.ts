import { mkdir, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ACCOUNT_PAGES } from '#contracts/identity';
import type { Sql } from '#platform/database';
import type { Part } from '#platform/lifecycle';
import type { Log } from '#platform/telemetry';

export interface Mail {
  id: string;
  recipient: string;
  subject: string;
  body: string;
}

export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** Mails as files `<id>.eml`, which any mail program opens and any relay can pick up. There is no SMTP client here. */
export function fileMailer(dir: string): Mailer {
  return {
    async send(mail) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const path = join(dir, `${mail.id}.eml`);
      await writeFile(`${path}.part`, asMessage(mail), { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
  };
}

function asMessage({ id, recipient, subject, body }: Mail): string {
  return [
    'From: Forgeline <no-reply@localhost>',
    `To: ${recipient}`,
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${hostname()}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(body)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ].join('\r\n');
}

/** What each link is for, in the two languages of the faces. */
const TEXTS = {
  confirmEmail: {
    subject: 'Подтвердите адрес · Confirm your address',
    lead: 'Подтвердите адрес почты для Forgeline.\nConfirm your address for Forgeline.',
  },
  resetPassword: {
    subject: 'Новый пароль · A new password',
    lead: 'Задайте новый пароль для Forgeline. Ссылка действует один час.\nSet a new password for Forgeline. The link is good for one hour.',
  },
  acceptInvitation: {
    subject: 'Приглашение в Forgeline · You are invited to Forgeline',
    lead: 'Вас пригласили в Forgeline. Задайте пароль и войдите.\nYou are invited to Forgeline. Set a password and sign in.',
  },
} as const;

const UNASKED = 'Если вы об этом не просили, ничего не делайте.\nIf you did not ask for this, do nothing.';

/** In the transaction that made the link; the mailer takes it from there. */
export async function mailLink(
  tx: Sql,
  page: keyof typeof TEXTS,
  { to, origin, token }: { to: string; origin: string; token: string },
): Promise<void> {
  const { subject, lead } = TEXTS[page];
  await writeMail(tx, to, subject, `${lead}\n\n${linkTo(origin, page, token)}\n\n${UNASKED}\n`);
}

/** To the owner of an address with which somebody tries to sign up again. Whoever tries is told nothing. */
export async function mailKnownAlready(tx: Sql, to: string, origin: string): Promise<void> {
  const text =
    'С этим адресом уже есть учётная запись. Войдите или задайте новый пароль.\n' +
    'Если вы только что заказали, зарегистрировавшись заново, заказ виден в том же браузере, пока вы в нём не вышли;\n' +
    'запишите его номер: по номеру его найдёт и продавец.\n\n' +
    'There is an account with this address already. Sign in, or ask for a new password.\n' +
    'If you have just ordered by signing up anew, the order is shown in that browser until you sign out there;\n' +
    'write its number down: a seller finds it by the number.';
  await writeMail(tx, to, 'Учётная запись уже есть · You have an account', `${text}\n\n${origin}/\n\n${UNASKED}\n`);
}

/** The token stands after `#`: it reaches neither a server's log nor a Referer. */
export function linkTo(origin: string, page: keyof typeof ACCOUNT_PAGES, token: string): string {
  return `${origin}${ACCOUNT_PAGES[page]}#${token}`;
}

async function writeMail(tx: Sql, recipient: string, subject: string, body: string): Promise<void> {
  await tx`insert into mail (recipient, subject, body) values (${recipient}, ${subject}, ${body})`;
}

const POLL_MS = 2_000;
const MOST_TRIES = 10;

export interface MailRoom extends Part {
  /** A mail was committed: look now instead of at the next poll. */
  wake(): void;
}

/** Sends what waits in the table, each mail by one instance at a time; a mailer that fails is tried again, ever later. */
export function mailRoom({ sql, mailer, log }: { sql: Sql; mailer: Mailer; log: Log }): MailRoom {
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let stopped = true;

  async function sendAll(): Promise<void> {
    while (!stopped && (await sendOne(sql, mailer, log)));
  }

  function look(): void {
    if (stopped) return;
    if (timer) clearTimeout(timer);
    timer = null;
    running = (running ?? Promise.resolve())
      .then(sendAll)
      .catch((err: unknown) => log.warn({ event: 'mail.unread', err }, 'Waiting mails cannot be read'))
      .then(() => {
        if (stopped || timer) return;
        timer = setTimeout(look, POLL_MS);
        timer.unref();
      });
  }

  return {
    name: 'mail',
    wake: look,
    async start() {
      stopped = false;
      look();
    },
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}

/** False when none is due. */
async function sendOne(sql: Sql, mailer: Mailer, log: Log): Promise<boolean> {
  return sql.begin(async (tx) => {
    const [mail] = await tx<(Mail & { tries: number })[]>`
      select id, recipient, subject, body, tries from mail
      where sent_at is null and next_try_at <= platform.now() and tries < ${MOST_TRIES}
      order by next_try_at limit 1 for update skip locked`;
    if (!mail) return false;
    try {
      await mailer.send(mail);
      await tx`update mail set sent_at = platform.now(), body = '', tries = tries + 1 where id = ${mail.id}`;
    } catch (err) {
      log.warn({ event: 'mail.failed', mailId: mail.id, err }, 'A mail was not sent');
      await tx`
        update mail set tries = tries + 1, last_error = ${String(err)},
          next_try_at = platform.now() + least(3600, 5 * power(4, tries)) * interval '1 second'
        where id = ${mail.id}`;
    }
    return true;
  });
}
