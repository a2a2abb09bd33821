import './admin.css';
import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { PersonRecord } from '#contracts/identity';
import {
  type Column,
  Dialog,
  Empty,
  ErrorNotice,
  Gate,
  Icon,
  Loading,
  type Pages,
  useFormat,
  useKitText,
  useSearchText,
  useToasts,
  VirtualList,
} from '#ui/kit';
import { InviteForm } from './invite-form.tsx';
import { useText } from './messages.ts';
import { PersonPanel } from './person-panel.tsx';
import { PersonState } from './person-state.tsx';
import { ROLES_IN_ORDER } from './roles-field.tsx';
import { SearchField } from './search-field.tsx';
import { useNarrow } from './use-narrow.ts';
import { usePeople } from './use-people.ts';

type Search = Partial<Record<'q' | 'role' | 'person', string>>;

export function PeoplePage() {
  return (
    <Gate roles={['admin']}>
      <People />
    </Gate>
  );
}

/** Everybody with an account or an invitation; the chosen one beside the list, on a phone instead of it. */
function People() {
  const t = useText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const search: Search = { q: useSearchText('q'), role: useSearchText('role'), person: useSearchText('person') };
  const people = usePeople(search);
  const [inviting, setInviting] = useState(false);
  const chosen = people.items.find(({ id }) => id === search.person);
  const go = (change: Search) => void navigate({ to: '/people', search: { ...search, ...change } });
  const toasts = useToasts();
  const invited = (person: PersonRecord) => {
    setInviting(false);
    toasts.show({ tone: 'good', text: t('people.invited', { email: person.email ?? '' }) });
    go({ q: undefined, role: undefined, person: person.id });
  };
  const panel = chosen && <PersonPanel key={chosen.id} person={chosen} close={() => go({ person: undefined })} />;
  return (
    <div className="crm-orders">
      <div className={`crm-bar ${panel ? 'crm-bar-beside' : ''}`}>
        <h1 className="crm-title">{t('nav.people')}</h1>
        <SearchField label={t('people.search')} value={search.q ?? ''} search={(q) => go({ q })} />
        <select
          className="crm-select"
          aria-label={t('people.role_filter')}
          value={search.role ?? ''}
          onChange={(event) => go({ role: event.currentTarget.value || undefined })}
        >
          <option value="">{t('people.all_roles')}</option>
          <RoleOptions />
        </select>
        <div className="crm-bar-end">
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setInviting(true)}>
            {t('people.invite')}
          </Button>
        </div>
      </div>
      {narrow && panel ? (
        panel
      ) : (
        <div className={`crm-desk ${panel ? 'crm-desk-split' : ''}`}>
          <PeopleTable people={people} search={search} go={go} />
          {panel}
        </div>
      )}
      <Dialog opened={inviting} onClose={() => setInviting(false)} title={t('people.invite_title')} width={560}>
        <InviteForm invited={invited} />
      </Dialog>
    </div>
  );
}

function RoleOptions() {
  const kit = useKitText();
  return ROLES_IN_ORDER.map((role) => (
    <option key={role} value={role}>
      {kit(`role.${role}`)}
    </option>
  ));
}

interface TableProps {
  people: Pages<PersonRecord>;
  search: Search;
  go(change: Search): void;
}

function PeopleTable({ people, search, go }: TableProps) {
  const t = useText();
  const narrow = useNarrow();
  const columns = useColumns(search);
  if (people.loading) return <Loading />;
  if (people.error && people.items.length === 0) return <ErrorNotice error={people.error} retry={people.refetch} />;
  if (people.items.length === 0) {
    return (
      <Empty icon="person" title={t('people.none')} text={t('people.none_hint')}>
        <Button variant="default" onClick={() => go({ q: undefined, role: undefined })}>
          {t('people.show_all')}
        </Button>
      </Empty>
    );
  }
  return (
    <section className="crm-list">
      <VirtualList
        label={t('nav.people')}
        rows={people.items}
        columns={columns}
        rowKey={({ id }) => id}
        rowHeight={narrow ? 76 : 44}
        selectedKey={search.person ?? null}
        onSelect={({ id }) => go({ person: id })}
        rowClass={({ deactivatedAt }) => (deactivatedAt ? 'crm-row-off' : undefined)}
        onEnd={people.more}
        loadingMore={people.loadingMore}
      />
    </section>
  );
}

function useColumns(search: Search): Column<PersonRecord>[] {
  const t = useText();
  const kit = useKitText();
  const format = useFormat();
  const narrow = useNarrow();
  const link = ({ id, name }: PersonRecord) => (
    <Link to="/people" search={{ ...search, person: id }} className="crm-row-link">
      {name}
    </Link>
  );
  const rolesOf = ({ roles }: PersonRecord) => roles.map((role) => kit(`role.${role}`)).join(', ');
  if (narrow) {
    const cell = (person: PersonRecord) => (
      <div className="crm-phone-row">
        <div>
          {link(person)}
          <PersonState person={person} />
        </div>
        <div className="fl-soft">
          <span>{rolesOf(person)}</span>
        </div>
      </div>
    );
    return [{ id: 'person', title: t('people.name'), width: 'minmax(0, 1fr)', cell }];
  }
  const columns: Column<PersonRecord>[] = [
    { id: 'name', title: t('people.name'), width: 'minmax(150px, 1fr)', cell: link },
    { id: 'email', title: t('people.email'), width: 'minmax(180px, 1.2fr)', cell: ({ email }) => email },
    { id: 'roles', title: t('people.roles'), width: 'minmax(140px, 1fr)', cell: rolesOf },
    { id: 'state', title: t('people.state'), width: '150px', cell: (person) => <PersonState person={person} /> },
    {
      id: 'seen',
      title: t('people.last_sign_in'),
      width: '150px',
      cell: ({ lastSignInAt }) => (
        <span className="fl-soft">{lastSignInAt ? format.relative(lastSignInAt) : t('people.never')}</span>
      ),
    },
  ];
  return search.person ? columns.filter(({ id }) => id !== 'roles') : columns;
}
