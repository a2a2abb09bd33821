import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import type { Problems } from '#contracts/crm';
import { Gate, hasRole, Shell, useApi, useSession, useShortcuts } from '#ui/kit';
import { LiveOrders, useOrderChanges } from './live-orders.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { useThrottled } from './use-throttled.ts';

/** Kinds of the inbox that somebody must decide about; the rest is a matter of time. */
const URGENT_KINDS = ['conflict', 'needs_review'];
/** The inbox counts over many orders: it follows the changes at this pace. */
const REFRESH_MS = 3_000;
const PROBLEMS_EVERY_MS = 60_000;

export function Frame() {
  return (
    <Gate roles={['seller', 'lead_seller', 'admin']}>
      <LiveOrders>
        <SellersShell />
      </LiveOrders>
    </Gate>
  );
}

function SellersShell() {
  const t = useText();
  const navigate = useNavigate();
  const { actor } = useSession();
  const waiting = useWaitingProblems();
  const isAdmin = hasRole(actor, ['admin']);
  const knowsPrices = hasRole(actor, ['lead_seller', 'admin']);
  useShortcuts([
    { id: 'crm.go_orders', keys: 'KeyG KeyO', title: t('go.orders'), run: () => void navigate({ to: '/' }) },
    {
      id: 'crm.go_problems',
      keys: 'KeyG KeyP',
      title: t('go.problems'),
      run: () => void navigate({ to: '/problems' }),
    },
    ...(knowsPrices
      ? [
          {
            id: 'crm.go_price_lists',
            title: t('go.price_lists'),
            run: () => void navigate({ to: '/price-lists' }),
          },
        ]
      : []),
    ...(isAdmin
      ? [
          {
            id: 'crm.go_people',
            title: t('go.people'),
            run: () => void navigate({ to: '/people' }),
          },
          {
            id: 'crm.go_partners',
            title: t('go.partners'),
            run: () => void navigate({ to: '/partners' }),
          },
          {
            id: 'crm.go_dead_letters',
            title: t('go.dead_letters'),
            run: () => void navigate({ to: '/dead-letters' }),
          },
        ]
      : []),
    { id: 'crm.go_new', keys: 'KeyN', title: t('go.new'), run: () => void navigate({ to: '/new' }) },
  ]);
  return (
    <Shell
      face={t('face')}
      wide
      nav={[
        { to: '/', label: t('nav.orders'), icon: 'list' },
        { to: '/problems', label: t('nav.problems'), icon: 'alert', count: waiting },
        // An administrator looks on; buying is for sellers.
        ...(hasRole(actor, ['seller', 'lead_seller'])
          ? [{ to: '/new', label: t('nav.new'), icon: 'plus' } as const]
          : []),
        ...(knowsPrices ? [{ to: '/price-lists', label: t('nav.price_lists'), icon: 'tag' } as const] : []),
        ...(isAdmin
          ? ([
              { to: '/people', label: t('nav.people'), icon: 'person' },
              { to: '/partners', label: t('nav.partners'), icon: 'layers' },
            ] as const)
          : []),
      ]}
    >
      <Outlet />
    </Shell>
  );
}

export function useProblems() {
  const api = useApi();
  const queries = useQueryClient();
  useOrderChanges(useThrottled(() => void queries.invalidateQueries({ queryKey: [paths.problems] }), REFRESH_MS));
  return useQuery({
    queryKey: [paths.problems],
    queryFn: ({ signal }) => api.get<Problems>(paths.problems, signal),
    refetchInterval: PROBLEMS_EVERY_MS,
  });
}

function useWaitingProblems(): number {
  const { data } = useProblems();
  if (!data) return 0;
  return data.groups
    .filter(({ kind }) => URGENT_KINDS.includes(kind))
    .reduce((sum, { count }) => sum + count, data.deadLetters);
}
