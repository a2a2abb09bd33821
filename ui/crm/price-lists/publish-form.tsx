import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceDraft } from '#contracts/price-lists';
import { InlineProblem, Loading, TextField, useToasts } from '#ui/kit';
import { useAct } from '../use-act.ts';
import { usePriceText } from './messages.ts';
import type { PriceSearch } from './price-search.ts';
import { usePriceActions, usePriceLists } from './use-price-lists.ts';

interface PublishFormProps {
  draft: PriceDraft;
  isChanged: boolean;
  go(search: PriceSearch): void;
}

/** Makes a price list of a draft, at once or from a date on. */
export function PublishForm({ draft, isChanged, go }: PublishFormProps) {
  const t = usePriceText();
  const toasts = useToasts();
  const { lists } = usePriceLists();
  const { publish } = usePriceActions();
  const { busy, problem, act } = useAct();
  const [later, setLater] = useState(false);
  const [from, setFrom] = useState('');
  const [reason, setReason] = useState('');
  if (!lists.data) return <Loading />;
  const live = lists.data.items.find(({ currency, state }) => currency === draft.currency && state === 'live');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!live) return;
    void act(async () => {
      const { row } = await publish(draft.id, {
        version: draft.version,
        overLive: live.version,
        validFrom: later ? new Date(from).toISOString() : null,
        reason: reason.trim(),
      });
      toasts.show({ tone: 'good', text: t('publish.done', { list: row.version }) });
      go({ list: row.version });
    });
  };
  const isReady = !isChanged && draft.problems.length === 0 && reason.trim() !== '' && (!later || from !== '');
  return (
    <form className="fl-stack" onSubmit={submit}>
      <p className="fl-soft">
        {t('publish.lead')} {live && t('publish.over', { list: live.version })}
      </p>
      {isChanged && <p className="crm-review">{t('what_if.save_first')}</p>}
      {draft.problems.length > 0 && <p className="crm-review">{t('publish.mistakes')}</p>}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
      <div className="crm-switch crm-tabs" role="group" aria-label={t('publish.from')}>
        <button type="button" aria-pressed={!later} onClick={() => setLater(false)}>
          {t('publish.now')}
        </button>
        <button type="button" aria-pressed={later} onClick={() => setLater(true)}>
          {t('publish.later')}
        </button>
      </div>
      {later && <TextField type="datetime-local" label={t('publish.from')} required value={from} onChange={setFrom} />}
      <TextField
        label={t('publish.reason')}
        hint={t('publish.reason_hint')}
        required
        maxLength={500}
        value={reason}
        onChange={setReason}
      />
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={!isReady || !live}>
          {t('publish.submit')}
        </Button>
      </div>
    </form>
  );
}
