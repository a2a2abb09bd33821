import type { OrderStatus } from '#contracts/orders';
import { Icon, ORDER_STATUS_LOOK, useKitText } from '#ui/kit';
import { type Filters, statusesOf, toggleStatus, withFilter } from './filters.ts';
import { useText } from './messages.ts';
import { useCounts } from './use-order-list.ts';

const SHOWN: readonly OrderStatus[] = [
  'submitted',
  'needs_review',
  'priced',
  'confirmed',
  'approved',
  'in_production',
  'produced',
  'packed',
  'shipped',
  'closed',
  'cancelled',
  'rejected',
];

/** The statuses with how many orders stand there; any number of them can be chosen. */
export function StatusTabs({ filters, setFilters }: { filters: Filters; setFilters(next: Filters): void }) {
  const t = useText();
  const kit = useKitText();
  const counts = useCounts(filters).data;
  const chosen = statusesOf(filters);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks
    <div className="crm-statuses" role="group" aria-label={t('filter.status')}>
      <button
        type="button"
        aria-pressed={chosen.length === 0}
        onClick={() => setFilters(withFilter(filters, 'status', undefined))}
      >
        {t('filter.all')}
      </button>
      {SHOWN.map((status) => {
        const { tone, icon } = ORDER_STATUS_LOOK[status];
        const count = counts?.byStatus[status] ?? 0;
        return (
          <button
            key={status}
            type="button"
            className={`crm-status crm-status-${tone}`}
            aria-pressed={chosen.includes(status)}
            onClick={() => setFilters(toggleStatus(filters, status))}
          >
            <Icon name={icon} size={14} />
            {kit(`status.${status}`)}
            {counts && <span className="crm-count">{count >= counts.cap ? `${counts.cap}+` : count}</span>}
          </button>
        );
      })}
    </div>
  );
}
