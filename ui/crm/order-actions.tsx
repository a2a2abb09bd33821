import { Button } from '@mantine/core';
import { useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import { Icon, InlineProblem, useApi, useLanguage, useShortcuts, useToasts } from '#ui/kit';
import { ChangeDialog } from './change-dialog.tsx';
import { HandQuoteDialog } from './hand-quote-dialog.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { PaymentDialog } from './payment-dialog.tsx';
import { show } from './save-file.ts';
import { useCommands, type Verb } from './use-commands.ts';
import type { OrderInHand } from './use-order-card.ts';

/** What moves the order on, the first of them the most prominent. */
const FORWARD: readonly Verb[] = ['approve', 'quote_by_hand', 'record_payment', 'close'];
const ASIDE: readonly Verb[] = ['hold', 'release', 'change_specification'];
const BACK: readonly Verb[] = ['reject', 'cancel'];

/** Only what this person may do with this order now, as `orders` says. */
export function OrderActions({ card, inHand }: { card: OrderCard; inHand: OrderInHand }) {
  const t = useText();
  const [dialog, setDialog] = useState<Verb | null>(null);
  const { run, busy } = useCommands(card, inHand);
  const possible = inHand.possible ?? [];
  const offered = (verbs: readonly Verb[]) => verbs.filter((verb) => possible.includes(verb) && isNeeded(verb, card));
  const start = (verb: Verb) => (hasDialog(verb) ? setDialog(verb) : void run(verb));
  const primary = offered(FORWARD)[0];
  useShortcuts(
    primary ? [{ id: 'crm.forward', keys: 'KeyA', title: t(`verb.${primary}`), run: () => start(primary) }] : [],
  );
  const close = () => setDialog(null);
  const awaited = awaitedOf(card);
  return (
    <div className="crm-actions">
      {inHand.possibleError !== null && inHand.possible === null && <InlineProblem error={inHand.possibleError} />}
      {offered(FORWARD).map((verb) => (
        <Button
          key={verb}
          variant={verb === primary ? 'filled' : 'default'}
          disabled={busy !== null}
          loading={busy === verb}
          onClick={() => start(verb)}
        >
          {t(`verb.${verb}`)}
        </Button>
      ))}
      {offered(ASIDE).map((verb) => (
        <Button key={verb} variant="default" disabled={busy !== null} onClick={() => start(verb)}>
          {t(`verb.${verb}`)}
        </Button>
      ))}
      <ProFormaButton card={card} />
      <span className="crm-actions-back">
        {offered(BACK).map((verb) => (
          <Button
            key={verb}
            variant="subtle"
            className="crm-final"
            disabled={busy !== null}
            onClick={() => start(verb)}
          >
            {t(`verb.${verb}`)}
          </Button>
        ))}
      </span>
      {awaited && <p className="crm-awaited fl-soft">{t(awaited)}</p>}
      <PaymentDialog opened={dialog === 'record_payment'} close={close} card={card} inHand={inHand} />
      <HandQuoteDialog opened={dialog === 'quote_by_hand'} close={close} card={card} inHand={inHand} />
      <ChangeDialog opened={dialog === 'change_specification'} close={close} card={card} inHand={inHand} />
    </div>
  );
}

/** Why the step that one looks for is not offered yet. */
function awaitedOf({ order }: OrderCard): 'next.accept' | 'next.pay' | null {
  if (order.status === 'priced') return 'next.accept';
  return order.status === 'confirmed' && order.payment.state === 'none' ? 'next.pay' : null;
}

function hasDialog(verb: Verb): boolean {
  return verb === 'record_payment' || verb === 'quote_by_hand' || verb === 'change_specification';
}

/** `orders` allows to record a payment again, to correct it; and holds each item alone. Both are rare: no button. */
function isNeeded(verb: Verb, { order }: OrderCard): boolean {
  if (verb === 'record_payment') return order.payment.state !== 'recorded';
  if (verb === 'hold') return order.hold === null;
  return true;
}

function ProFormaButton({ card }: { card: OrderCard }) {
  const t = useText();
  const api = useApi();
  const language = useLanguage();
  const toasts = useToasts();
  if (!card.order.total) return null;
  const open = () => show(api, paths.proForma(card.order.id, language)).catch(toasts.showProblem);
  return (
    <Button variant="default" leftSection={<Icon name="document" size={16} />} onClick={() => void open()}>
      {t('card.pro_forma')}
    </Button>
  );
}
