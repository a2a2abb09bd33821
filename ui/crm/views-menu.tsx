import { Button } from '@mantine/core';
import { type FormEvent, useId, useRef, useState } from 'react';
import type { SavedView } from '#contracts/crm';
import { Dialog, Icon, useSession, useToasts } from '#ui/kit';
import { type Filters, fromView, toView } from './filters.ts';
import { useText } from './messages.ts';
import { useViews } from './use-views.ts';

/** Saved views: choose one, keep the present filters under a name, delete one's own. */
export function ViewsMenu({ filters, setFilters }: { filters: Filters; setFilters(next: Filters): void }) {
  const t = useText();
  const toasts = useToasts();
  const me = useSession().actor?.id;
  const { views, save, remove } = useViews();
  const [naming, setNaming] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const panelId = useId();
  const close = () => panel.current?.hidePopover();
  const choose = (view: SavedView) => {
    close();
    setFilters(fromView(view.query));
  };
  return (
    <>
      <button type="button" className="crm-pill" popoverTarget={panelId}>
        <Icon name="star" size={16} />
        {t('views.title')}
      </button>
      <div id={panelId} ref={panel} popover="auto" className="fl-panel crm-views">
        {views.length === 0 && <p className="fl-soft crm-views-none">{t('views.none')}</p>}
        {views.map((view) => (
          <div key={view.id} className="crm-view">
            <button type="button" className="fl-panel-row" onClick={() => choose(view)}>
              <span>{view.name}</span>
              {view.owner.id !== me && <span className="fl-soft">{view.owner.name}</span>}
            </button>
            {view.owner.id === me && (
              <button
                type="button"
                className="fl-icon-button"
                aria-label={t('views.remove', { name: view.name })}
                onClick={() => remove(view.id).catch(toasts.showProblem)}
              >
                <Icon name="trash" size={16} />
              </button>
            )}
          </div>
        ))}
        <button
          type="button"
          className="fl-panel-row crm-views-save"
          onClick={() => {
            close();
            setNaming(true);
          }}
        >
          <Icon name="plus" size={16} />
          {t('views.save')}
        </button>
      </div>
      <Dialog opened={naming} onClose={() => setNaming(false)} title={t('views.save')}>
        <NameForm
          close={() => setNaming(false)}
          save={(name, shared) => save({ name, shared, query: toView(filters) })}
        />
      </Dialog>
    </>
  );
}

function NameForm({ close, save }: { close(): void; save(name: string, shared: boolean): Promise<void> }) {
  const t = useText();
  const toasts = useToasts();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await save(name, shared);
      close();
    } catch (error) {
      toasts.showProblem(error);
    }
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      <label className="fl-field">
        {t('views.name')}
        <input
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to write this name
          autoFocus
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label className="crm-check">
        <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
        {t('views.share')}
      </label>
      <div className="fl-actions">
        <Button type="submit" disabled={name.trim() === ''}>
          {t('views.submit')}
        </Button>
      </div>
    </form>
  );
}
