import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceListPage } from '#contracts/price-lists';
import { InlineProblem, TextField, useLanguage, useToasts } from '#ui/kit';
import { useAct } from '../use-act.ts';
import { usePriceText } from './messages.ts';
import { NumberField } from './number-field.tsx';
import { usePriceActions } from './use-price-lists.ts';

/** The day's prices of metals: a list like the live one but for them. */
export function MetalFixForm({ list: { row, body }, done }: { list: PriceListPage; done(version: string): void }) {
  const t = usePriceText();
  const language = useLanguage();
  const toasts = useToasts();
  const { fixMetals } = usePriceActions();
  const { busy, problem, act } = useAct();
  const metals = body.materials.flatMap(({ id, name, gram }) =>
    gram.kind === 'metal' ? [{ id, name: name[language], spotPerGram: gram.spotPerGram }] : [],
  );
  const [spots, setSpots] = useState(() => Object.fromEntries(metals.map(({ id, spotPerGram }) => [id, spotPerGram])));
  const [reason, setReason] = useState('');
  const changed = metals.filter(({ id, spotPerGram }) => spots[id] !== spotPerGram);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const fixed = await fixMetals({
        currency: row.currency,
        overLive: row.version,
        fixedAt: new Date().toISOString(),
        metals: changed.map(({ id }) => ({ material: id, spotPerGram: spots[id]! })),
        reason: reason.trim(),
      });
      toasts.show({ tone: 'good', text: t('publish.done', { list: fixed.row.version }) });
      done(fixed.row.version);
    });
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <p className="fl-soft">{t('fix.lead', { list: row.version })}</p>
      {metals.map(({ id, name }) => (
        <NumberField
          key={id}
          label={t('fix.spot', { name })}
          kind="rate"
          value={spots[id]!}
          onChange={(spot) => setSpots((now) => ({ ...now, [id]: spot }))}
        />
      ))}
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
        <Button type="submit" loading={busy} disabled={changed.length === 0 || reason.trim() === ''}>
          {t('fix.submit')}
        </Button>
      </div>
    </form>
  );
}
