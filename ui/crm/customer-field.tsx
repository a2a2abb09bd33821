import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Customer } from '#contracts/crm';
import { Icon, Loading, useApi, useFormat } from '#ui/kit';
import { SHORTEST_SEARCH } from './filters.ts';
import { useText } from './messages.ts';
import { paths } from './paths.ts';

const PAUSE_MS = 200;

/** Finds a customer who has ordered before; whoever is not found is entered below as a new one. */
export function CustomerField({
  chosen,
  choose,
}: {
  chosen: Customer | null;
  choose(customer: Customer | null): void;
}) {
  const t = useText();
  const [text, setText] = useState('');
  const found = useCustomers(text);
  if (chosen) {
    return (
      <p className="crm-chosen">
        <Icon name="person" size={18} />
        <span>
          <strong>{chosen.name}</strong> <span className="fl-soft">{chosen.email}</span>
        </span>
        <button type="button" className="fl-link" onClick={() => choose(null)}>
          {t('new.other_customer')}
        </button>
      </p>
    );
  }
  return (
    <div className="crm-customer">
      <label className="fl-search">
        <Icon name="search" size={16} />
        <input
          type="search"
          value={text}
          maxLength={100}
          placeholder={t('new.find_customer')}
          aria-label={t('new.find_customer')}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {found.isLoading && <Loading />}
      <CustomerList found={found.data ?? []} choose={choose} />
      {found.data?.length === 0 && <p className="fl-soft">{t('new.no_customer')}</p>}
    </div>
  );
}

function CustomerList({ found, choose }: { found: readonly Customer[]; choose(customer: Customer): void }) {
  const t = useText();
  const format = useFormat();
  return (
    <ul>
      {found.map((customer) => (
        <li key={customer.id}>
          <button type="button" className="fl-panel-row" onClick={() => choose(customer)}>
            <span>{customer.name}</span>
            <span className="fl-soft">{customer.email}</span>
            <span className="fl-soft fl-panel-end">
              {t('new.last_order', { age: format.relative(customer.lastOrderAt) })}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function useCustomers(text: string) {
  const api = useApi();
  const [wanted, setWanted] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ['customers', wanted],
    enabled: wanted.length >= SHORTEST_SEARCH,
    queryFn: async ({ signal }) => (await api.get<{ items: Customer[] }>(paths.customers(wanted), signal)).items,
  });
}
