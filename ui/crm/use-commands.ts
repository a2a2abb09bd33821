import { useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import type { CommandAnswer, OrderCommandName } from '#contracts/orders';
import { ApiProblem, newCommandId, useApi, useConfirm, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import type { OrderInHand } from './use-order-card.ts';

export type Verb = Extract<
  OrderCommandName,
  | 'approve'
  | 'quote_by_hand'
  | 'record_payment'
  | 'close'
  | 'hold'
  | 'release'
  | 'change_specification'
  | 'reject'
  | 'cancel'
  | 'resolve_conflict'
>;

const ASKS_REASON: readonly Verb[] = ['hold', 'reject', 'cancel', 'resolve_conflict'];
const CANNOT_BE_UNDONE: readonly Verb[] = ['reject', 'cancel'];

/** Sends commands to `orders` with the version on the screen, and brings the screen up to date with the answer. */
export function useCommands(card: OrderCard, inHand: OrderInHand) {
  const t = useText();
  const api = useApi();
  const ask = useConfirm();
  const toasts = useToasts();
  const [busy, setBusy] = useState<Verb | null>(null);
  const { id, number } = card.order;

  /** True when it was done. A refusal is told, and what stands now is fetched. */
  async function send(verb: Verb, body: Record<string, unknown>, version = card.order.version): Promise<number | null> {
    setBusy(verb);
    try {
      const command = { ...body, commandId: newCommandId(), version };
      const answer = await api.command<CommandAnswer>(paths.command(id, verb), command);
      await inHand.seen(answer.version);
      return answer.version;
    } catch (error) {
      toasts.showProblem(error);
      if (error instanceof ApiProblem && error.status === 409) await inHand.refresh();
      return null;
    } finally {
      setBusy(null);
    }
  }

  /** Asks what has to be asked, sends, and says that it is done. */
  async function run(verb: Verb, body: Record<string, unknown> = {}): Promise<void> {
    const isFinal = CANNOT_BE_UNDONE.includes(verb);
    let given = body;
    if (ASKS_REASON.includes(verb)) {
      const answer = await ask({
        title: t(`ask.${verb as 'hold' | 'reject' | 'cancel' | 'resolve_conflict'}`, { number }),
        confirmLabel: t(`verb.${verb}`),
        reasonLabel: t('ask.reason'),
        danger: isFinal,
      });
      if (!answer) return;
      given = { ...body, reason: answer.reason };
    }
    const version = await send(verb, given);
    if (version === null) return;
    const undo = verb === 'hold' ? { undo: () => void send('release', {}, version) } : {};
    toasts.show({ tone: 'good', text: t(`done.${verb}`, { number }), ...undo });
  }

  return { run, send, busy };
}
