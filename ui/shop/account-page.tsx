import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import {
  ApiProblem,
  hasRole,
  InlineProblem,
  PasswordField,
  type SessionInHand,
  StateNotice,
  TextField,
  useParam,
  useSession,
} from '#ui/kit';
import { useText } from './messages.ts';

type Field = 'name' | 'email' | 'password';

interface LinkPage {
  /** Where the link's token and the fields go, under identity. */
  path: string;
  fields: readonly Field[];
}

/** Pages that mailed and printed links lead to: `/account/<page>#<token>`. The token never leaves the browser in an address. */
const PAGES = {
  'confirm-email': { path: '/email-confirmations', fields: ['password'] },
  'reset-password': { path: '/password-resets/complete', fields: ['password'] },
  invitation: { path: '/invitations/accept', fields: ['password'] },
  'first-admin': { path: '/first-admin', fields: ['name', 'email', 'password'] },
} as const satisfies Record<string, LinkPage>;
type PageName = keyof typeof PAGES;

const SHORTEST_PASSWORD = 10;

export function AccountPage() {
  const name = useParam('page');
  const t = useText();
  const [token] = useState(() => location.hash.slice(1));
  if (!(name in PAGES) || token === '')
    return <StateNotice level={1} icon="search" title={t('account.bad_link')} text={t('account.bad_link_text')} />;
  return <LinkForm name={name as PageName} token={token} />;
}

function LinkForm({ name, token }: { name: PageName; token: string }) {
  const t = useText();
  const navigate = useNavigate();
  const { post, state } = useSession();
  const [values, setValues] = useState<Record<Field, string>>({ name: '', email: '', password: '' });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const page: LinkPage = PAGES[name];
  const set = (field: Field) => (value: string) => setValues((before) => ({ ...before, [field]: value }));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const given = page.fields.map((field) => [field, values[field]]).filter(([, value]) => value !== '');
    try {
      await post(page.path, { token, ...Object.fromEntries(given) });
      const home = workplaceOf(state());
      if (home && (name === 'first-admin' || name === 'invitation')) location.assign(home);
      else await navigate({ to: name === 'reset-password' ? '/sign-in' : '/orders' });
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return (
    <form className="shop-narrow fl-card fl-stack" onSubmit={submit}>
      <h1>{t(`account.${name}`)}</h1>
      {page.fields.includes('name') && (
        <TextField label={t('checkout.name')} required autoComplete="name" value={values.name} onChange={set('name')} />
      )}
      {page.fields.includes('email') && (
        <TextField
          type="email"
          label={t('checkout.email')}
          required
          autoComplete="username"
          value={values.email}
          onChange={set('email')}
        />
      )}
      <Password name={name} value={values.password} set={set('password')} />
      {problem !== null && <InlineProblem error={problem} />}
      {problem instanceof ApiProblem && problem.code === 'identity.link_invalid' && (
        <Link to="/sign-in" className="fl-link">
          {t('checkout.have_account')}
        </Link>
      )}
      <Button type="submit" loading={busy}>
        {t(`account.${name}.submit`)}
      </Button>
    </form>
  );
}

/** The face that somebody of the house works in; null for those who order. */
function workplaceOf(now: ReturnType<SessionInHand['state']>): string | null {
  if (now.kind !== 'signed_in') return null;
  if (hasRole(now.actor, ['seller', 'lead_seller', 'admin'])) return '/crm/';
  return hasRole(now.actor, ['operator', 'quality', 'packer', 'foreman']) ? '/mes/' : null;
}

/** A new password, or the account's own where the address is confirmed from another browser. */
function Password({ name, value, set }: { name: PageName; value: string; set: (value: string) => void }) {
  const t = useText();
  const isNew = name !== 'confirm-email';
  return (
    <PasswordField
      label={isNew ? t('account.new_password') : t('account.password')}
      hint={isNew ? t('account.new_password_hint', { count: SHORTEST_PASSWORD }) : t('account.password_hint')}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      required={isNew}
      {...(isNew ? { minLength: SHORTEST_PASSWORD } : {})}
      maxLength={200}
      value={value}
      onChange={set}
    />
  );
}
