import { ErrorNotice, Icon, Loading } from '#ui/kit';
import { ClientDeliveries } from './client-deliveries.tsx';
import { ClientEndpoints } from './client-endpoints.tsx';
import { ClientKeys } from './client-keys.tsx';
import { ClientSettings } from './client-settings.tsx';
import { ClientState } from './client-state.tsx';
import { useText } from './messages.ts';
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
  if (client.isPending) return <Loading />;
  if (client.error) return <ErrorNotice error={client.error} retry={() => void client.refetch()} />;
  const shown: Tab = TABS.find((one) => one === tab) ?? 'keys';
  return (
    <section className="crm-peek crm-panel" aria-label={client.data.name}>
      <div className="crm-peek-head">
        <h2>
          {client.data.name} <ClientState state={client.data.state} />
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
      <p className="fl-soft crm-break">
        {t('partners.id')} <code className="fl-mono">{clientId}</code>
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks */}
      <div className="crm-switch crm-tabs" role="group" aria-label={t('partners.tabs')}>
        {TABS.map((one) => (
          <button key={one} type="button" aria-pressed={one === shown} onClick={() => go({ tab: one })}>
            {t(`partners.tab_${one}`)}
          </button>
        ))}
      </div>
      {shown === 'keys' && <ClientKeys clientId={clientId} />}
      {shown === 'webhooks' && (
        <ClientEndpoints clientId={clientId} showDeliveries={() => go({ tab: 'deliveries', state: undefined })} />
      )}
      {shown === 'deliveries' && (
        <ClientDeliveries clientId={clientId} state={state} setState={(next) => go({ state: next })} />
      )}
      {shown === 'settings' && <ClientSettings client={client.data} />}
    </section>
  );
}
