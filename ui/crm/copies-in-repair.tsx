import type { Problems } from '#contracts/crm';
import { Icon, useFormat } from '#ui/kit';
import { useText } from './messages.ts';

type Copy = Problems['copies'][number];

const NAMES = {
  'crm.orders': 'copy.crm.orders',
  'shop.orders': 'copy.shop.orders',
  'mes.orders': 'copy.mes.orders',
  'partners.orders': 'copy.partners.orders',
} as const;

/** Copies of orders that are being put right, or had to be when they were last compared with the truth. */
export function CopiesInRepair({ copies }: { copies: readonly Copy[] }) {
  const t = useText();
  if (copies.length === 0) return null;
  return (
    <section className="fl-card crm-problem">
      <h2>
        <Icon name="alert" />
        {t('problems.copies')}
        <span className="crm-count">{copies.length}</span>
      </h2>
      <p className="fl-soft">{t('problems.copies_hint')}</p>
      <ul>
        {copies.map((copy) => (
          <li key={copy.name}>
            <strong>{copy.name in NAMES ? t(NAMES[copy.name as keyof typeof NAMES]) : copy.name}</strong>{' '}
            <CopyState copy={copy} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function CopyState({ copy: { state, done, drift, repaired, checkedAt } }: { copy: Copy }) {
  const t = useText();
  const format = useFormat();
  switch (state) {
    case 'rebuilding':
      return <span>{t('copy_state.rebuilding', { count: done })}</span>;
    case 'rebuild_wanted':
      return <span>{t('copy_state.rebuild_wanted')}</span>;
    case 'differs':
      return <span>{t('copy_state.differs', { count: drift - repaired })}</span>;
    case 'equal':
      return (
        <span>{t('copy_state.equal', { count: repaired, age: checkedAt ? format.relative(checkedAt) : '' })}</span>
      );
  }
}
