import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { OperationPage, OperationRow, WaitsFor } from '#contracts/mes';
import { Empty, ErrorNotice, Icon, Loading, useApi, withQuery } from '#ui/kit';
import { urgencyOf } from './due.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { OperationFacts } from './queue-row.tsx';
import type { Names } from './use-names.ts';

export interface WaitingListProps {
  centre: string | undefined;
  names: Names;
  selectedId: string | null;
  onSelect(row: OperationRow): void;
}

const SHOWN = '100';

/** What cannot be claimed yet, each with the reason. */
export function WaitingList({ centre, names, selectedId, onSelect }: WaitingListProps) {
  const t = useText();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: ['mes', 'waiting', centre ?? ''],
    queryFn: ({ signal }) =>
      api.get<OperationPage>(withQuery(paths.waiting, { workCentre: centre, limit: SHOWN }), signal),
  });
  const first = data?.items[0];
  useEffect(() => {
    if (first && selectedId === null) onSelect(first);
  }, [first, selectedId, onSelect]);
  if (error && !data) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0) return <Empty icon="check" title={t('waiting.empty')} text={t('waiting.empty_hint')} />;
  return (
    <div className="mes-list-frame">
      <div className="mes-list-head">
        <span className="fl-soft">{t('queue.count', { count: data.items.length })}</span>
        {data.next && <span className="fl-soft">{t('waiting.first', { count: data.items.length })}</span>}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <div className="mes-list" tabIndex={0}>
        <ol>
          {data.items.map((row) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the row only fills the panel beside it
            <li
              key={row.id}
              className={`mes-row mes-row-${urgencyOf(row.dueAt, Date.now())}`}
              aria-current={row.id === selectedId ? 'true' : undefined}
              onClick={() => onSelect(row)}
            >
              <OperationFacts row={row} names={names} />
              {row.waitsFor && <Reason waitsFor={row.waitsFor} names={names} />}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function Reason({ waitsFor, names }: { waitsFor: WaitsFor; names: Names }) {
  const t = useText();
  if (waitsFor.code === 'hold') {
    return (
      <p className="mes-reason mes-reason-hold">
        <Icon name="pause" size={16} />
        <span>{t('waiting.hold', { reason: waitsFor.text })}</span>
      </p>
    );
  }
  const operation = names.operation(waitsFor.text);
  return (
    <p className="mes-reason">
      <Icon name="hourglass" size={16} />
      <span>
        {t('waiting.previous', { operation })}
        <br />
        <span className="fl-soft">
          {waitsFor.holder
            ? t('waiting.held_by', { name: waitsFor.holder })
            : t(`state.${waitsFor.state ?? 'waiting'}`)}
        </span>
      </span>
    </p>
  );
}
