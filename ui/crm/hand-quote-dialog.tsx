import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Dialog, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { parseMinor } from './money-text.ts';
import type { CommandDialogProps } from './payment-dialog.tsx';
import { useCommands } from './use-commands.ts';

/** A price by hand for what could not be priced safely: what is paid for each part, shipping and tax included. */
export function HandQuoteDialog(props: CommandDialogProps) {
  const t = useText();
  return (
    <Dialog opened={props.opened} onClose={props.close} title={t('hand_quote.title')} width={560}>
      <HandQuoteForm {...props} />
    </Dialog>
  );
}

function HandQuoteForm({ close, card, inHand }: CommandDialogProps) {
  const t = useText();
  const format = useFormat();
  const { run, busy } = useCommands(card, inHand);
  const { items, currency } = card.order;
  const [prices, setPrices] = useState<Record<string, string>>(() =>
    Object.fromEntries(items.map(({ id, total }) => [id, total ? (total.minor / 100).toFixed(2) : ''])),
  );
  const [reason, setReason] = useState('');
  const totals = items.map(({ id }) => ({ itemId: id, minor: parseMinor(prices[id] ?? '') }));
  const isComplete = totals.every(({ minor }) => minor !== null);
  const sum = totals.reduce((all, { minor }) => all + (minor ?? 0), 0);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const priced = totals.map(({ itemId, minor }) => ({ itemId, total: { minor, currency } }));
    await run('quote_by_hand', { items: priced, reason: reason.trim() });
    close();
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      <p className="fl-soft">{t('hand_quote.lead')}</p>
      {items.map(({ id, specification, reviewReason }) => (
        <label key={id} className="fl-field">
          {t('hand_quote.item', { name: specification.fileName, count: specification.quantity })}
          {reviewReason && <span className="fl-soft">{reviewReason}</span>}
          <input
            required
            inputMode="decimal"
            value={prices[id] ?? ''}
            placeholder={`0.00 ${currency}`}
            onChange={(event) => setPrices({ ...prices, [id]: event.currentTarget.value })}
          />
        </label>
      ))}
      <p>
        {t('hand_quote.sum')} <strong>{format.money({ minor: sum, currency })}</strong>
      </p>
      <label className="fl-field">
        {t('ask.reason')}
        <textarea
          required
          maxLength={500}
          rows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div className="fl-actions">
        <Button type="submit" disabled={!isComplete || reason.trim() === '' || busy !== null}>
          {t('verb.quote_by_hand')}
        </Button>
      </div>
    </form>
  );
}
