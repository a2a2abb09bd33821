import { Button } from '@mantine/core';
import type { OrderCard } from '#contracts/crm';
import { Icon, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { useCommands } from './use-commands.ts';
import type { OrderInHand } from './use-order-card.ts';

/** Facts that arrived where the order had no room for them: somebody decides what follows. */
export function OrderConflicts({ card, inHand }: { card: OrderCard; inHand: OrderInHand }) {
  const t = useText();
  const format = useFormat();
  const { run, busy } = useCommands(card, inHand);
  const open = card.order.conflicts.filter(({ resolvedAt }) => resolvedAt === null);
  const mayResolve = inHand.possible?.includes('resolve_conflict') ?? false;
  if (open.length === 0) return null;
  return (
    <section className="crm-conflicts" aria-label={t('conflicts.title')}>
      {open.map((conflict) => (
        <div key={conflict.id}>
          <Icon name="alert" size={18} />
          <div className="crm-conflict-text">
            <strong>{t('conflicts.title')}</strong> <span>{conflict.text}</span>
            <p className="fl-soft">{format.dateTime(conflict.at)}</p>
          </div>
          {mayResolve && (
            <Button
              variant="default"
              size="compact-sm"
              disabled={busy !== null}
              onClick={() => void run('resolve_conflict', { conflictId: conflict.id })}
            >
              {t('verb.resolve_conflict')}
            </Button>
          )}
        </div>
      ))}
    </section>
  );
}
