import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PersonRecord } from '#contracts/identity';
import { Icon, InlineProblem, useConfirm, useFormat, useKitText, useSession, useToasts } from '#ui/kit';
import { MailNote } from './mail-note.tsx';
import { useText } from './messages.ts';
import { PersonState } from './person-state.tsx';
import { RolesField } from './roles-field.tsx';
import { useAct, useActAndTell } from './use-act.ts';
import { useClient } from './use-clients.ts';
import { isComplete, type RoleChoice, usePeopleActions } from './use-people.ts';

/** One person: what is known, roles, and whether they are let in. */
export function PersonPanel({ person, close }: { person: PersonRecord; close(): void }) {
  const t = useText();
  return (
    <aside className="crm-peek crm-panel" aria-label={t('people.panel')}>
      <div className="crm-peek-head">
        <h2>{person.name}</h2>
        <button type="button" className="fl-icon-button" aria-label={t('peek.close')} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div className="fl-stack">
        <PersonFacts person={person} />
        {person.kind === 'invited' && !person.deactivatedAt && <InviteAgain person={person} />}
        {/* Roles that were changed elsewhere begin the form anew. */}
        <RolesForm key={`${person.id} ${person.roles} ${person.clientId}`} person={person} />
        <Access person={person} />
      </div>
    </aside>
  );
}

function PersonFacts({ person }: { person: PersonRecord }) {
  const t = useText();
  const format = useFormat();
  return (
    <dl className="crm-facts">
      <div>
        <dt>{t('people.state')}</dt>
        <dd>
          <PersonState person={person} />
        </dd>
      </div>
      <div>
        <dt>{t('people.email')}</dt>
        <dd>{person.email}</dd>
      </div>
      {person.clientId && (
        <div>
          <dt>{t('people.client')}</dt>
          <dd>
            <ClientName clientId={person.clientId} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t('people.created')}</dt>
        <dd>{format.dateTime(person.createdAt)}</dd>
      </div>
      <div>
        <dt>{t('people.last_sign_in')}</dt>
        <dd>{person.lastSignInAt ? format.dateTime(person.lastSignInAt) : t('people.never')}</dd>
      </div>
      {person.deactivatedAt && (
        <div>
          <dt>{t('people.deactivated_at')}</dt>
          <dd>{format.dateTime(person.deactivatedAt)}</dd>
        </div>
      )}
    </dl>
  );
}

function ClientName({ clientId }: { clientId: string }) {
  const { data } = useClient(clientId);
  return data?.name ?? '…';
}

/** The invitation got lost or has expired: a new link; the old one is void. */
function InviteAgain({ person }: { person: PersonRecord }) {
  const t = useText();
  const toasts = useToasts();
  const { invite } = usePeopleActions();
  const { busy, act } = useActAndTell();
  const { name, email, roles, clientId } = person;
  const again = () =>
    act(async () => {
      await invite({ name, email: email ?? '', roles, clientId });
      toasts.show({ tone: 'good', text: t('people.invited', { email: email ?? '' }) });
    });
  return (
    <div className="crm-group">
      <MailNote />
      <div>
        <Button variant="default" size="xs" loading={busy} onClick={() => void again()}>
          {t('people.invite_again')}
        </Button>
      </div>
    </div>
  );
}

function RolesForm({ person }: { person: PersonRecord }) {
  const t = useText();
  const toasts = useToasts();
  const { changeRoles } = usePeopleActions();
  const { busy, problem, act } = useAct();
  const [choice, choose] = useState<RoleChoice>({ roles: person.roles, clientId: person.clientId });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      await changeRoles(person.id, choice);
      toasts.show({ tone: 'good', text: t('people.roles_changed', { name: person.name }) });
    });
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <RolesField choice={choice} choose={choose} />
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={!isComplete(choice) || isSame(choice, person)}>
          {t('people.save_roles')}
        </Button>
      </div>
    </form>
  );
}

function isSame({ roles, clientId }: RoleChoice, person: PersonRecord): boolean {
  const sameClient = !roles.includes('partner') || clientId === person.clientId;
  return sameClient && roles.length === person.roles.length && roles.every((role) => person.roles.includes(role));
}

/** Lets a person in or keeps them out. */
function Access({ person }: { person: PersonRecord }) {
  const t = useText();
  const kit = useKitText();
  const ask = useConfirm();
  const toasts = useToasts();
  const me = useSession().actor?.id;
  const { deactivate, activate } = usePeopleActions();
  const { busy, act } = useActAndTell();
  const { id, name } = person;
  if (person.deactivatedAt) {
    const letIn = () =>
      act(async () => {
        await activate(id);
        toasts.show({ tone: 'good', text: t('people.activated', { name }) });
      });
    return (
      <div className="crm-group">
        <p className="fl-soft">{t('people.activate_hint')}</p>
        <div>
          <Button variant="default" loading={busy} onClick={() => void letIn()}>
            {t('people.activate')}
          </Button>
        </div>
      </div>
    );
  }
  const keepOut = async () => {
    const answer = await ask({
      title: t('people.deactivate_title', { name }),
      text: t('people.deactivate_hint'),
      confirmLabel: t('people.deactivate'),
      reasonLabel: kit('action.reason'),
      danger: true,
    });
    if (!answer) return;
    await act(async () => {
      await deactivate(id, answer.reason);
      toasts.show({ tone: 'good', text: t('people.deactivated', { name }) });
    });
  };
  // Whoever shuts themselves out could not take it back.
  if (id === me) return null;
  return (
    <div className="crm-group">
      <p className="fl-soft">{t('people.deactivate_hint')}</p>
      <div>
        <Button variant="default" className="crm-final" loading={busy} onClick={() => void keepOut()}>
          {t('people.deactivate')}
        </Button>
      </div>
    </div>
  );
}
