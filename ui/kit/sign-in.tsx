import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
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
  /** After success; the gate needs none. */
  onDone?: () => void;
}

/** Sign in, sign up and ask for a new password: one form, its mode in place. */
export function SignInForm({ signUp = false, start = 'sign_in', onDone }: SignInProps) {
  const t = useKitText();
  const session = useSession();
  const toasts = useToasts();
  const [mode, setMode] = useState<Mode>(start);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

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
  const words = { sign_in: 'sign_in', sign_up: 'sign_up', reset: 'reset' } as const;
  const word = words[mode];
  return (
    <form className="fl-stack" onSubmit={submit}>
      <h1>{t(`${word}.title`)}</h1>
      {mode === 'reset' && <p className="fl-soft">{t('reset.lead')}</p>}
      {mode === 'sign_up' && (
        <TextInput
          label={t('sign_up.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="name"
          required
          maxLength={200}
        />
      )}
      <TextInput
        type="email"
        label={t('sign_in.email')}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoComplete="username"
        required
        maxLength={254}
      />
      {mode !== 'reset' && (
        <PasswordInput
          label={t('sign_in.password')}
          {...(mode === 'sign_up'
            ? { description: t('sign_up.password_hint', { count: SHORTEST_PASSWORD }), minLength: SHORTEST_PASSWORD }
            : {})}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete={mode === 'sign_up' ? 'new-password' : 'current-password'}
          required
          maxLength={200}
        />
      )}
      {problem !== null && <InlineProblem error={problem} />}
      <Button type="submit" loading={busy}>
        {t(`${word}.submit`)}
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
    <Button component="a" variant="default" href={`${current.singleSignOn}?${back}`}>
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
    <div className="fl-sign-in">
      <div className="fl-card">
        <SignInForm {...props} />
      </div>
      <p className="fl-soft">{t('sign_in.lead')}</p>
    </div>
  );
}
