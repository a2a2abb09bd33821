import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Delivery } from '#contracts/partners';
import { Chip, Empty, ErrorNotice, Loading, type Look, useConfirm, useFormat, useKitText, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { useActAndTell } from './use-act.ts';
import { useDeliveries, useDelivery, useEndpoints, useResend } from './use-clients.ts';

const LOOKS: Record<Delivery['state'], Look> = {
  pending: { tone: 'info', icon: 'hourglass' },
  delivered: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'alert' },
};
const STATES = ['pending', 'delivered', 'failed'] as const;

interface LogProps {
  clientId: string;
  state: string | undefined;
  setState(state: string | undefined): void;
}

/** What was sent to the client's endpoints, and what came of it. */
export function ClientDeliveries({ clientId, state, setState }: LogProps) {
  const t = useText();
  const kit = useKitText();
  const log = useDeliveries(clientId, state);
  const endpoints = useEndpoints(clientId).query.data?.items ?? [];
  const urlOf = (delivery: Delivery) => endpoints.find(({ id }) => id === delivery.endpointId)?.url ?? '';
  return (
    <section className="fl-stack" aria-label={t('partners.tab_deliveries')}>
      <div>
        <select
          className="crm-select"
          aria-label={t('deliveries.state')}
          value={state ?? ''}
          onChange={(event) => setState(event.currentTarget.value || undefined)}
        >
          <option value="">{t('deliveries.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t(`deliveries.${one}`)}
            </option>
          ))}
        </select>
      </div>
      {log.isPending && <Loading />}
      {log.error && log.items.length === 0 && <ErrorNotice error={log.error} retry={() => void log.refetch()} />}
      {log.isSuccess && log.items.length === 0 && (
        <Empty icon="send" title={t('deliveries.none')} text={t('deliveries.none_hint')} />
      )}
      <ul className="crm-records">
        {log.items.map((delivery) => (
          <DeliveryRow key={delivery.id} clientId={clientId} delivery={delivery} url={urlOf(delivery)} />
        ))}
      </ul>
      {log.hasNextPage && (
        <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {kit('list.more')}
        </Button>
      )}
    </section>
  );
}

function DeliveryRow({ clientId, delivery, url }: { clientId: string; delivery: Delivery; url: string }) {
  const t = useText();
  const format = useFormat();
  const ask = useConfirm();
  const toasts = useToasts();
  const resend = useResend(clientId);
  const { busy, act } = useActAndTell();
  const [opened, setOpened] = useState(false);
  const { id, type, state, attempts, createdAt, dueAt, lastStatus, lastError } = delivery;
  const again = async () => {
    const question = { title: t('deliveries.resend_title'), text: url, confirmLabel: t('deliveries.resend') };
    if (state === 'delivered' && !(await ask(question))) return;
    await act(async () => {
      await resend(id);
      toasts.show({ tone: 'good', text: t('deliveries.resent') });
    });
  };
  return (
    <li className="crm-record">
      <div className="crm-record-head">
        <code className="fl-mono">{type}</code>
        <Chip {...LOOKS[state]}>{t(`deliveries.${state}`)}</Chip>
      </div>
      <p className="fl-soft crm-break">{url}</p>
      <p className="fl-soft">
        {format.dateTime(createdAt)} · {t('deliveries.attempts', { count: attempts })}
        {lastStatus !== null && ` · HTTP ${lastStatus}`}
        {dueAt && ` · ${t('deliveries.next', { age: format.relative(dueAt) })}`}
      </p>
      {lastError && state !== 'delivered' && <p className="crm-break fl-mono">{lastError}</p>}
      <div className="crm-actions">
        <Button size="xs" variant="default" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          {t(opened ? 'deliveries.hide' : 'deliveries.show')}
        </Button>
        {(state !== 'pending' || attempts > 0) && (
          <Button size="xs" variant="default" loading={busy} onClick={() => void again()}>
            {t('deliveries.resend')}
          </Button>
        )}
      </div>
      {opened && <DeliveryDetails clientId={clientId} delivery={delivery} />}
    </li>
  );
}

function DeliveryDetails({ clientId, delivery }: { clientId: string; delivery: Delivery }) {
  const t = useText();
  const format = useFormat();
  const card = useDelivery(clientId, delivery);
  if (card.isPending) return <Loading />;
  if (card.error) return <ErrorNotice error={card.error} retry={() => void card.refetch()} />;
  const { payload, log } = card.data;
  return (
    <div className="crm-delivery-card">
      {log.map(({ attempt, at, milliseconds, status, error, answer }) => (
        <div key={`${attempt} ${at}`}>
          <p>
            {t('deliveries.attempt', { attempt, at: format.dateTime(at) })}{' '}
            <span className="fl-soft">
              {status === null ? '' : `HTTP ${status}, `}
              {t('deliveries.took', { count: milliseconds })}
            </span>
          </p>
          {error && <p className="crm-break fl-mono">{error}</p>}
          {answer && <Text label={t('deliveries.answer', { attempt })} text={answer} />}
        </div>
      ))}
      <Text label={t('deliveries.payload')} text={pretty(payload)} />
    </div>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  return (
    <figure className="crm-text">
      <figcaption className="fl-soft">{label}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
    </figure>
  );
}

/** As it was sent when it is no JSON. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
