import { useEffect, useRef, useState } from 'react';
import { Icon, Keys, useApi, useLanguage, useShortcuts, useToasts, withQuery } from '#ui/kit';
import { type Filters, parametersOf, withFilter } from './filters.ts';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { save } from './save-file.ts';
import { useCounts } from './use-order-list.ts';
import { ViewsMenu } from './views-menu.tsx';

interface BarProps {
  filters: Filters;
  setFilters(next: Filters): void;
}

const SEARCH_PAUSE_MS = 200;

/** Search, order, quick filters, saved views and the export. */
export function FilterBar({ filters, setFilters }: BarProps) {
  const t = useText();
  return (
    <div className="crm-bar">
      <Search filters={filters} setFilters={setFilters} />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
      <div className="crm-switch" role="group" aria-label={t('sort.label')}>
        {(['newest', 'urgent'] as const).map((sort) => (
          <button
            key={sort}
            type="button"
            aria-pressed={(filters.sort ?? 'newest') === sort}
            onClick={() => setFilters(withFilter(filters, 'sort', sort === 'newest' ? undefined : sort))}
          >
            {t(`sort.${sort}`)}
          </button>
        ))}
      </div>
      <QuickFilters filters={filters} setFilters={setFilters} />
      <div className="crm-bar-end">
        <ViewsMenu filters={filters} setFilters={setFilters} />
        <ExportButton filters={filters} />
      </div>
    </div>
  );
}

function Search({ filters, setFilters }: BarProps) {
  const t = useText();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(filters.q ?? '');
  const latest = useRef({ filters, setFilters });
  latest.current = { filters, setFilters };
  useEffect(() => setText(filters.q ?? ''), [filters.q]);
  useEffect(() => {
    const { filters: now, setFilters: set } = latest.current;
    if (text === (now.q ?? '')) return;
    const timer = setTimeout(() => set(withFilter(now, 'q', text === '' ? undefined : text)), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useShortcuts([
    {
      id: 'crm.search',
      keys: 'Slash',
      title: t('keys.search'),
      group: t('keys.list'),
      run: () => field.current?.focus(),
    },
  ]);
  return (
    <label className="fl-search crm-search">
      <Icon name="search" size={16} />
      <input
        ref={field}
        type="search"
        value={text}
        placeholder={t('search.placeholder')}
        aria-label={t('search.placeholder')}
        maxLength={100}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      <Keys keys="Slash" />
    </label>
  );
}

function QuickFilters({ filters, setFilters }: BarProps) {
  const t = useText();
  const counts = useCounts(filters).data;
  const toggle = (name: keyof Filters, value: string, label: string, count?: number) => {
    const pressed = filters[name] === value;
    return (
      <button
        key={`${name}-${value}`}
        type="button"
        className="crm-pill"
        aria-pressed={pressed}
        onClick={() => setFilters(withFilter(filters, name, pressed ? undefined : value))}
      >
        {label}
        {counts && count !== undefined && count > 0 && (
          <span className="crm-count">{count >= counts.cap ? `${counts.cap}+` : count}</span>
        )}
      </button>
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks
    <div className="crm-pills" role="group" aria-label={t('filter.label')}>
      {toggle('assignee', 'me', t('filter.mine'), counts?.mine)}
      {toggle('assignee', 'none', t('filter.nobodys'))}
      {toggle('rush', 'true', t('filter.rush'))}
      {toggle('overdue', 'true', t('filter.overdue'), counts?.overdue)}
      {toggle('hold', 'true', t('filter.hold'), counts?.onHold)}
      <select
        className="crm-select"
        aria-label={t('filter.source')}
        value={filters.source ?? ''}
        onChange={(event) => setFilters(withFilter(filters, 'source', event.currentTarget.value || undefined))}
      >
        <option value="">{t('source.all')}</option>
        {(['shop', 'crm', 'partner'] as const).map((source) => (
          <option key={source} value={source}>
            {t(`source.${source}`)}
          </option>
        ))}
      </select>
      {filters.buyer && (
        <button
          type="button"
          className="crm-pill"
          aria-pressed="true"
          onClick={() => setFilters(withFilter(filters, 'buyer', undefined))}
        >
          {t('filter.one_buyer')}
          <Icon name="close" size={14} />
        </button>
      )}
    </div>
  );
}

function ExportButton({ filters }: { filters: Filters }) {
  const t = useText();
  const api = useApi();
  const language = useLanguage();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      await save(api, withQuery(paths.csv, { ...parametersOf(filters), language }), 'forgeline-orders.csv');
    } catch (error) {
      toasts.showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      className="crm-pill crm-export"
      onClick={() => void download()}
      disabled={busy}
      title={t('export.hint')}
    >
      <Icon name="document" size={16} />
      CSV
    </button>
  );
}
