import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Client, ClientLimits } from '#contracts/partners';
import { InlineProblem, TextField, useConfirm, useFormat, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { useAct, useActAndTell } from './use-act.ts';
import { useClientActions, useUsage } from './use-clients.ts';

/** As the contract bounds them. */
const BOUNDS: Record<keyof ClientLimits, { min: number; max: number }> = {
  requestsPerMinute: { min: 1, max: 1_000_000 },
  burst: { min: 1, max: 100_000 },
  modelsPerDay: { min: 0, max: 10_000_000 },
  quotesPerDay: { min: 0, max: 10_000_000 },
  ordersPerDay: { min: 0, max: 10_000_000 },
};
const NAMES = Object.keys(BOUNDS) as (keyof ClientLimits)[];

/** A client's name, limits, what it has used today, and whether it is served at all. */
export function ClientSettings({ client }: { client: Client }) {
  return (
    <div className="fl-stack">
      <UsageToday clientId={client.id} />
      <LimitsForm key={`${client.name} ${JSON.stringify(client.limits)}`} client={client} />
      <ServingSwitch client={client} />
    </div>
  );
}

function UsageToday({ clientId }: { clientId: string }) {
  const t = useText();
  const format = useFormat();
  const { data } = useUsage(clientId);
  if (!data) return null;
  const { models, quotes, orders, limits } = data;
  const rows = [
    { label: t('usage.models'), used: models, most: limits.modelsPerDay },
    { label: t('usage.quotes'), used: quotes, most: limits.quotesPerDay },
    { label: t('usage.orders'), used: orders, most: limits.ordersPerDay },
  ];
  return (
    <section className="crm-group">
      <h3>{t('usage.title')}</h3>
      <dl className="crm-facts">
        {rows.map(({ label, used, most }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{t('usage.of', { used: format.number(used), most: format.number(most) })}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function LimitsForm({ client }: { client: Client }) {
  const t = useText();
  const toasts = useToasts();
  const { change } = useClientActions();
  const { busy, problem, act } = useAct();
  const [name, setName] = useState(client.name);
  const [limits, setLimits] = useState<Record<keyof ClientLimits, string>>(
    () =>
      Object.fromEntries(NAMES.map((one) => [one, String(client.limits[one])])) as Record<keyof ClientLimits, string>,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = Object.fromEntries(NAMES.map((one) => [one, Number(limits[one])])) as unknown as ClientLimits;
    void act(async () => {
      await change(client.id, { name: name.trim(), limits: wanted });
      toasts.show({ tone: 'good', text: t('partners.saved', { name: name.trim() }) });
    });
  };
  return (
    <form className="fl-stack crm-group" onSubmit={submit}>
      <TextField label={t('partners.name')} required maxLength={200} value={name} onChange={setName} />
      <div className="crm-four">
        {NAMES.map((one) => (
          <TextField
            key={one}
            type="number"
            inputMode="numeric"
            step={1}
            required
            {...BOUNDS[one]}
            label={t(`limit.${one}`)}
            value={limits[one]}
            onChange={(value) => setLimits((now) => ({ ...now, [one]: value }))}
          />
        ))}
      </div>
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={name.trim() === ''}>
          {t('partners.save')}
        </Button>
      </div>
    </form>
  );
}

function ServingSwitch({ client: { id, name, state } }: { client: Client }) {
  const t = useText();
  const ask = useConfirm();
  const toasts = useToasts();
  const { change } = useClientActions();
  const { busy, act } = useActAndTell();
  const become = (next: Client['state']) =>
    act(async () => {
      await change(id, { state: next });
      toasts.show({ tone: 'good', text: t(`partners.now_${next}`, { name }) });
    });
  const suspend = async () => {
    const question = { title: t('partners.suspend_title', { name }), text: t('partners.suspend_hint') };
    if (await ask({ ...question, confirmLabel: t('partners.suspend'), danger: true })) await become('suspended');
  };
  return (
    <div className="crm-group">
      <p className="fl-soft">{t('partners.suspend_hint')}</p>
      <div>
        {state === 'active' ? (
          <Button variant="default" className="crm-final" loading={busy} onClick={() => void suspend()}>
            {t('partners.suspend')}
          </Button>
        ) : (
          <Button loading={busy} onClick={() => void become('active')}>
            {t('partners.resume')}
          </Button>
        )}
      </div>
    </div>
  );
}
