import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import { Dialog, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { useCommands } from './use-commands.ts';
import type { OrderInHand } from './use-order-card.ts';

export interface CommandDialogProps {
  opened: boolean;
  close(): void;
  card: OrderCard;
  inHand: OrderInHand;
}

/** Records that the order was paid, or that it goes on the buyer's account. */
export function PaymentDialog(props: CommandDialogProps) {
  const t = useText();
  return (
    <Dialog opened={props.opened} onClose={props.close} title={t('payment.title')}>
      <PaymentForm {...props} />
    </Dialog>
  );
}

function PaymentForm({ close, card, inHand }: CommandDialogProps) {
  const t = useText();
  const format = useFormat();
  const { run, busy } = useCommands(card, inHand);
  const [state, setState] = useState<'recorded' | 'on_account'>('recorded');
  const [reference, setReference] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await run('record_payment', { state, reference: reference.trim() });
    close();
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      {card.order.total && <p>{t('payment.sum', { sum: format.money(card.order.total) })}</p>}
      <fieldset className="crm-choice">
        <legend>{t('payment.how')}</legend>
        {(['recorded', 'on_account'] as const).map((option) => (
          <label key={option} className="crm-check">
            <input type="radio" name="payment" checked={state === option} onChange={() => setState(option)} />
            {t(`payment.${option}`)}
          </label>
        ))}
      </fieldset>
      <label className="fl-field">
        {t('payment.reference')}
        <input
          required
          maxLength={200}
          value={reference}
          placeholder={t('payment.reference_hint')}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
      </label>
      <div className="fl-actions">
        <Button type="submit" disabled={reference.trim() === '' || busy !== null}>
          {t('payment.submit')}
        </Button>
      </div>
    </form>
  );
}
