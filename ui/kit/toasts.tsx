import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { Icon } from './icons.tsx';
import { useKitText } from './messages.ts';
import { useProblemText } from './problems.tsx';

export interface Toast {
  text: string;
  tone?: 'good' | 'bad' | 'calm';
  /** Offers to take it back for as long as the toast is there. */
  undo?: () => void;
}

const STAY_MS = 8_000;

interface Toasts {
  show(toast: Toast): void;
  /** Shows a failed action's reason. */
  showProblem(error: unknown): void;
}

const ToastContext = createContext<Toasts | null>(null);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<(Toast & { id: string })[]>([]);
  const problemText = useProblemText();
  const show = useCallback((toast: Toast) => {
    setShown((now) => [...now.slice(-2), { ...toast, id: crypto.randomUUID() }]);
  }, []);
  const drop = useCallback((id: string) => setShown((now) => now.filter((toast) => toast.id !== id)), []);
  const value = useMemo<Toasts>(
    () => ({
      show,
      showProblem(error) {
        const { title, hint } = problemText(error);
        show({ tone: 'bad', text: hint ? `${title}. ${hint}` : title });
      },
    }),
    [show, problemText],
  );
  return (
    <ToastContext.Provider value={value}>
      {children}
      <div className="fl-toasts" role="status" aria-live="polite">
        {shown.map((toast) => (
          <ToastRow key={toast.id} toast={toast} drop={() => drop(toast.id)} />
        ))}
      </div>
    </ToastContext.Provider>
  );
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext);
  if (!toasts) throw new Error('useToasts needs mountFace around it');
  return toasts;
}

function ToastRow({ toast, drop }: { toast: Toast; drop: () => void }) {
  const t = useKitText();
  const [held, setHeld] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the timer belongs to this toast, not to the parent's render
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(drop, STAY_MS);
    return () => clearTimeout(timer);
  }, [held]);
  const tone = toast.tone ?? 'calm';
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hovering only keeps it on screen; nothing is hidden behind it
    <div className={`fl-toast fl-toast-${tone}`} onMouseEnter={() => setHeld(true)} onMouseLeave={() => setHeld(false)}>
      <Icon name={tone === 'good' ? 'check' : tone === 'bad' ? 'alert' : 'clock'} />
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          className="fl-link"
          onClick={() => {
            toast.undo?.();
            drop();
          }}
        >
          {t('action.undo')}
        </button>
      )}
      <button type="button" className="fl-icon-button" aria-label={t('action.dismiss')} onClick={drop}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
