import { useFormat } from '#ui/kit';
import { useText } from './messages.ts';

const FRESH_MS = 5_000;

/** How many rows are here, and how old the read model behind them was when it answered. */
export function Freshness({ asOf, shown, hasMore }: { asOf: string | null; shown: number; hasMore: boolean }) {
  const t = useText();
  const format = useFormat();
  const isBehind = asOf !== null && Date.now() - Date.parse(asOf) > FRESH_MS;
  return (
    <p className="crm-freshness fl-soft" role="status">
      <span>{t(hasMore ? 'list.shown_more' : 'list.shown', { count: shown })}</span>
      {asOf && (
        <span className={isBehind ? 'crm-due-soon' : undefined}>{t('list.as_of', { at: format.dateTime(asOf) })}</span>
      )}
    </p>
  );
}
