import { Button } from '@mantine/core';
import { useState } from 'react';
import type { OrderRow } from '#contracts/crm';
import { newCommandId, useApi, useSession, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';

interface BulkProps {
  picked: readonly OrderRow[];
  clear(): void;
}

/** What can be done with several orders at once. Each is decided by itself: who is refused is named. */
export function BulkBar({ picked, clear }: BulkProps) {
  const t = useText();
  const api = useApi();
  const me = useSession().actor?.id ?? '';
  const { busy, each } = useEach(clear);
  const take = ({ id, assignee }: OrderRow) =>
    api.call({ method: 'PUT', path: paths.assignee(id), body: { assigneeId: me, seen: assignee?.id ?? null } });
  const approve = ({ id, version }: OrderRow) =>
    api.command(paths.command(id, 'approve'), { commandId: newCommandId(), version });
  if (picked.length === 0) return null;
  return (
    <div className="crm-bulk" role="status">
      <strong>{t('bulk.picked', { count: picked.length })}</strong>
      <Button size="compact-md" disabled={busy} onClick={() => void each(picked, take)}>
        {t('assignee.take')}
      </Button>
      {picked.every(({ status }) => status === 'confirmed') && (
        <Button size="compact-md" variant="default" disabled={busy} onClick={() => void each(picked, approve)}>
          {t('verb.approve')}
        </Button>
      )}
      <button type="button" className="fl-link" onClick={clear}>
        {t('bulk.clear')}
      </button>
    </div>
  );
}

function useEach(done: () => void) {
  const t = useText();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const each = async (rows: readonly OrderRow[], act: (row: OrderRow) => Promise<unknown>): Promise<void> => {
    setBusy(true);
    const refused: { row: OrderRow; error: unknown }[] = [];
    for (const row of rows) await act(row).catch((error: unknown) => refused.push({ row, error }));
    setBusy(false);
    done();
    const count = rows.length - refused.length;
    if (count > 0) toasts.show({ tone: 'good', text: t('bulk.done', { count }) });
    if (refused.length === 0) return;
    toasts.show({ tone: 'bad', text: t('bulk.refused', { numbers: refused.map(({ row }) => row.number).join(', ') }) });
    toasts.showProblem(refused[0]!.error);
  };
  return { busy, each };
}
