import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Board, OperationRow, Operators } from '#contracts/mes';
import { AsOf, Chip, Dialog, ErrorNotice, Loading, useApi, useFormat, useLanguage, useToasts } from '#ui/kit';
import { clockText } from './clock-text.ts';
import { Due } from './due.tsx';
import { OperationStateChip } from './job-kind.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { type Names, useNames } from './use-names.ts';
import { useNow } from './use-now.ts';
import { useOperationCommand } from './use-operation-command.ts';

type Centre = Board['workCentres'][number];

/** The floor at a glance, for the foreman's desk and for the wall. */
export function BoardPage() {
  const t = useText();
  const api = useApi();
  const names = useNames();
  const {
    data: board,
    dataUpdatedAt,
    error,
    refetch,
  } = useQuery({
    queryKey: ['mes', 'board'],
    refetchInterval: 30_000,
    queryFn: ({ signal }) => api.get<Board>(paths.board, signal),
  });
  const [moved, setMoved] = useState<OperationRow | null>(null);
  if (error && !board) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!board) return <Loading />;
  return (
    <div className="mes-screen mes-board-screen">
      <div className="mes-head">
        <h1>{t('board.title')}</h1>
        <AsOf at={board.asOf} readAt={dataUpdatedAt} />
      </div>
      <div className="mes-board">
        {board.workCentres.map((centre) => (
          <CentreCard key={centre.id} centre={centre} names={names} reassign={setMoved} />
        ))}
      </div>
      <Dialog opened={moved !== null} onClose={() => setMoved(null)} title={t('reassign.title')}>
        {moved && <Reassign operation={moved} names={names} close={() => setMoved(null)} />}
      </Dialog>
    </div>
  );
}

interface CentreCardProps {
  centre: Centre;
  names: Names;
  reassign(operation: OperationRow): void;
}

function CentreCard({ centre, names, reassign }: CentreCardProps) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  return (
    <section className={`fl-card mes-centre ${centre.late > 0 ? 'mes-centre-late' : ''}`}>
      <header>
        <h2>{centre.name[language]}</h2>
        {centre.oldestReadyAt && (
          <span className="fl-soft">{t('board.oldest', { when: format.relative(centre.oldestReadyAt) })}</span>
        )}
      </header>
      <dl className="mes-figures">
        <Figure name={t('board.ready')} value={centre.ready} />
        <Figure name={t('board.in_work')} value={centre.inWork.length} />
        <Figure name={t('board.waiting')} value={centre.waiting} />
      </dl>
      {centre.late + centre.held > 0 && (
        <p className="mes-chips">
          {centre.late > 0 && (
            <Chip tone="bad" icon="alert">
              {t('board.late', { count: centre.late })}
            </Chip>
          )}
          {centre.held > 0 && (
            <Chip tone="wait" icon="pause">
              {t('board.held', { count: centre.held })}
            </Chip>
          )}
        </p>
      )}
      {centre.inWork.length === 0 ? (
        <p className="fl-soft">{t('board.nobody')}</p>
      ) : (
        <ul className="mes-in-work">
          {centre.inWork.map((row) => (
            <InWork key={row.id} row={row} names={names} reassign={reassign} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function InWork({ row, names, reassign }: { row: OperationRow } & Omit<CentreCardProps, 'centre'>) {
  const t = useText();
  const now = useNow(15_000);
  const running = row.runningSince ? Math.max(0, now - Date.parse(row.runningSince)) / 1_000 : 0;
  return (
    <li>
      <div className="mes-in-work-top">
        <Link to="/operations/$operationId" params={{ operationId: row.id }} className="mes-in-work-name">
          <strong>{names.operation(row.code)}</strong>{' '}
          <span className="fl-mono">
            {row.orderNumber}/{row.line}
          </span>
        </Link>
        <OperationStateChip state={row.state} />
      </div>
      <div className="mes-in-work-top">
        <span>
          {row.holder?.name} · <span className="fl-soft">{clockText(row.workedSeconds + running)}</span>
        </span>
        <button type="button" className="fl-link mes-reassign" onClick={() => reassign(row)}>
          {t('reassign.open')}
        </button>
      </div>
      <Due dueAt={row.dueAt} rush={row.rush} />
    </li>
  );
}

function Reassign({ operation, names, close }: { operation: OperationRow; names: Names; close(): void }) {
  const t = useText();
  const api = useApi();
  const toasts = useToasts();
  const { send, busy } = useOperationCommand();
  const { data } = useQuery({
    queryKey: ['mes', 'operators'],
    queryFn: ({ signal }) => api.get<Operators>(paths.operators, signal),
  });
  const others = data?.items.filter(({ personId }) => personId !== operation.holder?.id) ?? [];
  const [personId, setPersonId] = useState('');
  const [reason, setReason] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await send(operation.id, 'reassign', { personId, reason: reason.trim() });
    if (!answer) return;
    close();
    toasts.show({ tone: 'good', text: t('reassign.done') });
  };
  const giveBack = async () => {
    if (!(await send(operation.id, 'release', {}))) return;
    close();
    toasts.show({ tone: 'good', text: t('reassign.released') });
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      <p>
        {names.operation(operation.code)}, {operation.orderNumber}/{operation.line} · {operation.holder?.name}
      </p>
      <label className="fl-field">
        {t('reassign.to')}
        <select value={personId} required onChange={(event) => setPersonId(event.currentTarget.value)}>
          <option value="">{t('reassign.choose')}</option>
          {others.map((person) => (
            <option key={person.personId} value={person.personId}>
              {t('reassign.person', { name: person.name, claims: person.claims, cap: person.claimCap })}
            </option>
          ))}
        </select>
      </label>
      <label className="fl-field">
        {t('reassign.reason')}
        <textarea
          rows={2}
          maxLength={400}
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div className="fl-actions">
        <Button variant="default" className="mes-touch" disabled={busy} onClick={() => void giveBack()}>
          {t('reassign.release')}
        </Button>
        <Button type="submit" className="mes-touch" loading={busy} disabled={personId === '' || reason.trim() === ''}>
          {t('reassign.submit')}
        </Button>
      </div>
    </form>
  );
}
