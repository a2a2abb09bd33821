import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PersonRecord } from '#contracts/identity';
import { InlineProblem, TextField } from '#ui/kit';
import { MailNote } from './mail-note.tsx';
import { useText } from './messages.ts';
import { RolesField } from './roles-field.tsx';
import { useAct } from './use-act.ts';
import { isComplete, type RoleChoice, usePeopleActions } from './use-people.ts';

/** Invites somebody by mail. `invited` is told who it was. */
export function InviteForm({ invited }: { invited(person: PersonRecord): void }) {
  const t = useText();
  const { invite } = usePeopleActions();
  const { busy, problem, act } = useAct();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [choice, choose] = useState<RoleChoice>({ roles: ['seller'], clientId: null });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => invited(await invite({ name: name.trim(), email: email.trim(), ...choice })));
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField label={t('people.name')} required maxLength={200} autoComplete="off" value={name} onChange={setName} />
      <TextField
        type="email"
        label={t('people.email')}
        required
        maxLength={254}
        autoComplete="off"
        value={email}
        onChange={setEmail}
      />
      <RolesField choice={choice} choose={choose} />
      <MailNote />
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={name.trim() === '' || !isComplete(choice)}>
          {t('people.invite_submit')}
        </Button>
      </div>
    </form>
  );
}
