import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { OperationRow } from '#contracts/mes';
import { AsOf, Empty, ErrorNotice, Icon, Loading, useLiveState, useSearchText, useShortcuts } from '#ui/kit';
import { neighbour, nextFree } from './live-queue.ts';
import { useText } from './messages.ts';
import { OperationPanel } from './operation-panel.tsx';
import { QueueRow } from './queue-row.tsx';
import { type Names, useNames } from './use-names.ts';
import { type Queue, useQueue } from './use-queue.ts';
import { WaitingList } from './waiting-list.tsx';

export function QueuePage() {
  const t = useText();
  const names = useNames();
  const centre = useSearchText('centre');
  const showsWaiting = useSearchText('show') === 'waiting';
  const mine = names.centres.filter(({ mayWork }) => mayWork);
  const [selected, setSelected] = useState<OperationRow | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other rows
  useEffect(() => setSelected(null), [centre, showsWaiting]);
  return (
    <div className="mes-screen">
      <div className="mes-head">
        <h1>{t('queue.title')}</h1>
        <Tabs showsWaiting={showsWaiting} centre={centre} names={names} />
      </div>
      {mine.length > 1 && <CentreFilter names={names} centre={centre} showsWaiting={showsWaiting} />}
      <div className="mes-columns">
        {showsWaiting ? (
          <WaitingList centre={centre} names={names} selectedId={selected?.id ?? null} onSelect={setSelected} />
        ) : (
          <ReadyList centre={centre} names={names} selected={selected} onSelect={setSelected} />
        )}
        <aside className="mes-side" aria-label={t('panel.title')}>
          {selected ? <OperationPanel operationId={selected.id} /> : <p className="fl-soft">{t('panel.choose')}</p>}
        </aside>
      </div>
    </div>
  );
}

interface ReadyListProps {
  centre: string | undefined;
  names: Names;
  selected: OperationRow | null;
  onSelect(row: OperationRow | null): void;
}

function ReadyList({ centre, names, selected, onSelect }: ReadyListProps) {
  const t = useText();
  const queue = useQueue(centre);
  const list = useRef<HTMLDivElement>(null);
  const blocked = useBlocked(queue);
  const { shown, fresh } = queue.list;
  const selectedId = selected?.id ?? null;

  const select = (id: string | null) => {
    onSelect(shown.find(({ row }) => row.id === id)?.row ?? null);
    if (id) requestAnimationFrame(() => focusRow(list.current, id));
  };
  // The first free row is at hand for `C` without a look for it.
  const firstId = shown[0]?.row.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the list begins with another row
  useEffect(() => {
    if (firstId && !shown.some(({ row }) => row.id === selectedId)) onSelect(shown[0]!.row);
  }, [firstId, selectedId]);

  const claim = async (row: OperationRow) => {
    const next = nextFree(queue.list, row.id);
    await queue.claim(row);
    select(next);
  };
  const claimSelected = () => {
    const at = shown.find(({ row }) => row.id === selectedId);
    if (at?.fate.kind === 'free' && blocked === null) void claim(at.row);
  };
  useShortcuts([
    { id: 'queue.claim', keys: 'KeyC', title: t('queue.key_claim'), group: t('queue.title'), run: claimSelected },
    {
      id: 'queue.down',
      keys: 'KeyJ',
      title: t('queue.key_down'),
      group: t('queue.title'),
      run: () => select(neighbour(queue.list, selectedId, 1)),
    },
    {
      id: 'queue.up',
      keys: 'KeyK',
      title: t('queue.key_up'),
      group: t('queue.title'),
      run: () => select(neighbour(queue.list, selectedId, -1)),
    },
  ]);

  if (queue.error && shown.length === 0) return <ErrorNotice error={queue.error} retry={queue.refetch} />;
  if (queue.loading) return <Loading />;
  return (
    <div className="mes-list-frame">
      <div className="mes-list-head">
        <span className={blocked ? 'mes-blocked' : 'fl-soft'} role="status">
          {blocked ?? t('queue.count', { count: shown.length })}
        </span>
        {fresh.length > 0 && (
          <button type="button" className="mes-fresh" onClick={queue.showFresh}>
            <Icon name="arrow" size={16} />
            {t('queue.fresh', { count: fresh.length })}
          </button>
        )}
        {queue.page?.asOf && <AsOf at={queue.page.asOf} readAt={queue.readAt} />}
        {queue.page && <ClaimMeter claims={queue.page.claims} cap={queue.page.cap} />}
      </div>
      {shown.length === 0 ? (
        <NothingReady />
      ) : (
        <div
          ref={list}
          className="mes-list"
          onPointerEnter={(event) => queue.onPointer(event.pointerType === 'mouse')}
          onPointerLeave={() => queue.onPointer(false)}
        >
          <ol>
            {shown.map(({ row, fate }) => (
              <QueueRow
                key={row.id}
                row={row}
                fate={fate}
                names={names}
                selected={row.id === selectedId}
                blocked={blocked}
                onSelect={() => onSelect(row)}
                onClaim={() => void claim(row)}
              />
            ))}
          </ol>
          {queue.more && (
            <button type="button" className="mes-more" onClick={queue.more}>
              {t('queue.more')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function NothingReady() {
  const t = useText();
  const navigate = useNavigate();
  return (
    <Empty icon="inbox" title={t('queue.empty')} text={t('queue.empty_hint')}>
      <button type="button" className="fl-link" onClick={() => void navigate({ to: '/', search: { show: 'waiting' } })}>
        {t('queue.see_waiting')}
      </button>
    </Empty>
  );
}

function ClaimMeter({ claims, cap }: { claims: number; cap: number }) {
  const t = useText();
  return (
    <span className={`mes-meter ${claims >= cap ? 'mes-meter-full' : ''}`}>
      <Icon name="person" size={14} />
      {t('queue.claims', { claims, cap })}
    </span>
  );
}

/** Claiming needs fresh data and a free hand. */
function useBlocked({ page }: Queue): string | null {
  const t = useText();
  const { kind } = useLiveState();
  if (kind === 'stale') return t('queue.stale');
  if (page && page.claims >= page.cap) return t('queue.cap', { cap: page.cap });
  return null;
}

function focusRow(list: HTMLElement | null, operationId: string): void {
  const row = list?.querySelector<HTMLElement>(`[data-operation="${operationId}"]`);
  row?.scrollIntoView({ block: 'nearest' });
  row?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
}

interface FilterProps {
  names: Names;
  centre: string | undefined;
  showsWaiting: boolean;
}

function Tabs({ names, centre, showsWaiting }: FilterProps) {
  const t = useText();
  const counted = names.centres.filter(({ id, mayWork }) => mayWork && (centre === undefined || id === centre));
  const sum = (of: 'ready' | 'waiting') => counted.reduce((total, row) => total + row[of], 0);
  return (
    <nav className="mes-tabs" aria-label={t('queue.which')}>
      <FilterLink active={!showsWaiting} search={{ centre, show: undefined }} count={sum('ready')}>
        {t('queue.ready')}
      </FilterLink>
      <FilterLink active={showsWaiting} search={{ centre, show: 'waiting' }} count={sum('waiting')}>
        {t('queue.waiting')}
      </FilterLink>
    </nav>
  );
}

function CentreFilter({ names, centre, showsWaiting }: FilterProps) {
  const t = useText();
  const show = showsWaiting ? 'waiting' : undefined;
  return (
    <nav className="mes-centres" aria-label={t('queue.centres')}>
      <FilterLink active={centre === undefined} search={{ centre: undefined, show }}>
        {t('queue.all_centres')}
      </FilterLink>
      {names.centres
        .filter(({ mayWork }) => mayWork)
        .map(({ id, ready, waiting }) => (
          <FilterLink
            key={id}
            active={centre === id}
            search={{ centre: id, show }}
            count={showsWaiting ? waiting : ready}
          >
            {names.centre(id)}
          </FilterLink>
        ))}
    </nav>
  );
}

interface FilterLinkProps {
  active: boolean;
  search: { centre: string | undefined; show: string | undefined };
  count?: number;
  children: ReactNode;
}

function FilterLink({ active, search, count, children }: FilterLinkProps) {
  const navigate = useNavigate();
  return (
    <button
      type="button"
      className="mes-filter"
      aria-pressed={active}
      onClick={() => void navigate({ to: '/', search: search as Record<string, string> })}
    >
      {children}
      {count !== undefined && <span className="fl-count">{count}</span>}
    </button>
  );
}
