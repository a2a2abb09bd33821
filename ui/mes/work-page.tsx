import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { OperationRow } from '#contracts/mes';
import { Empty, ErrorNotice, Icon, Keys, Loading, useFormat, useSearchText, useShortcuts } from '#ui/kit';
import { clockText } from './clock-text.ts';
import { OperationStateChip } from './job-kind.tsx';
import { useText } from './messages.ts';
import { OperationPanel } from './operation-panel.tsx';
import { OperationFacts } from './queue-row.tsx';
import { useMyWork } from './use-my-work.ts';
import { type Names, useNames } from './use-names.ts';
import { useNow } from './use-now.ts';
import { useOperationCommand } from './use-operation-command.ts';
import { WorkDialog, type WorkDialogName } from './work-dialogs.tsx';

export function WorkPage() {
  const t = useText();
  const names = useNames();
  const navigate = useNavigate();
  const { data: work, error, refetch } = useMyWork();
  const wanted = useSearchText('operation');
  if (error && !work) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!work) return <Loading />;
  const selected = work.held.find(({ id }) => id === wanted) ?? work.held[0];
  const select = (id: string) => void navigate({ to: '/work', search: { operation: id }, replace: true });
  return (
    <div className="mes-screen">
      <div className="mes-head">
        <h1>{t('work.title')}</h1>
        <span className="fl-soft">{t('queue.claims', { claims: work.claims, cap: work.cap })}</span>
      </div>
      <div className="mes-work-columns">
        <div className="mes-work-held">
          {selected ? (
            <HeldList
              held={work.held}
              selected={selected}
              names={names}
              clockAheadMs={work.clockAheadMs}
              select={select}
            />
          ) : (
            <Empty icon="tools" title={t('work.empty')} text={t('work.empty_hint')}>
              <Button className="mes-touch" onClick={() => void navigate({ to: '/' })}>
                {t('work.to_queue')}
              </Button>
            </Empty>
          )}
        </div>
        {selected && (
          <aside className="mes-side" aria-label={t('panel.title')}>
            <OperationPanel operationId={selected.id} />
          </aside>
        )}
        <FinishedToday rows={work.finished} names={names} />
      </div>
    </div>
  );
}

interface HeldListProps {
  held: readonly OperationRow[];
  selected: OperationRow;
  names: Names;
  clockAheadMs: number;
  select(id: string): void;
}

function HeldList({ held, selected, names, clockAheadMs, select }: HeldListProps) {
  const t = useText();
  const [dialog, setDialog] = useState<WorkDialogName | null>(null);
  const { send, busy } = useOperationCommand();
  const at = held.indexOf(selected);
  const runs = selected.state === 'running';
  const begun = runs || selected.state === 'paused';
  const toggle = () => {
    if (!busy) void send(selected.id, runs ? 'pause' : 'start', {});
  };
  const move = (steps: number) => select(held[Math.min(Math.max(at + steps, 0), held.length - 1)]!.id);
  const group = t('work.title');
  useShortcuts([
    { id: 'work.toggle', keys: 'Space', title: t('work.key_toggle'), group, run: toggle },
    { id: 'work.finish', keys: 'KeyF', title: t('work.finish'), group, run: () => begun && setDialog('finish') },
    { id: 'work.down', keys: 'KeyJ', title: t('queue.key_down'), group, run: () => move(1) },
    { id: 'work.up', keys: 'KeyK', title: t('queue.key_up'), group, run: () => move(-1) },
  ]);
  return (
    <div className="mes-list mes-held">
      <ul>
        {held.map((row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: J and K choose by keyboard
          <li
            key={row.id}
            className="mes-held-card"
            aria-current={row.id === selected.id ? 'true' : undefined}
            onClick={() => select(row.id)}
          >
            <div className="mes-held-top">
              <OperationFacts row={row} names={names} />
              <Timer row={row} clockAheadMs={clockAheadMs} />
            </div>
            {row.id === selected.id && (
              <div className="mes-held-actions">
                <Button
                  className="mes-touch mes-main-action"
                  variant={runs ? 'default' : 'filled'}
                  loading={busy}
                  leftSection={<Icon name={runs ? 'pause' : 'play'} />}
                  onClick={toggle}
                >
                  {t(runs ? 'work.pause' : begun ? 'work.resume' : 'work.start')} <Keys keys="Space" />
                </Button>
                {begun && (
                  <Button
                    className="mes-touch mes-main-action"
                    variant={runs ? 'filled' : 'default'}
                    leftSection={<Icon name="check" />}
                    onClick={() => setDialog('finish')}
                  >
                    {t('work.finish')} <Keys keys="KeyF" />
                  </Button>
                )}
                <span className="mes-held-more">
                  {begun && <Minor label={t('work.scrap')} onClick={() => setDialog('scrap')} />}
                  {begun && row.step > 1 && <Minor label={t('work.rework')} onClick={() => setDialog('rework')} />}
                  {row.quantity - row.scrapped > 1 && (
                    <Minor label={t('work.split')} onClick={() => setDialog('split')} />
                  )}
                  <Minor label={t('work.release')} onClick={() => void send(row.id, 'release', {})} />
                </span>
              </div>
            )}
          </li>
        ))}
      </ul>
      <WorkDialog name={dialog} operation={selected} close={() => setDialog(null)} />
    </div>
  );
}

function Minor({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <Button variant="subtle" className="mes-touch mes-minor" onClick={onClick}>
      {label}
    </Button>
  );
}

/** Worked time by the server's intervals, ticking while the operation runs; beside it the norm. */
function Timer({ row, clockAheadMs }: { row: OperationRow; clockAheadMs: number }) {
  const t = useText();
  const format = useFormat();
  const now = useNow(1_000) + clockAheadMs;
  const running = row.runningSince ? Math.max(0, now - Date.parse(row.runningSince)) / 1_000 : 0;
  const worked = row.workedSeconds + running;
  const expiresAt = row.holder?.expiresAt;
  return (
    <div className={`mes-timer mes-timer-${row.state}`}>
      <OperationStateChip state={row.state} />
      <span className="mes-timer-figure" role="timer">
        {clockText(worked)}
      </span>
      <span className="fl-soft">
        {expiresAt
          ? t('work.expires', { when: format.relative(expiresAt, now) })
          : t('work.norm', { time: clockText(row.normSeconds) })}
      </span>
    </div>
  );
}

function FinishedToday({ rows, names }: { rows: readonly OperationRow[]; names: Names }) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  if (rows.length === 0) return null;
  return (
    <section className="mes-finished">
      <h2>{t('work.finished')}</h2>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              className="mes-finished-row"
              onClick={() => void navigate({ to: '/operations/$operationId', params: { operationId: row.id } })}
            >
              <span>
                <strong>{names.operation(row.code)}</strong>{' '}
                <span className="fl-mono">
                  {row.orderNumber}/{row.line}
                </span>
              </span>
              <span className="fl-soft">{t('work.good_of', { good: row.good, quantity: row.quantity })}</span>
              <span className="fl-numeric">{format.money({ ...row.rate, minor: row.rate.minor * row.good })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
