import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Currency } from '#contracts/basics';
import type { ListedMaterial } from '#contracts/price-lists';
import { TextField, useLanguage } from '#ui/kit';
import { FinishFields } from './finish-fields.tsx';
import { GramFields } from './gram-fields.tsx';
import { usePriceText } from './messages.ts';
import { NumberField } from './number-field.tsx';

interface MaterialFormProps {
  material: ListedMaterial;
  currency: Currency;
  change(material: ListedMaterial): void;
  remove(): void;
  done(): void;
}

/** Everything about one material. What is typed stands in the draft at once; the draft is saved as a whole. */
export function MaterialForm({ material, currency, change, remove, done }: MaterialFormProps) {
  const t = usePriceText();
  const language = useLanguage();
  const { name, machine, labour, longestSideMm, quantity } = material;
  const set = (part: Partial<ListedMaterial>) => change({ ...material, ...part });
  return (
    <div className="fl-stack">
      <h3>{t('material.title', { name: name[language] || t('material.new') })}</h3>
      <div className="crm-price-names">
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
        <TextField
          label={t('material.id')}
          hint={t('material.id_hint')}
          maxLength={64}
          value={material.id}
          onChange={(id) => set({ id })}
        />
        <TextField
          label={t('material.process')}
          hint={t('material.process_hint')}
          maxLength={64}
          value={material.process}
          onChange={(process) => set({ process })}
        />
      </div>
      <Group title={t('material.group_limits')}>
        <NumberField
          label={t('material.density')}
          value={material.densityGramsPerCm3}
          onChange={(densityGramsPerCm3) => set({ densityGramsPerCm3 })}
        />
        <NumberField
          label={t('material.wall')}
          value={material.minimumWallMm}
          onChange={(minimumWallMm) => set({ minimumWallMm })}
        />
        <NumberField
          label={t('material.least_side')}
          value={longestSideMm.least}
          onChange={(least) => set({ longestSideMm: { ...longestSideMm, least } })}
        />
        <NumberField
          label={t('material.most_side')}
          value={longestSideMm.most}
          onChange={(most) => set({ longestSideMm: { ...longestSideMm, most } })}
        />
        <NumberField
          label={t('material.least_sum')}
          value={material.leastSumMm ?? 0}
          onChange={(leastSumMm) => set({ leastSumMm })}
        />
        <NumberField
          label={t('material.loss')}
          kind="percent"
          value={material.loss}
          onChange={(loss) => set({ loss })}
        />
      </Group>
      <Group title={t('material.group_rates', { currency })}>
        <NumberField
          label={t('material.minimum')}
          kind="rate"
          value={material.minimumLine}
          onChange={(minimumLine) => set({ minimumLine })}
        />
        <NumberField
          label={t('material.setup')}
          kind="rate"
          value={material.setup}
          onChange={(setup) => set({ setup })}
        />
        <NumberField
          label={t('material.per_cm3')}
          kind="rate"
          value={machine.perCm3}
          onChange={(perCm3) => set({ machine: { ...machine, perCm3 } })}
        />
        <NumberField
          label={t('material.per_box')}
          kind="rate"
          value={machine.perBoxCm3}
          onChange={(perBoxCm3) => set({ machine: { ...machine, perBoxCm3 } })}
        />
        <NumberField
          label={t('material.per_mm')}
          kind="rate"
          value={machine.perMmHeight}
          onChange={(perMmHeight) => set({ machine: { ...machine, perMmHeight } })}
        />
        <NumberField
          label={t('material.labour')}
          kind="rate"
          value={labour.perPiece}
          onChange={(perPiece) => set({ labour: { ...labour, perPiece } })}
        />
        <NumberField
          label={t('material.labour_cm2')}
          kind="rate"
          value={labour.perCm2}
          onChange={(perCm2) => set({ labour: { ...labour, perCm2 } })}
        />
      </Group>
      <GramFields gram={material.gram} change={(gram) => set({ gram })} />
      <Group title={t('material.group_quantity')}>
        <NumberField
          label={t('material.floor')}
          value={quantity.floor}
          onChange={(floor) => set({ quantity: { ...quantity, floor } })}
        />
        <NumberField
          label={t('material.half')}
          value={quantity.half}
          onChange={(half) => set({ quantity: { ...quantity, half } })}
        />
      </Group>
      <FinishFields finishes={material.finishes} change={(finishes) => set({ finishes })} />
      <div className="crm-price-save">
        <Button variant="subtle" className="crm-final" onClick={remove}>
          {t('material.remove')}
        </Button>
        <Button onClick={done}>{t('material.done')}</Button>
      </div>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="crm-group">
      <h4>{title}</h4>
      <div className="crm-four">{children}</div>
    </section>
  );
}
