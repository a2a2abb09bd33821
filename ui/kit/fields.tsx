import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import { Icon } from './icons.tsx';
import { useKitText } from './messages.ts';

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
  label: string;
  /** Below the label: what is expected. */
  hint?: string;
  value: string;
  onChange(value: string): void;
}

/** A labelled text input. */
export function TextField({ label, hint, onChange, ...input }: FieldProps) {
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => <input {...ids} {...input} onChange={(event) => onChange(event.currentTarget.value)} />}
    </Labelled>
  );
}

/** A password that can be looked at. */
export function PasswordField({ label, hint, onChange, ...input }: FieldProps) {
  const t = useKitText();
  const [shown, setShown] = useState(false);
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => (
        <span className="fl-password">
          <input
            {...ids}
            {...input}
            type={shown ? 'text' : 'password'}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          <button
            type="button"
            className="fl-icon-button"
            aria-label={t('form.show_password')}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            <Icon name="eye" />
          </button>
        </span>
      )}
    </Labelled>
  );
}

interface LabelledProps {
  label: string;
  hint: string | undefined;
  children(ids: { id: string; 'aria-describedby'?: string }): ReactNode;
}

function Labelled({ label, hint, children }: LabelledProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className="fl-field">
      <label htmlFor={id}>{label}</label>
      {hint && (
        <small id={hintId} className="fl-soft">
          {hint}
        </small>
      )}
      {children(hint ? { id, 'aria-describedby': hintId } : { id })}
    </div>
  );
}
