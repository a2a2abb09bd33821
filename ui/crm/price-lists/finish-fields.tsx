import { Button } from '@mantine/core';
import type { ListedMaterial } from '#contracts/price-lists';
import { Icon, TextField } from '#ui/kit';
import { usePriceText } from './messages.ts';
import { NumberField } from './number-field.tsx';

type Finish = ListedMaterial['finishes'][number];

/** How the surface may be left, each with its rates. */
export function FinishFields({ finishes, change }: { finishes: Finish[]; change(finishes: Finish[]): void }) {
  const t = usePriceText();
  return (
    <section className="crm-group">
      <h4>{t('finish.title')}</h4>
      <p className="fl-soft">{t('finish.first')}</p>
      {finishes.map((finish, index) => {
        const set = (part: Partial<Finish>) => change(finishes.with(index, { ...finish, ...part }));
        const { name } = finish;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an id is being typed, and may be there twice meanwhile
          <div key={index} className="crm-price-finish">
            <TextField label={t('material.id')} maxLength={64} value={finish.id} onChange={(id) => set({ id })} />
            <TextField
              label={t('material.name_en')}
              maxLength={120}
              value={name.en}
              onChange={(en) => set({ name: { ...name, en } })}
            />
            <TextField
              label={t('material.name_ru')}
              maxLength={120}
              value={name.ru}
              onChange={(ru) => set({ name: { ...name, ru } })}
            />
            <NumberField
              label={t('finish.per_piece')}
              kind="rate"
              value={finish.perPiece}
              onChange={(perPiece) => set({ perPiece })}
            />
            <NumberField
              label={t('finish.per_cm2')}
              kind="rate"
              value={finish.perCm2}
              onChange={(perCm2) => set({ perCm2 })}
            />
            <button
              type="button"
              className="fl-icon-button"
              aria-label={t('finish.remove', { name: finish.id })}
              disabled={finishes.length === 1}
              onClick={() => change(finishes.toSpliced(index, 1))}
            >
              <Icon name="trash" />
            </button>
          </div>
        );
      })}
      <div>
        <Button
          variant="default"
          onClick={() => change([...finishes, { id: '', name: { en: '', ru: '' }, perPiece: 0, perCm2: 0 }])}
        >
          {t('finish.add')}
        </Button>
      </div>
    </section>
  );
}
