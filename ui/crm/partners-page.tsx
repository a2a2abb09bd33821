import './admin.css';
import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Client } from '#contracts/partners';
import {
  Dialog,
  Empty,
  ErrorNotice,
  Gate,
  Icon,
  InlineProblem,
  Loading,
  TextField,
  useKitText,
  useSearchText,
} from '#ui/kit';
import { ClientPanel } from './client-panel.tsx';
import { ClientState } from './client-state.tsx';
import { useText } from './messages.ts';
import { SearchField } from './search-field.tsx';
import { useAct } from './use-act.ts';
import { useClientActions, useClients } from './use-clients.ts';
import { useNarrow } from './use-narrow.ts';

type Search = Partial<Record<'q' | 'client' | 'tab' | 'state', string>>;

export function PartnersPage() {
  return (
    <Gate roles={['admin']}>
      <Partners />
    </Gate>
  );
}

/** B2B clients; the chosen one beside the list, on a phone instead of it. */
function Partners() {
  const t = useText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const search: Search = {
    q: useSearchText('q'),
    client: useSearchText('client'),
    tab: useSearchText('tab'),
    state: useSearchText('state'),
  };
  const [making, setMaking] = useState(false);
  const go = (change: Search) => void navigate({ to: '/partners', search: { ...search, ...change } });
  const made = ({ id }: Client) => {
    setMaking(false);
    go({ q: undefined, client: id, tab: 'keys', state: undefined });
  };
  const panel = search.client && (
    <ClientPanel key={search.client} clientId={search.client} tab={search.tab} state={search.state} go={go} />
  );
  return (
    <div className="crm-orders">
      <div className={`crm-bar ${panel ? 'crm-bar-beside' : ''}`}>
        <h1 className="crm-title">{t('nav.partners')}</h1>
        <SearchField label={t('partners.search')} value={search.q ?? ''} search={(q) => go({ q })} />
        <div className="crm-bar-end">
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
            {t('partners.create')}
          </Button>
        </div>
      </div>
      {narrow && panel ? (
        panel
      ) : (
        <div className={`crm-desk ${panel ? 'crm-desk-client' : ''}`}>
          <ClientList search={search} />
          {panel}
        </div>
      )}
      <Dialog opened={making} onClose={() => setMaking(false)} title={t('partners.create')}>
        <CreateForm made={made} />
      </Dialog>
    </div>
  );
}

function ClientList({ search }: { search: Search }) {
  const t = useText();
  const kit = useKitText();
  const clients = useClients();
  if (clients.isPending) return <Loading />;
  if (clients.error && clients.items.length === 0) {
    return <ErrorNotice error={clients.error} retry={() => void clients.refetch()} />;
  }
  const wanted = search.q?.trim().toLowerCase() ?? '';
  const found = clients.items.filter(({ id, name }) => name.toLowerCase().includes(wanted) || id === wanted);
  return (
    <div className="crm-clients">
      {found.length === 0 && (
        <Empty
          icon="layers"
          title={t(wanted ? 'partners.none_found' : 'partners.none')}
          text={t(wanted ? 'partners.none_found_hint' : 'partners.none_hint')}
        />
      )}
      <ul>
        {found.map(({ id, name, state }) => (
          <li key={id}>
            <Link
              to="/partners"
              search={{ ...search, client: id, state: undefined }}
              className="crm-client"
              aria-current={id === search.client}
            >
              <span>{name}</span>
              <ClientState state={state} />
            </Link>
          </li>
        ))}
      </ul>
      {clients.hasNextPage && (
        <Button variant="default" loading={clients.isFetchingNextPage} onClick={() => void clients.fetchNextPage()}>
          {kit('list.more')}
        </Button>
      )}
    </div>
  );
}

function CreateForm({ made }: { made(client: Client): void }) {
  const t = useText();
  const { create } = useClientActions();
  const { busy, problem, act } = useAct();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => made(await create(name.trim())));
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField
        label={t('partners.name')}
        hint={t('partners.name_hint')}
        required
        maxLength={200}
        autoComplete="off"
        value={name}
        onChange={setName}
      />
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={name.trim() === ''}>
          {t('partners.create')}
        </Button>
      </div>
    </form>
  );
}
