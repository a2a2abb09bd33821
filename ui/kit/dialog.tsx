import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from './icons.tsx';
import { useKitText } from './messages.ts';

export interface DialogProps {
  opened: boolean;
  onClose(): void;
  title: string;
  /** Pixels at most. */
  width?: number;
  children: ReactNode;
}

/** The browser's own modal dialog: focus stays inside, Esc and a click beside it close it. */
export function Dialog({ opened, onClose, title, width = 480, children }: DialogProps) {
  const t = useKitText();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open === opened) return;
    if (!opened) return element.close();
    element.showModal();
    // The browser would begin with the close button.
    element.querySelector<HTMLElement>('.fl-dialog-body :is(input, textarea, select, [type="submit"])')?.focus();
  }, [opened]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the keyboard's way to close it
    <dialog
      ref={dialog}
      className="fl-dialog"
      style={{ width: `min(${width}px, calc(100vw - 32px))` }}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {opened && (
        <div className="fl-dialog-inside">
          <header className="fl-dialog-head">
            <h2 id={titleId}>{title}</h2>
            <button type="button" className="fl-icon-button" aria-label={t('action.close')} onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
          <div className="fl-dialog-body">{children}</div>
        </div>
      )}
    </dialog>
  );
}
