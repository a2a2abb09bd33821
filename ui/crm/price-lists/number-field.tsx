import { useEffect, useState } from 'react';
import { TextField } from '#ui/kit';
import { parsePlain, parseRate, plainText, rateText } from './rate-text.ts';

const KINDS = {
  /** Minor units, written in major ones. */
  rate: { show: rateText, read: parseRate },
  plain: { show: plainText, read: parsePlain },
  /** A share, written in per cent. */
  percent: { show: (share: number) => plainText(share * 100), read: (text: string) => parsePlain(text) / 100 },
} as const;

interface NumberFieldProps {
  label: string;
  kind?: keyof typeof KINDS;
  value: number;
  onChange(value: number): void;
  required?: boolean;
  hint?: string;
}

/** A number that may be written with a comma; what is no number is marked and held back. */
export function NumberField({ label, kind = 'plain', value, onChange, required = true, hint }: NumberFieldProps) {
  const { show, read } = KINDS[kind];
  const [text, setText] = useState(() => show(value));
  // Another value from outside replaces the text; what was typed here stays as it was typed.
  useEffect(() => {
    setText((now) => (Object.is(read(now), value) ? now : show(value)));
  }, [value, read, show]);
  const wrong = Number.isNaN(read(text)) && (required || text.trim() !== '');
  return (
    <TextField
      label={label}
      {...(hint ? { hint } : {})}
      inputMode="decimal"
      autoComplete="off"
      aria-invalid={wrong}
      value={text}
      onChange={(typed) => {
        setText(typed);
        const number = read(typed);
        if (!Number.isNaN(number)) onChange(number);
      }}
    />
  );
}
