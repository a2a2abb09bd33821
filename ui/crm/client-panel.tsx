import { useState } from 'react';
import { ErrorNotice, Icon, Loading } from '#ui/kit';
import { ClientDeliveries } from './client-deliveries.tsx';
import { ClientEndpoints } from './client-endpoints.tsx';
import { ClientKeys } from './client-keys.tsx';
import { ClientSettings } from './client-settings.tsx';
import { ClientState } from './client-state.tsx';
import { useText } from './messages.ts';
import { type Secret, SecretNotice } from './secret-notice.tsx';
import { useClient } from './use-clients.ts';

const TABS = ['keys', 'webhooks', 'deliveries', 'settings'] as const;
type Tab = (typeof TABS)[number];

interface PanelProps {
  clientId: string;
  tab: string | undefined;
  /** Of the delivery log. */
  state: string | undefined;
  go(change: { tab?: string | undefined; state?: string | undefined; client?: string | undefined }): void;
}

/** One client: its keys, where its events go, what was sent, its limits. */
export function ClientPanel({ clientId, tab, state, go }: PanelProps) {
  const t = useText();
  const client = useClient(clientId);
  const [secret, tell] = useState<Secret | null>(null);
  const shown: Tab = TABS.find((one) => one === tab) ?? 'keys';
  return (
    <section className="crm-peek crm-panel" aria-label={t('partners.panel')}>
      <div className="crm-peek-head">
        <h2>
          {client.data?.name ?? t('partners.panel')} {client.data && <ClientState state={client.data.state} />}
        </h2>
        <button
          type="button"
          className="fl-icon-button"
          aria-label={t('peek.close')}
          onClick={() => go({ client: undefined, tab: undefined, state: undefined })}
        >
          <Icon name="close" />
        </button>
      </div>
      {client.isPending && <Loading />}
      {client.error && !client.data && <ErrorNotice error={client.error} retry={() => void client.refetch()} />}
      {client.data && (
        <>
          <p className="fl-soft crm-break">
            {t('partners.id')} <code className="fl-mono">{clientId}</code>
          </p>
          {secret && <SecretNotice {...secret} done={() => tell(null)} />}
          <Tabs shown={shown} show={(next) => go({ tab: next })} />
          {shown === 'keys' && <ClientKeys clientId={clientId} tell={tell} />}
          {shown === 'webhooks' && (
            <ClientEndpoints
              clientId={clientId}
              tell={tell}
              showDeliveries={() => go({ tab: 'deliveries', state: undefined })}
            />
          )}
          {shown === 'deliveries' && (
            <ClientDeliveries clientId={clientId} state={state} setState={(next) => go({ state: next })} />
          )}
          {shown === 'settings' && <ClientSettings client={client.data} />}
        </>
      )}
    </section>
  );
}

function Tabs({ shown, show }: { shown: Tab; show(tab: Tab): void }) {
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks
    <div className="crm-switch crm-tabs" role="group" aria-label={t('partners.tabs')}>
      {TABS.map((one) => (
        <button key={one} type="button" aria-pressed={one === shown} onClick={() => show(one)}>
          {t(`partners.tab_${one}`)}
        </button>
      ))}
    </div>
  );
}
