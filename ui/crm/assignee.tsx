import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Role } from '#contracts/basics';
import type { OrderCard, Person } from '#contracts/crm';
import { useApi, useFormat, useSession, useShortcuts, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import type { OrderInHand } from './use-order-card.ts';

const SELLERS: readonly Role[] = ['seller', 'lead_seller', 'admin'];

/** Who looks after the order. Whoever is second to take it is told who was first. */
export function Assignee({ card, inHand }: { card: OrderCard; inHand: OrderInHand }) {
  const t = useText();
  const api = useApi();
  const format = useFormat();
  const toasts = useToasts();
  const me = useSession().actor;
  const colleagues = useColleagues();
  const [busy, setBusy] = useState(false);
  const { assignee, by, at } = card.assignment;

  const give = async (assigneeId: string | null) => {
    setBusy(true);
    try {
      const body = { assigneeId, seen: assignee?.id ?? null };
      await api.call({ method: 'PUT', path: paths.assignee(card.order.id), body });
    } catch (error) {
      toasts.showProblem(error);
    } finally {
      setBusy(false);
      await inHand.refresh();
    }
  };
  const isMine = assignee !== null && assignee.id === me?.id;
  useShortcuts([
    { id: 'crm.take', keys: 'KeyI', title: t('assignee.take'), run: () => !isMine && me && void give(me.id) },
  ]);
  return (
    <section className="fl-card crm-assignee">
      <label className="fl-field">
        {t('assignee.title')}
        <select
          value={assignee?.id ?? ''}
          disabled={busy}
          onChange={(event) => void give(event.currentTarget.value || null)}
        >
          <option value="">{t('assignee.nobody')}</option>
          {withCurrent(colleagues, assignee).map((person) => (
            <option key={person.id} value={person.id}>
              {person.name}
            </option>
          ))}
        </select>
      </label>
      {!isMine && me && (
        <button type="button" className="fl-link" disabled={busy} onClick={() => void give(me.id)}>
          {t('assignee.take')}
        </button>
      )}
      {by && at && <p className="fl-soft">{t('assignee.by', { name: by.name, at: format.relative(at) })}</p>}
    </section>
  );
}

function useColleagues(): Person[] {
  const api = useApi();
  const { data } = useQuery({
    queryKey: [paths.staff],
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<{ items: (Person & { roles: Role[] })[] }>(paths.staff, signal),
  });
  return (data?.items ?? []).filter(({ roles }) => roles.some((role) => SELLERS.includes(role)));
}

/** Somebody who is no longer on the staff may still have the order. */
function withCurrent(colleagues: Person[], current: Person | null): Person[] {
  if (!current || colleagues.some(({ id }) => id === current.id)) return colleagues;
  return [...colleagues, current];
}
