import { Button } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { LanguageSwitch, Mark } from './brand.tsx';
import { PasswordField, TextField } from './fields.tsx';
import { useKitText } from './messages.ts';
import { InlineProblem } from './problems.tsx';
import { useSession } from './session.tsx';
import { useToasts } from './toasts.tsx';

const SHORTEST_PASSWORD = 10;
type Mode = 'sign_in' | 'sign_up' | 'reset' | 'reset_sent';

export interface SignInProps {
  /** Whether strangers may create an account here (the shop). */
  signUp?: boolean;
  start?: 'sign_in' | 'sign_up';
  /** Left out in a dialog, which has a title of its own. */
  heading?: boolean;
  /** After success; the gate needs none. */
  onDone?: () => void;
}

/** Sign in, sign up and ask for a new password: one form, its mode in place. */
export function SignInForm({ signUp = false, start = 'sign_in', heading = true, onDone }: SignInProps) {
  const t = useKitText();
  const session = useSession();
  const toasts = useToasts();
  const [mode, setMode] = useState<Mode>(start);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each mode starts at its first field
  useEffect(() => form.current?.querySelector('input')?.focus(), [mode]);

  const act = async (): Promise<void> => {
    if (mode === 'reset') {
      await session.post('/password-resets', { email });
      setMode('reset_sent');
      return;
    }
    if (mode === 'sign_up') {
      await session.signUp({ name, email, password });
      toasts.show({ tone: 'good', text: t('sign_up.confirm', { email }) });
    } else await session.signIn({ email, password });
    onDone?.();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    await act().catch(setProblem);
    setBusy(false);
  };
  const go = (next: Mode) => {
    setProblem(null);
    setMode(next);
  };

  if (mode === 'reset_sent') return <p role="status">{t('reset.sent')}</p>;
  const isNew = mode === 'sign_up';
  return (
    <form ref={form} className="fl-stack" onSubmit={submit}>
      {heading && <h1>{t(`${mode}.title`)}</h1>}
      {mode === 'reset' && <p className="fl-soft">{t('reset.lead')}</p>}
      {isNew && (
        <TextField
          label={t('sign_up.name')}
          value={name}
          onChange={setName}
          autoComplete="name"
          required
          maxLength={200}
        />
      )}
      <TextField
        type="email"
        label={t('sign_in.email')}
        value={email}
        onChange={setEmail}
        autoComplete="username"
        required
        maxLength={254}
      />
      {mode !== 'reset' && (
        <PasswordField
          label={t('sign_in.password')}
          {...(isNew
            ? { hint: t('sign_up.password_hint', { count: SHORTEST_PASSWORD }), minLength: SHORTEST_PASSWORD }
            : {})}
          value={password}
          onChange={setPassword}
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          maxLength={200}
        />
      )}
      {problem !== null && <InlineProblem error={problem} />}
      <Button type="submit" size="md" loading={busy}>
        {t(`${mode}.submit`)}
      </Button>
      {mode === 'sign_in' && <SingleSignOn />}
      <div className="fl-form-links">
        {mode === 'sign_in' && signUp && <SwitchLink label={t('sign_in.to_sign_up')} onClick={() => go('sign_up')} />}
        {mode === 'sign_in' && <SwitchLink label={t('sign_in.forgot')} onClick={() => go('reset')} />}
        {mode !== 'sign_in' && <SwitchLink label={t('sign_up.to_sign_in')} onClick={() => go('sign_in')} />}
      </div>
    </form>
  );
}

function SingleSignOn() {
  const t = useKitText();
  const { current } = useSession();
  if (current.kind !== 'signed_out' || current.singleSignOn === null) return null;
  const back = new URLSearchParams({ returnTo: location.pathname });
  return (
    <Button component="a" variant="default" size="md" href={`${current.singleSignOn}?${back}`}>
      {t('sign_in.sso')}
    </Button>
  );
}

function SwitchLink({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="fl-link" onClick={onClick}>
      {label}
    </button>
  );
}

/** The whole page that a signed-out person sees in CRM and MES. */
export function SignInPage(props: SignInProps) {
  const t = useKitText();
  return (
    <main className="fl-sign-in">
      <p className="fl-brand">
        <Mark size={28} />
        Forgeline
      </p>
      <div className="fl-card">
        <SignInForm {...props} />
      </div>
      <p className="fl-soft">{t('sign_in.lead')}</p>
      <LanguageSwitch />
    </main>
  );
}
