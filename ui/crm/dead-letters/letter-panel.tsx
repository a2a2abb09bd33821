import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useConfirm, useFormat, useToasts } from '#ui/kit';
import { PanelHead } from '../panel-head.tsx';
import { useActAndTell } from '../use-act.ts';
import { useLetterText } from './messages.ts';
import { type Letter, useLetterActions } from './use-dead-letters.ts';

interface LetterPanelProps {
  letter: Letter;
  /** All of the same consumer, newest first, this one too. */
  fellows: readonly Letter[];
  close(): void;
}

/** One dead letter: what it is, why it died, its content when asked for, and what may be done. */
export function LetterPanel({ letter, fellows, close }: LetterPanelProps) {
  const t = useLetterText();
  const format = useFormat();
  const toasts = useToasts();
  const ask = useConfirm();
  const actions = useLetterActions();
  const { busy, act } = useActAndTell();
  const [data, setData] = useState<unknown>(undefined);
  const { consumer, type, key, occurredAt, diedAt, reason } = letter;
  const replay = (letters: readonly Letter[]) =>
    act(async () => {
      await actions.replay(letters);
      toasts.show({ tone: 'good', text: t('act.replayed', { count: letters.length, consumer }) });
      close();
    });
  const discard = async () => {
    const answer = await ask({
      title: t('act.discard_title'),
      text: t('act.discard_text'),
      confirmLabel: t('act.discard'),
      reasonLabel: t('act.discard_reason'),
      danger: true,
    });
    if (!answer) return;
    await act(async () => {
      await actions.discard(letter, answer.reason);
      toasts.show({ tone: 'good', text: t('act.discarded') });
      close();
    });
  };
  return (
    <section className="crm-peek crm-panel" aria-label={`${consumer} ${type}`}>
      <PanelHead close={close}>{consumer}</PanelHead>
      <div className="fl-stack">
        <dl className="crm-facts">
          <Fact name={t('panel.what')} value={type} />
          <Fact name={t('panel.about')} value={key} />
          <Fact name={t('panel.occurred')} value={format.dateTime(occurredAt)} />
          <Fact name={t('panel.died')} value={`${format.dateTime(diedAt)}, ${format.relative(diedAt)}`} />
          <Fact name={t('panel.reason')} value={reason} />
        </dl>
        {type.startsWith('order.') && (
          <p>
            <Link to="/orders/$orderId" params={{ orderId: key }}>
              {t('panel.order')}
            </Link>
          </p>
        )}
        <div className="crm-actions">
          <Button loading={busy} onClick={() => void replay([letter])}>
            {t('act.replay')}
          </Button>
          {fellows.length > 1 && (
            <Button variant="default" disabled={busy} onClick={() => void replay(fellows)}>
              {t('act.replay_all', { count: fellows.length, consumer })}
            </Button>
          )}
          <Button variant="subtle" className="crm-final" disabled={busy} onClick={() => void discard()}>
            {t('act.discard')}
          </Button>
        </div>
        <div className="crm-group">
          {data === undefined ? (
            <>
              <p className="fl-soft">{t('panel.open_hint')}</p>
              <div>
                <Button
                  variant="default"
                  disabled={busy}
                  onClick={() => void act(async () => setData((await actions.open(letter)).data))}
                >
                  {t('panel.open')}
                </Button>
              </div>
            </>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
            <section className="crm-letter" aria-label={t('panel.content')} tabIndex={0}>
              <pre>{JSON.stringify(data, null, 2)}</pre>
            </section>
          )}
        </div>
      </div>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
