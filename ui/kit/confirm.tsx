import { Button } from '@mantine/core';
import { createContext, type FormEvent, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { useKitText } from './messages.ts';

export interface Question {
  title: string;
  text?: string;
  confirmLabel: string;
  /** Red button: what follows cannot be undone. */
  danger?: boolean;
  /** Asks for a reason, which must be given. */
  reasonLabel?: string;
}

/** Null: the person thought better of it. `reason` is empty unless it was asked for. */
export type Answer = { reason: string } | null;

const ConfirmContext = createContext<((question: Question) => Promise<Answer>) | null>(null);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const t = useKitText();
  const [question, setQuestion] = useState<Question | null>(null);
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState('');
  const settle = useRef<(answer: Answer) => void>(() => {});
  const ask = useCallback((next: Question) => {
    setQuestion(next);
    setReason('');
    setOpened(true);
    return new Promise<Answer>((resolve) => {
      settle.current = resolve;
    });
  }, []);
  const answer = (given: Answer) => {
    setOpened(false);
    settle.current(given);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    answer({ reason: reason.trim() });
  };
  return (
    <ConfirmContext.Provider value={ask}>
      {children}
      <Dialog opened={opened} onClose={() => answer(null)} title={question?.title ?? ''}>
        <form onSubmit={submit} className="fl-stack">
          {question?.text && <p>{question.text}</p>}
          {question?.reasonLabel && (
            <label className="fl-field">
              {question.reasonLabel}
              <textarea
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
                maxLength={500}
                rows={3}
                required
              />
            </label>
          )}
          <div className="fl-actions">
            <Button variant="default" onClick={() => answer(null)}>
              {t('action.back')}
            </Button>
            <Button
              type="submit"
              {...(question?.danger ? { className: 'fl-danger' } : {})}
              disabled={question?.reasonLabel !== undefined && reason.trim() === ''}
            >
              {question?.confirmLabel}
            </Button>
          </div>
        </form>
      </Dialog>
    </ConfirmContext.Provider>
  );
}

/** `const answer = await ask({ title, confirmLabel, reasonLabel })`; null when cancelled. */
export function useConfirm(): (question: Question) => Promise<Answer> {
  const ask = useContext(ConfirmContext);
  if (!ask) throw new Error('useConfirm needs mountFace around it');
  return ask;
}
