import type { QuoteItem } from '#contracts/pricing';
import { Chip, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { MILLIMETRES, type Unit } from './units.ts';

/** What the kernel found out about the model. */
export function Facts({ item, unit }: { item: QuoteItem; unit: Unit }) {
  const t = useText();
  const format = useFormat();
  const { report } = item;
  if (!report) return null;
  const millimetres = MILLIMETRES[unit];
  const side = (axis: 0 | 1 | 2) => format.number((report.box.max[axis] - report.box.min[axis]) * millimetres, 2);
  const cm3 = (report.volume * millimetres ** 3) / 1_000;
  const good = report.verdict === 'closed' || report.verdict === 'repaired';
  return (
    <p className="shop-facts">
      <Chip tone={good ? 'good' : 'wait'} icon={good ? 'check' : 'alert'}>
        {t(`part.verdict.${report.verdict}`)}
      </Chip>
      <span>{t('part.size', { x: side(0), y: side(1), z: side(2) })}</span>
      <span>{t('part.volume', { volume: format.number(cm3, cm3 < 1 ? 3 : 1) })}</span>
      <span>{t('part.triangles', { count: report.triangles })}</span>
      <span>{format.bytes(report.bytes)}</span>
    </p>
  );
}
