import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useSession } from '#ui/kit';
import { type Filters, filtersOf } from './filters.ts';

/** The filters in the address. A visit without any brings back this person's last view on this device. */
export function useFilters(): { filters: Filters; setFilters(next: Filters): void } {
  const navigate = useNavigate();
  const filters = filtersOf(useSearch({ strict: false }));
  const key = `forgeline.crm.view.${useSession().actor?.id ?? ''}`;
  const text = JSON.stringify(filters);
  const arrived = useRef(false);

  const go = (next: Filters, replace: boolean) =>
    void navigate({
      to: '/',
      search: ({ peek }: Record<string, unknown>) => ({ ...next, ...(peek ? { peek } : {}) }),
      replace,
    });

  // biome-ignore lint/correctness/useExhaustiveDependencies: navigation is not a reason to run again
  useEffect(() => {
    const isFirst = !arrived.current;
    arrived.current = true;
    const remembered = localStorage.getItem(key);
    if (isFirst && text === '{}' && remembered && remembered !== '{}') go(filtersOf(JSON.parse(remembered)), true);
    else localStorage.setItem(key, text);
  }, [key, text]);

  return { filters, setFilters: (next) => go(next, false) };
}
