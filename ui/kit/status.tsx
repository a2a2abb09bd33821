import type { ItemState, OrderStatus } from '#contracts/orders';
import { Icon, type IconName } from './icons.tsx';
import { useKitText } from './messages.ts';

/** calm: nothing to do; wait: somebody must act; active: under way; good: reached; bad: ended badly. */
export type Tone = 'calm' | 'info' | 'wait' | 'active' | 'good' | 'bad';

export interface Look {
  tone: Tone;
  icon: IconName;
}

export const ORDER_STATUS_LOOK: Record<OrderStatus, Look> = {
  submitted: { tone: 'info', icon: 'inbox' },
  needs_review: { tone: 'wait', icon: 'eye' },
  priced: { tone: 'wait', icon: 'tag' },
  confirmed: { tone: 'info', icon: 'check' },
  approved: { tone: 'info', icon: 'play' },
  in_production: { tone: 'active', icon: 'tools' },
  produced: { tone: 'active', icon: 'cube' },
  packed: { tone: 'active', icon: 'box' },
  shipped: { tone: 'good', icon: 'truck' },
  closed: { tone: 'calm', icon: 'archive' },
  cancelled: { tone: 'bad', icon: 'close' },
  rejected: { tone: 'bad', icon: 'ban' },
};

export const ITEM_STATE_LOOK: Record<ItemState, Look> = {
  pricing: { tone: 'info', icon: 'hourglass' },
  priced: { tone: 'info', icon: 'tag' },
  review: { tone: 'wait', icon: 'eye' },
  queued: { tone: 'info', icon: 'inbox' },
  making: { tone: 'active', icon: 'tools' },
  made: { tone: 'active', icon: 'cube' },
  packed: { tone: 'active', icon: 'box' },
  shipped: { tone: 'good', icon: 'truck' },
};

/** A state as word, icon and colour: never colour alone. */
export function Chip({ tone, icon, children }: Look & { children: string }) {
  return (
    <span className={`fl-chip fl-tone-${tone}`}>
      <Icon name={icon} size={14} />
      {children}
    </span>
  );
}

export function StatusChip({ status, held = false }: { status: OrderStatus; held?: boolean }) {
  const t = useKitText();
  return (
    <>
      <Chip {...ORDER_STATUS_LOOK[status]}>{t(`status.${status}`)}</Chip>
      {held && (
        <Chip tone="wait" icon="pause">
          {t('status.on_hold')}
        </Chip>
      )}
    </>
  );
}

export function ItemStateChip({ state }: { state: ItemState }) {
  const t = useKitText();
  return <Chip {...ITEM_STATE_LOOK[state]}>{t(`item.${state}`)}</Chip>;
}
