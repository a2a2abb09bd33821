import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import type { Role } from '#contracts/basics';
import { useKitText } from '#ui/kit';
import { useText } from './messages.ts';
import { useClients } from './use-clients.ts';
import type { RoleChoice } from './use-people.ts';

/** The house's own people first. */
export const ROLES_IN_ORDER: readonly Role[] = [
  'seller',
  'lead_seller',
  'operator',
  'quality',
  'packer',
  'foreman',
  'admin',
  'ops',
  'partner',
  'customer',
];

interface ChoiceProps {
  choice: RoleChoice;
  choose(next: RoleChoice): void;
}

/** Roles as check boxes, each with what it opens; a partner also gets the client to act for. */
export function RolesField({ choice, choose }: ChoiceProps) {
  const t = useText();
  const kit = useKitText();
  const ids = useId();
  const toggle = (role: Role, isOn: boolean) => {
    const others = choice.roles.filter((one) => one !== role);
    choose({ ...choice, roles: isOn ? [...others, role] : others });
  };
  return (
    <>
      <fieldset className="crm-choice crm-roles">
        <legend>{t('people.roles')}</legend>
        {ROLES_IN_ORDER.map((role) => (
          <label key={role} className="crm-check">
            <input
              type="checkbox"
              checked={choice.roles.includes(role)}
              aria-labelledby={`${ids}-${role}`}
              aria-describedby={`${ids}-${role}-hint`}
              onChange={(event) => toggle(role, event.currentTarget.checked)}
            />
            <span>
              <span id={`${ids}-${role}`}>{kit(`role.${role}`)}</span>
              <small id={`${ids}-${role}-hint`} className="fl-soft">
                {t(`role_hint.${role}`)}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      {choice.roles.includes('partner') && <ClientChoice choice={choice} choose={choose} />}
    </>
  );
}

function ClientChoice({ choice, choose }: ChoiceProps) {
  const t = useText();
  const clients = useClients();
  if (clients.isSuccess && clients.items.length === 0) {
    return (
      <p className="crm-review" role="status">
        <span>
          {t('people.no_clients')}{' '}
          <Link to="/partners" className="fl-link">
            {t('nav.partners')}
          </Link>
        </span>
      </p>
    );
  }
  return (
    <label className="fl-field">
      {t('people.client')}
      <select
        required
        value={choice.clientId ?? ''}
        onChange={(event) => choose({ ...choice, clientId: event.currentTarget.value || null })}
      >
        <option value="">{t('people.choose_client')}</option>
        {clients.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
