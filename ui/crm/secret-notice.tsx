import { Button } from '@mantine/core';
import { Icon, useToasts } from '#ui/kit';
import { useText } from './messages.ts';

export interface Secret {
  /** What it belongs to. */
  name: string;
  secret: string;
}

/** A secret that the server tells only once: it stays until somebody says that it is stored. */
export function SecretNotice({ name, secret, done }: Secret & { done(): void }) {
  const t = useText();
  const toasts = useToasts();
  const copy = () =>
    navigator.clipboard.writeText(secret).then(
      () => toasts.show({ tone: 'good', text: t('secret.copied') }),
      () => toasts.show({ tone: 'bad', text: t('secret.not_copied') }),
    );
  return (
    <div className="crm-secret" role="status">
      <p>
        <strong>{t('secret.title', { name })}</strong> {t('secret.once')}
      </p>
      <code className="fl-mono">{secret}</code>
      <div className="crm-actions">
        <Button size="xs" leftSection={<Icon name="document" size={16} />} onClick={() => void copy()}>
          {t('secret.copy')}
        </Button>
        <Button size="xs" variant="default" onClick={done}>
          {t('secret.done')}
        </Button>
      </div>
    </div>
  );
}
