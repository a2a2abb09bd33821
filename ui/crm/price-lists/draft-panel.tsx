import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceDraft, PriceListBody } from '#contracts/price-lists';
import { ErrorNotice, InlineProblem, Loading, TextField, useConfirm, useToasts } from '#ui/kit';
import { PanelHead } from '../panel-head.tsx';
import { useAct, useActAndTell } from '../use-act.ts';
import { DraftProblems, wrongMaterials } from './draft-problems.tsx';
import { MaterialForm } from './material-form.tsx';
import { MaterialTable } from './material-table.tsx';
import { usePriceText } from './messages.ts';
import { newMaterial } from './new-material.ts';
import type { PriceSearch } from './price-search.ts';
import { PublishForm } from './publish-form.tsx';
import { TermsFields } from './terms-fields.tsx';
import { usePriceActions, usePriceDraft } from './use-price-lists.ts';
import { WhatIfPanel } from './what-if-panel.tsx';

const TABS = ['rates', 'what_if', 'publish'] as const;
type Tab = (typeof TABS)[number];

interface DraftPanelProps {
  draftId: string;
  tab: string | undefined;
  mayEdit: boolean;
  go(search: PriceSearch): void;
}

/** A list in the making: its rates, what they would have meant, and the way to make it live. */
export function DraftPanel({ draftId, tab, mayEdit, go }: DraftPanelProps) {
  const draft = usePriceDraft(draftId);
  if (draft.isPending) return <Loading />;
  if (!draft.data) return <ErrorNotice error={draft.error} retry={() => void draft.refetch()} />;
  // A version that somebody else has saved is another form: what was typed into this one no longer fits.
  return <DraftDesk key={draft.data.version} draft={draft.data} tab={tab} mayEdit={mayEdit} go={go} />;
}

function DraftDesk({ draft, tab, mayEdit, go }: Omit<DraftPanelProps, 'draftId'> & { draft: PriceDraft }) {
  const t = usePriceText();
  const [name, setName] = useState(draft.name);
  const [body, setBody] = useState(draft.body);
  const shown: Tab = TABS.find((one) => one === tab) ?? 'rates';
  const isChanged = name !== draft.name || body !== draft.body;
  return (
    <section className="crm-peek crm-panel" aria-label={draft.name}>
      <PanelHead close={() => go({})}>{draft.name}</PanelHead>
      <div className="fl-stack">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
        <div className="crm-switch crm-tabs" role="group" aria-label={t('draft.tabs')}>
          {TABS.filter((one) => one !== 'publish' || mayEdit).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === shown}
              onClick={() => go({ draft: draft.id, tab: one })}
            >
              {t(`draft.tab_${one}`)}
            </button>
          ))}
        </div>
        {shown === 'rates' && (
          <Rates draft={draft} name={name} setName={setName} body={body} setBody={setBody} mayEdit={mayEdit} go={go} />
        )}
        {shown === 'what_if' && <WhatIfPanel draft={draft} isChanged={isChanged} />}
        {shown === 'publish' && mayEdit && <PublishForm draft={draft} isChanged={isChanged} go={go} />}
      </div>
    </section>
  );
}

interface RatesProps {
  draft: PriceDraft;
  name: string;
  setName(name: string): void;
  body: PriceListBody;
  setBody(body: PriceListBody): void;
  mayEdit: boolean;
  go(search: PriceSearch): void;
}

function Rates({ draft, name, setName, body, setBody, mayEdit, go }: RatesProps) {
  const t = usePriceText();
  const toasts = useToasts();
  const { save } = usePriceActions();
  const { busy, problem, act } = useAct();
  const [open, setOpen] = useState<number | null>(null);
  const isChanged = name !== draft.name || body !== draft.body;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      await save(draft.id, { version: draft.version, name: name.trim(), body });
      toasts.show({ tone: 'good', text: t('draft.saved', { name: name.trim() }) });
    });
  };
  const chosen = open === null ? undefined : body.materials[open];
  if (chosen && open !== null) {
    return (
      <MaterialForm
        material={chosen}
        currency={draft.currency}
        change={(material) => setBody({ ...body, materials: body.materials.with(open, material) })}
        remove={() => {
          setOpen(null);
          setBody({ ...body, materials: body.materials.toSpliced(open, 1) });
        }}
        done={() => setOpen(null)}
      />
    );
  }
  if (!mayEdit) {
    return (
      <>
        <MaterialTable materials={body.materials} currency={draft.currency} />
        <TermsFields body={body} />
      </>
    );
  }
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField label={t('draft.name')} required maxLength={120} value={name} onChange={setName} />
      <DraftProblems problems={draft.problems} body={draft.body} />
      <MaterialTable
        materials={body.materials}
        currency={draft.currency}
        edit={setOpen}
        wrong={wrongMaterials(draft.problems)}
      />
      <div className="fl-actions">
        <Button
          variant="default"
          onClick={() => {
            setBody({ ...body, materials: [...body.materials, newMaterial()] });
            setOpen(body.materials.length);
          }}
        >
          {t('draft.add')}
        </Button>
      </div>
      <TermsFields body={body} change={setBody} />
      <label className="crm-price-check">
        <input
          type="checkbox"
          checked={body.sample}
          onChange={(event) => setBody({ ...body, sample: event.currentTarget.checked })}
        />
        {t('draft.sample')}
      </label>
      {problem !== null && <InlineProblem error={problem} />}
      <div className="crm-price-save">
        {isChanged && <span className="fl-soft">{t('draft.unsaved')}</span>}
        <RemoveDraft draft={draft} gone={() => go({})} />
        <Button type="submit" loading={busy} disabled={!isChanged || name.trim() === ''}>
          {t('draft.save')}
        </Button>
      </div>
    </form>
  );
}

function RemoveDraft({ draft, gone }: { draft: PriceDraft; gone(): void }) {
  const t = usePriceText();
  const ask = useConfirm();
  const toasts = useToasts();
  const { remove } = usePriceActions();
  const { busy, act } = useActAndTell();
  const press = async () => {
    const { name } = draft;
    const sure = await ask({
      title: t('draft.remove_title', { name }),
      confirmLabel: t('draft.remove'),
      danger: true,
    });
    if (!sure) return;
    await act(async () => {
      gone();
      await remove(draft.id, draft.version);
      toasts.show({ tone: 'good', text: t('draft.removed', { name }) });
    });
  };
  return (
    <Button variant="subtle" className="crm-final" loading={busy} onClick={() => void press()}>
      {t('draft.remove')}
    </Button>
  );
}
