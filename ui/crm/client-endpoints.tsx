import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { WEBHOOK_TOPICS, WebhookEndpoint } from '#contracts/partners';
import {
  Chip,
  Dialog,
  Empty,
  ErrorNotice,
  Icon,
  InlineProblem,
  Loading,
  TextField,
  useConfirm,
  useToasts,
} from '#ui/kit';
import { useText } from './messages.ts';
import type { Secret } from './secret-notice.tsx';
import { useAct, useActAndTell } from './use-act.ts';
import { useEndpoints } from './use-clients.ts';

type Topic = (typeof WEBHOOK_TOPICS)[number];
type Endpoints = ReturnType<typeof useEndpoints>;

const EVERYTHING: readonly Topic[] = ['order.*', 'quote.*'];
const SINGLE: readonly Topic[] = [
  'order.submitted',
  'order.needs_review',
  'order.priced',
  'order.confirmed',
  'order.approved',
  'order.in_production',
  'order.produced',
  'order.packed',
  'order.shipped',
  'order.closed',
  'order.cancelled',
  'order.rejected',
  'order.amended',
  'quote.queued',
  'quote.ready',
  'quote.needs_review',
  'quote.failed',
];

interface EndpointsProps {
  clientId: string;
  tell(secret: Secret): void;
  showDeliveries(): void;
}

/** Where a client wants its events: add, try, pause, remove. */
export function ClientEndpoints({ clientId, tell, showDeliveries }: EndpointsProps) {
  const t = useText();
  const endpoints = useEndpoints(clientId);
  const [adding, setAdding] = useState(false);
  const { query } = endpoints;
  if (query.isPending) return <Loading />;
  if (query.error) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
  const added = (next: Secret) => {
    setAdding(false);
    tell(next);
  };
  return (
    <section className="fl-stack" aria-label={t('partners.tab_webhooks')}>
      <div className="fl-actions">
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
          {t('endpoints.add')}
        </Button>
      </div>
      {query.data.items.length === 0 && (
        <Empty icon="send" title={t('endpoints.none')} text={t('endpoints.none_hint')} />
      )}
      <ul className="crm-records">
        {query.data.items.map((endpoint) => (
          <EndpointRow key={endpoint.id} endpoint={endpoint} endpoints={endpoints} showDeliveries={showDeliveries} />
        ))}
      </ul>
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('endpoints.add')} width={560}>
        <AddEndpointForm endpoints={endpoints} added={added} />
      </Dialog>
    </section>
  );
}

interface RowProps {
  endpoint: WebhookEndpoint;
  endpoints: Endpoints;
  showDeliveries(): void;
}

function EndpointRow({ endpoint: { id, url, events, active }, endpoints, showDeliveries }: RowProps) {
  const t = useText();
  const ask = useConfirm();
  const toasts = useToasts();
  const { busy, act } = useActAndTell();
  const test = () =>
    act(async () => {
      await endpoints.test(id);
      toasts.show({ tone: 'good', text: t('endpoints.tested') });
      showDeliveries();
    });
  const remove = async () => {
    const question = { title: t('endpoints.remove_title'), text: url };
    if (!(await ask({ ...question, confirmLabel: t('endpoints.remove'), danger: true }))) return;
    await act(() => endpoints.remove(id));
  };
  const toggle = () =>
    act(async () => {
      await endpoints.setActive(id, !active);
    });
  return (
    <li className="crm-record">
      <div className="crm-record-head">
        <code className="fl-mono">{url}</code>
        <Chip {...(active ? { tone: 'good', icon: 'check' } : { tone: 'wait', icon: 'pause' })}>
          {t(active ? 'endpoints.active' : 'endpoints.paused')}
        </Chip>
      </div>
      <p className="fl-soft">{events.join(', ')}</p>
      <div className="crm-actions">
        <Button size="xs" variant="default" disabled={busy || !active} onClick={() => void test()}>
          {t('endpoints.test')}
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={() => void toggle()}>
          {t(active ? 'endpoints.pause' : 'endpoints.resume')}
        </Button>
        <Button size="xs" variant="default" className="crm-final" disabled={busy} onClick={() => void remove()}>
          {t('endpoints.remove')}
        </Button>
      </div>
    </li>
  );
}

function AddEndpointForm({ endpoints, added }: { endpoints: Endpoints; added(secret: Secret): void }) {
  const t = useText();
  const { busy, problem, act } = useAct();
  const [url, setUrl] = useState('');
  const [topics, setTopics] = useState<readonly Topic[]>(['order.*']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const { endpoint, secret } = await endpoints.create(url.trim(), topics);
      added({ name: endpoint.url, secret });
    });
  };
  const toggle = (topic: Topic, isOn: boolean) =>
    setTopics((now) => (isOn ? [...now, topic] : now.filter((one) => one !== topic)));
  const box = (topic: Topic, label: string | null) => (
    <label key={topic} className="crm-check">
      <input
        type="checkbox"
        checked={topics.includes(topic)}
        onChange={(event) => toggle(topic, event.currentTarget.checked)}
      />
      <span>
        {label} <code className="fl-mono">{topic}</code>
      </span>
    </label>
  );
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField
        type="url"
        label={t('endpoints.url')}
        hint={t('endpoints.url_hint')}
        required
        maxLength={500}
        autoComplete="off"
        value={url}
        onChange={setUrl}
      />
      <fieldset className="crm-choice">
        <legend>{t('endpoints.events')}</legend>
        {EVERYTHING.map((topic) => box(topic, t(topic === 'order.*' ? 'endpoints.orders' : 'endpoints.quotes')))}
        <details className="crm-topics">
          <summary>{t('endpoints.single')}</summary>
          <div>{SINGLE.map((topic) => box(topic, null))}</div>
        </details>
      </fieldset>
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={url.trim() === '' || topics.length === 0}>
          {t('endpoints.add')}
        </Button>
      </div>
    </form>
  );
}
