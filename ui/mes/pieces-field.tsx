import { useId } from 'react';
import { Icon } from '#ui/kit';

export interface PiecesFieldProps {
  label: string;
  value: number;
  least?: number;
  most: number;
  autoFocus?: boolean;
  onChange(value: number): void;
}

/** A number of pieces for gloved fingers: large steps beside the figure. */
export function PiecesField({ label, value, least = 0, most, autoFocus = false, onChange }: PiecesFieldProps) {
  const inputId = useId();
  const set = (wanted: number) => onChange(Math.min(most, Math.max(least, Math.round(wanted) || 0)));
  return (
    <div className="fl-field">
      <label htmlFor={inputId}>{label}</label>
      <div className="mes-pieces-field">
        <button type="button" aria-label={`${label} −1`} disabled={value <= least} onClick={() => set(value - 1)}>
          <Icon name="minus" />
        </button>
        <input
          id={inputId}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to enter this figure
          autoFocus={autoFocus}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => set(event.currentTarget.valueAsNumber)}
        />
        <button type="button" aria-label={`${label} +1`} disabled={value >= most} onClick={() => set(value + 1)}>
          <Icon name="plus" />
        </button>
      </div>
    </div>
  );
}
