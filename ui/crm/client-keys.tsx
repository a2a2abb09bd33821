import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { ApiKey } from '#contracts/identity';
import type { PartnerScope } from '#contracts/partners';
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
  useFormat,
  useToasts,
} from '#ui/kit';
import { useText } from './messages.ts';
import type { Secret } from './secret-notice.tsx';
import { useAct, useActAndTell } from './use-act.ts';
import { useKeys } from './use-clients.ts';

const SCOPES: readonly PartnerScope[] = ['read', 'models:write', 'quotes:write', 'orders:write'];
const OVERLAPS = [
  { seconds: 24 * 3600, label: 'keys.overlap_day' },
  { seconds: 7 * 24 * 3600, label: 'keys.overlap_week' },
  { seconds: 0, label: 'keys.overlap_none' },
] as const;

type Keys = ReturnType<typeof useKeys>;

/** A client's API keys: make, exchange, revoke. */
export function ClientKeys({ clientId, tell }: { clientId: string; tell(secret: Secret): void }) {
  const t = useText();
  const keys = useKeys(clientId);
  const [making, setMaking] = useState(false);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const made = (next: Secret) => {
    setMaking(false);
    setRotating(null);
    tell(next);
  };
  if (keys.query.isPending) return <Loading />;
  if (keys.query.error) return <ErrorNotice error={keys.query.error} retry={() => void keys.query.refetch()} />;
  const { items } = keys.query.data;
  return (
    <section className="fl-stack" aria-label={t('partners.tab_keys')}>
      <div className="fl-actions">
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
          {t('keys.create')}
        </Button>
      </div>
      {items.length === 0 && <Empty icon="tag" title={t('keys.none')} text={t('keys.none_hint')} />}
      <ul className="crm-records">
        {items.map((key) => (
          <KeyRow key={key.id} apiKey={key} keys={keys} rotate={() => setRotating(key)} />
        ))}
      </ul>
      <Dialog opened={making} onClose={() => setMaking(false)} title={t('keys.create')}>
        <CreateKeyForm keys={keys} made={made} />
      </Dialog>
      <Dialog opened={rotating !== null} onClose={() => setRotating(null)} title={t('keys.rotate')}>
        {rotating && <RotateForm apiKey={rotating} keys={keys} made={made} />}
      </Dialog>
    </section>
  );
}

function isExpired({ expiresAt }: ApiKey): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now();
}

function KeyRow({ apiKey, keys, rotate }: { apiKey: ApiKey; keys: Keys; rotate(): void }) {
  const t = useText();
  const format = useFormat();
  const ask = useConfirm();
  const { busy, act } = useActAndTell();
  const { id, name, prefix, scopes, createdAt, lastUsedAt, revokedAt } = apiKey;
  const isLive = revokedAt === null && !isExpired(apiKey);
  const revoke = async () => {
    const question = { title: t('keys.revoke_title', { name }), text: t('keys.revoke_hint') };
    if (!(await ask({ ...question, confirmLabel: t('keys.revoke'), danger: true }))) return;
    await act(() => keys.revoke(id));
  };
  return (
    <li className="crm-record">
      <div className="crm-record-head">
        <strong>{name}</strong>
        <KeyState apiKey={apiKey} />
      </div>
      <p>
        <code className="fl-mono">fk_{prefix}_…</code>
      </p>
      <p className="fl-soft">{scopes.length === 0 ? t('keys.everything') : scopes.join(', ')}</p>
      <p className="fl-soft">
        {t('keys.created', { at: format.dateTime(createdAt) })}
        {' · '}
        {lastUsedAt ? t('keys.last_used', { age: format.relative(lastUsedAt) }) : t('keys.never_used')}
      </p>
      {isLive && (
        <div className="crm-actions">
          <Button size="xs" variant="default" onClick={rotate}>
            {t('keys.rotate')}
          </Button>
          <Button size="xs" variant="default" className="crm-final" loading={busy} onClick={() => void revoke()}>
            {t('keys.revoke')}
          </Button>
        </div>
      )}
    </li>
  );
}

function KeyState({ apiKey }: { apiKey: ApiKey }) {
  const t = useText();
  const format = useFormat();
  if (apiKey.revokedAt) {
    return (
      <Chip tone="bad" icon="ban">
        {t('keys.revoked')}
      </Chip>
    );
  }
  if (isExpired(apiKey)) {
    return (
      <Chip tone="calm" icon="archive">
        {t('keys.expired')}
      </Chip>
    );
  }
  if (apiKey.expiresAt) {
    return (
      <Chip tone="wait" icon="hourglass">
        {t('keys.until', { at: format.dateTime(apiKey.expiresAt) })}
      </Chip>
    );
  }
  return (
    <Chip tone="good" icon="check">
      {t('keys.active')}
    </Chip>
  );
}

interface FormProps {
  keys: Keys;
  made(secret: Secret): void;
}

function CreateKeyForm({ keys, made }: FormProps) {
  const t = useText();
  const { busy, problem, act } = useAct();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly PartnerScope[]>(SCOPES);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const { key, secret } = await keys.create(name.trim(), scopes);
      made({ name: key.name, secret });
    });
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <TextField
        label={t('keys.name')}
        hint={t('keys.name_hint')}
        required
        maxLength={100}
        autoComplete="off"
        value={name}
        onChange={setName}
      />
      <fieldset className="crm-choice">
        <legend>{t('keys.scopes')}</legend>
        {SCOPES.map((scope) => (
          <label key={scope} className="crm-check">
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={({ currentTarget: { checked } }) =>
                // In one order; none at all would mean everything, so one at least stays.
                setScopes(SCOPES.filter((one) => (one === scope ? checked : scopes.includes(one))))
              }
            />
            <span>
              {t(`scope.${scope}`)} <code className="fl-mono fl-soft">{scope}</code>
            </span>
          </label>
        ))}
      </fieldset>
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy} disabled={name.trim() === '' || scopes.length === 0}>
          {t('keys.create')}
        </Button>
      </div>
    </form>
  );
}

function RotateForm({ apiKey, keys, made }: FormProps & { apiKey: ApiKey }) {
  const t = useText();
  const toasts = useToasts();
  const { busy, problem, act } = useAct();
  const [seconds, setSeconds] = useState<number>(OVERLAPS[0].seconds);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void act(async () => {
      const { key, secret } = await keys.rotate(apiKey.id, seconds);
      made({ name: key.name, secret });
      toasts.show({ tone: 'good', text: t('keys.rotated', { name: key.name }) });
    });
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      <p className="fl-soft">{t('keys.rotate_hint', { name: apiKey.name })}</p>
      <label className="fl-field">
        {t('keys.overlap')}
        <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
          {OVERLAPS.map(({ seconds: value, label }) => (
            <option key={value} value={value}>
              {t(label)}
            </option>
          ))}
        </select>
      </label>
      {problem !== null && <InlineProblem error={problem} />}
      <div className="fl-actions">
        <Button type="submit" loading={busy}>
          {t('keys.rotate')}
        </Button>
      </div>
    </form>
  );
}
