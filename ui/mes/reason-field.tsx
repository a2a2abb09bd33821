import type { MesKey } from './messages.en.ts';
import { useText } from './messages.ts';

const COMMON = [
  'reason.chipped',
  'reason.porous',
  'reason.warped',
  'reason.size',
  'reason.surface',
] as const satisfies readonly MesKey[];

/** A reason in words; the usual ones are one tap away. */
export function ReasonField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(text: string): void;
}) {
  const t = useText();
  return (
    <div className="fl-stack mes-reason-field">
      <label className="fl-field">
        {label}
        <textarea
          value={value}
          rows={2}
          maxLength={500}
          required
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </label>
      <div className="mes-quick">
        {COMMON.map((key) => (
          <button key={key} type="button" aria-pressed={value === t(key)} onClick={() => onChange(t(key))}>
            {t(key)}
          </button>
        ))}
      </div>
    </div>
  );
}
