import type { ListedMaterial } from '#contracts/price-lists';
import { useFormat } from '#ui/kit';
import { usePriceText } from './messages.ts';
import { NumberField } from './number-field.tsx';

type Gram = ListedMaterial['gram'];

/** What a gram costs: a plain rate, or a metal by the price that was fixed for it. */
export function GramFields({ gram, change }: { gram: Gram; change(gram: Gram): void }) {
  const t = usePriceText();
  const format = useFormat();
  const become = (kind: Gram['kind']): void => {
    if (kind === gram.kind) return;
    change(
      kind === 'rate'
        ? { kind, perGram: 0 }
        : { kind, spotPerGram: 0, fineness: 1, markup: 0, fixedAt: new Date().toISOString() },
    );
  };
  return (
    <section className="crm-group">
      <h4>{t('material.group_gram')}</h4>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
      <div className="crm-switch crm-tabs" role="group" aria-label={t('material.group_gram')}>
        {(['rate', 'metal'] as const).map((kind) => (
          <button key={kind} type="button" aria-pressed={kind === gram.kind} onClick={() => become(kind)}>
            {t(`material.gram_${kind}`)}
          </button>
        ))}
      </div>
      <div className="crm-four">
        {gram.kind === 'rate' ? (
          <NumberField
            label={t('material.per_gram')}
            kind="rate"
            value={gram.perGram}
            onChange={(perGram) => change({ ...gram, perGram })}
          />
        ) : (
          <>
            <NumberField
              label={t('material.spot')}
              hint={t('material.fixed_at', { at: format.dateTime(gram.fixedAt) })}
              kind="rate"
              value={gram.spotPerGram}
              // A price of a metal is that of a moment.
              onChange={(spotPerGram) => change({ ...gram, spotPerGram, fixedAt: new Date().toISOString() })}
            />
            <NumberField
              label={t('material.fineness')}
              value={gram.fineness}
              onChange={(fineness) => change({ ...gram, fineness })}
            />
            <NumberField
              label={t('material.markup')}
              kind="percent"
              value={gram.markup}
              onChange={(markup) => change({ ...gram, markup })}
            />
          </>
        )}
      </div>
    </section>
  );
}
