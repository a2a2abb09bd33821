import { AsOf } from '#ui/kit';
import { useText } from './messages.ts';

interface FreshnessProps {
  asOf: string | null;
  /** Milliseconds of this browser's clock. */
  readAt: number;
  shown: number;
  hasMore: boolean;
}

/** How many rows are here, and how old the read model behind them was when it answered. */
export function Freshness({ asOf, readAt, shown, hasMore }: FreshnessProps) {
  const t = useText();
  return (
    <p className="crm-freshness fl-soft" role="status">
      <span>{t(hasMore ? 'list.shown_more' : 'list.shown', { count: shown })}</span>
      {asOf && <AsOf at={asOf} readAt={readAt} />}
    </p>
  );
}
