import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Catalogue } from '#contracts/pricing';
import { Icon, useFormat, useLanguage } from '#ui/kit';
import { useText } from './messages.ts';
import { onLeave } from './on-leave.ts';
import { UNITS, type Unit } from './units.ts';
import { type Choice, MOST_PIECES, type Part, piecesOf } from './workspace.ts';

interface PartFormProps {
  part: Part;
  catalogue: Catalogue;
  choose(choice: Partial<Choice>): void;
}

/** Everything a buyer decides about one part; each change re-prices at once. */
export function PartForm({ part, catalogue, choose }: PartFormProps) {
  const t = useText();
  const language = useLanguage();
  const material = catalogue.materials.find(({ id }) => id === part.material) ?? catalogue.materials[0];
  return (
    <div className="shop-form">
      <Materials part={part} catalogue={catalogue} choose={choose} />
      <div className="shop-form-row">
        <label className="fl-field shop-form-wide">
          {t('part.finish')}
          <select
            value={part.finish || material?.finishes[0]?.id}
            onChange={(event) => choose({ finish: event.currentTarget.value })}
          >
            {material?.finishes.map((finish) => (
              <option key={finish.id} value={finish.id}>
                {finish.name[language]}
              </option>
            ))}
          </select>
        </label>
        <Quantity value={part.quantity} impossible={part.impossibleQuantity} choose={choose} />
        <label className="fl-field">
          {t('part.unit')}
          <select value={part.unit} onChange={(event) => choose({ unit: event.currentTarget.value as Unit })}>
            {UNITS.map((unit) => (
              <option key={unit} value={unit}>
                {t(`unit.${unit}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Note kept={part.note} keep={(note) => choose({ note })} />
    </div>
  );
}

const KEEP_NOTE_AFTER_MS = 400;

/** The note to the maker, kept while it is written: whoever reloads or leaves loses none of it. */
function Note({ kept, keep }: { kept: string; keep: (note: string) => void }) {
  const t = useText();
  const [typed, setTyped] = useState(kept);
  const latest = useRef(() => {});
  latest.current = () => {
    if (typed !== kept) keep(typed);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: every key starts the pause anew
  useEffect(() => {
    const timer = setTimeout(() => latest.current(), KEEP_NOTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => {
    const now = () => flushSync(() => latest.current());
    const unfollow = onLeave(now, true);
    return () => {
      unfollow();
      latest.current();
    };
  }, []);
  return (
    <label className="fl-field">
      {t('part.note')}
      <textarea
        rows={2}
        maxLength={2000}
        placeholder={t('part.note_hint')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => latest.current()}
      />
    </label>
  );
}

function Materials({ part, catalogue, choose }: PartFormProps): ReactNode {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const group = useId();
  return (
    <fieldset className="shop-materials">
      <legend>{t('part.material')}</legend>
      {catalogue.materials.map((material) => (
        <label key={material.id} className="shop-material">
          <input
            type="radio"
            name={group}
            checked={material.id === part.material}
            onChange={() => choose({ material: material.id, finish: '' })}
          />
          <span className={`shop-swatch shop-swatch-${material.id}`} aria-hidden="true" />
          <span>
            <strong>{material.name[language]}</strong>
            <small>{t('part.wall', { mm: format.number(material.minimumWallMm, 2) })}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface QuantityProps {
  value: number;
  /** What is typed instead, where it is no number of pieces. */
  impossible: string | null;
  choose: PartFormProps['choose'];
}

function Quantity({ value, impossible, choose }: QuantityProps) {
  const t = useText();
  const id = useId();
  const set = (typed: string) => {
    const quantity = piecesOf(typed);
    choose(quantity === null ? { impossibleQuantity: typed } : { quantity, impossibleQuantity: null });
  };
  const invalid = impossible !== null;
  return (
    <div className="fl-field">
      <label htmlFor={id}>{t('part.quantity')}</label>
      <div className="shop-quantity">
        <button type="button" aria-label={t('part.fewer')} disabled={value <= 1} onClick={() => set(String(value - 1))}>
          <Icon name="minus" size={16} />
        </button>
        <input
          id={id}
          inputMode="numeric"
          value={impossible ?? String(value)}
          aria-invalid={invalid}
          aria-describedby={invalid ? `${id}-problem` : undefined}
          onChange={(event) => set(event.currentTarget.value)}
        />
        <button
          type="button"
          aria-label={t('part.more')}
          disabled={value >= MOST_PIECES}
          onClick={() => set(String(value + 1))}
        >
          <Icon name="plus" size={16} />
        </button>
      </div>
      {invalid && (
        <p id={`${id}-problem`} className="shop-invalid" role="alert">
          {t('part.quantity_problem')}
        </p>
      )}
    </div>
  );
}
