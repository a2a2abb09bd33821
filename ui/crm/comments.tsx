import { Button } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import type { OrderCard } from '#contracts/crm';
import { newCommandId, useApi, useFormat, useShortcuts, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import type { OrderInHand } from './use-order-card.ts';

/** What colleagues tell each other about the order; buyers never see it. */
export function Comments({ card, inHand }: { card: OrderCard; inHand: OrderInHand }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className="fl-card crm-comments">
      <div className="crm-section-head">
        <h2>{t('comments.title')}</h2>
        <span className="fl-soft">{t('comments.private')}</span>
      </div>
      <ul>
        {card.comments.map((comment) => (
          <li key={comment.id}>
            <p>
              <strong>{comment.author.name}</strong>{' '}
              <time className="fl-soft" dateTime={comment.at} title={format.dateTime(comment.at)}>
                {format.relative(comment.at)}
              </time>
            </p>
            <p className="crm-comment-text">{comment.text}</p>
          </li>
        ))}
      </ul>
      <CommentForm orderId={card.order.id} done={inHand.refresh} />
    </section>
  );
}

function CommentForm({ orderId, done }: { orderId: string; done(): Promise<void> }) {
  const t = useText();
  const api = useApi();
  const toasts = useToasts();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useShortcuts([{ id: 'crm.comment', keys: 'KeyM', title: t('comments.write'), run: () => field.current?.focus() }]);
  const send = async () => {
    if (text.trim() === '' || busy) return;
    setBusy(true);
    try {
      await api.command(paths.comments(orderId), { commandId: newCommandId(), text: text.trim() });
      setText('');
      await done();
    } catch (error) {
      toasts.showProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
  };
  return (
    <form
      className="crm-comment-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void send();
      }}
    >
      <label className="fl-field">
        <span className="crm-hidden">{t('comments.write')}</span>
        <textarea
          ref={field}
          rows={2}
          maxLength={4000}
          value={text}
          placeholder={t('comments.placeholder')}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </label>
      <Button type="submit" variant="default" disabled={text.trim() === '' || busy}>
        {t('comments.send')}
      </Button>
    </form>
  );
}
