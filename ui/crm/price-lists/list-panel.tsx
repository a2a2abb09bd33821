import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceListPage } from '#contracts/price-lists';
import { Chip, Dialog, ErrorNotice, InlineProblem, Loading, TextField, useFormat, useToasts } from '#ui/kit';
import { PanelHead } from '../panel-head.tsx';
import { useAct } from '../use-act.ts';
import { ListState } from './list-state.tsx';
import { MaterialTable } from './material-table.tsx';
import { usePriceText } from './messages.ts';
import { MetalFixForm } from './metal-fix-form.tsx';
import type { PriceSearch } from './price-search.ts';
import { TermsFields } from './terms-fields.tsx';
import { usePriceActions, usePriceList } from './use-price-lists.ts';

interface ListPanelProps {
  version: string;
  mayEdit: boolean;
  go(search: PriceSearch): void;
}

/** A published list as it is: it never changes, so what an admin does here makes another one. */
export function ListPanel({ version, mayEdit, go }: ListPanelProps) {
  const t = usePriceText();
  const list = usePriceList(version);
  const [asking, setAsking] = useState<'copy' | 'fix' | null>(null);
  if (list.isPending) return <Loading />;
  if (!list.data) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />;
  const { row, body } = list.data;
  const hasMetals = body.materials.some(({ gram }) => gram.kind === 'metal');
  return (
    <section className="crm-peek crm-panel" aria-label={version}>
      <PanelHead close={() => go({})}>
        {version} <ListState row={row} />
        {row.sample && (
          <Chip tone="wait" icon="alert">
            {t('lists.sample')}
          </Chip>
        )}
      </PanelHead>
      <div className="fl-stack">
        <Origin list={list.data} />
        {mayEdit && (
          <div className="crm-actions">
            <Button onClick={() => setAsking('copy')}>{t('list.copy')}</Button>
            {row.state === 'live' && hasMetals && (
              <Button variant="default" onClick={() => setAsking('fix')}>
                {t('list.fix')}
              </Button>
            )}
          </div>
        )}
        <MaterialTable materials={body.materials} currency={row.currency} />
        <TermsFields body={body} />
      </div>
      <Dialog opened={asking === 'copy'} onClose={() => setAsking(null)} title={t('list.copy')}>
        <CopyForm from={version} made={(draft) => go({ draft })} />
      </Dialog>
      <Dialog
        opened={asking === 'fix'}
        onClose={() => setAsking(null)}
        title={t('fix.title', { currency: row.currency })}
      >
        <MetalFixForm list={list.data} done={(next) => go({ list: next })} />
      </Dialog>
    </section>
  );
}

function Origin({ list: { row } }: { list: PriceListPage }) {
  const t = usePriceText();
  const format = useFormat();
  return (
    <p className="fl-soft">
      {t('list.valid_from', { at: format.dateTime(row.validFrom) })}.{' '}
      {row.publishedBy
        ? t('list.published_by', { name: row.publishedBy, reason: row.reason })
        : row.sample && t('list.built_in')}
    </p>
  );
}

function CopyForm({ from, made }: { from: string; made(draftId: string): void }) {
  const t = usePriceText();
  const toasts = useToasts();
  const { copy } = usePriceActions();
  const { busy, problem, act } = useAct();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const draft = await copy(from, name.trim());
      toasts.show({ tone: 'good', text: t('list.made', { name: draft.name }) });
      made(draft.id);
    });
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField label={t('list.copy_name')} required maxLength={120} value={name} onChange={setName} />
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={name.trim() === ''}>
          {t('list.copy')}
        </Button>
      </div>
    </form>
  );
}
