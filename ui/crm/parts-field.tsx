import type { Catalogue, Quote } from '#contracts/pricing';
import { DropZone, Icon, useFormat, useLanguage } from '#ui/kit';
import { MODEL_FILES } from '#ui/viewer';
import { useText } from './messages.ts';
import { UNITS } from './units.ts';
import type { Part } from './use-parts.ts';

interface PartsProps {
  parts: readonly Part[];
  add(files: File[]): void;
  change(key: string, news: Partial<Part>): void;
  remove(key: string): void;
  catalogue: Catalogue;
  quote: Quote | null;
}

/** Files, and what to make of each. */
export function PartsField({ parts, add, change, remove, catalogue, quote }: PartsProps) {
  const t = useText();
  return (
    <div className="fl-stack">
      {parts.map((part, index) => (
        <PartRow
          key={part.key}
          part={part}
          change={(news) => change(part.key, news)}
          remove={() => remove(part.key)}
          catalogue={catalogue}
          item={quote?.items[index]}
        />
      ))}
      <DropZone compact={parts.length > 0} accept={MODEL_FILES} hint={t('new.files_hint')} onFiles={add} />
    </div>
  );
}

interface RowProps {
  part: Part;
  change(news: Partial<Part>): void;
  remove(): void;
  catalogue: Catalogue;
  item: Quote['items'][number] | undefined;
}

function PartRow({ part, change, remove, catalogue, item }: RowProps) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const material = catalogue.materials.find(({ id }) => id === part.material);
  const setMaterial = (id: string) => {
    const finishes = catalogue.materials.find((one) => one.id === id)?.finishes ?? [];
    change({ material: id, finish: finishes[0]?.id ?? '' });
  };
  return (
    <fieldset className="crm-part">
      <legend>{part.file.name}</legend>
      <button
        type="button"
        className="fl-icon-button"
        aria-label={t('new.remove', { name: part.file.name })}
        onClick={remove}
      >
        <Icon name="trash" size={16} />
      </button>
      {part.modelId === null && (
        <div className="fl-progress" role="progressbar" aria-valuenow={Math.round(part.progress * 100)}>
          <span style={{ width: `${part.progress * 100}%` }} />
        </div>
      )}
      <div className="crm-four">
        <Choice label={t('item.material')} value={part.material} set={setMaterial}>
          {catalogue.materials.map(({ id, name }) => [id, name[language]])}
        </Choice>
        <Choice label={t('item.finish')} value={part.finish} set={(finish) => change({ finish })}>
          {(material?.finishes ?? []).map(({ id, name }) => [id, name[language]])}
        </Choice>
        <Choice label={t('item.unit')} value={part.unit} set={(unit) => change({ unit: unit as Part['unit'] })}>
          {UNITS.map((unit) => [unit, t(`unit.${unit}`)])}
        </Choice>
        <label className="fl-field">
          {t('item.quantity')}
          <input
            type="number"
            required
            min={1}
            max={100_000}
            value={Number.isNaN(part.quantity) ? '' : part.quantity}
            onChange={(event) => change({ quantity: event.currentTarget.valueAsNumber })}
          />
        </label>
      </div>
      {item?.total && <strong className="fl-numeric">{format.money(item.total)}</strong>}
      {item?.problem && <p className="crm-review">{item.problem.message}</p>}
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  set(value: string): void;
  /** Values with what they are called. */
  children: [value: string, name: string][];
}

function Choice({ label, value, set, children }: ChoiceProps) {
  return (
    <label className="fl-field">
      {label}
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {children.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
