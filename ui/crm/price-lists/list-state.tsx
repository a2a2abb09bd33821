import type { PriceListRow } from '#contracts/price-lists';
import { Chip, useFormat } from '#ui/kit';
import { usePriceText } from './messages.ts';

export function ListState({ row }: { row: PriceListRow }) {
  const t = usePriceText();
  const format = useFormat();
  if (row.state === 'live') {
    return (
      <Chip tone="good" icon="check">
        {t('lists.live')}
      </Chip>
    );
  }
  if (row.state === 'scheduled') {
    return (
      <Chip tone="info" icon="clock">
        {t('lists.scheduled', { at: format.dateTime(row.validFrom) })}
      </Chip>
    );
  }
  return (
    <Chip tone="calm" icon="archive">
      {t('lists.past')}
    </Chip>
  );
}
