import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { PackAnswer, PackingOrder, Parcel } from '#contracts/mes';
import {
  ErrorNotice,
  Icon,
  Loading,
  newCommandId,
  StatusChip,
  useApi,
  useConfirm,
  useFormat,
  useLanguage,
  useParam,
  useToasts,
} from '#ui/kit';
import { Due } from './due.tsx';
import { useText } from './messages.ts';
import { openFile } from './open-file.ts';
import { paths } from './paths.ts';
import { type Names, useNames } from './use-names.ts';

/** One order at the packing table: checklist, pack, ship, label. */
export function PackingOrderPage() {
  const t = useText();
  const api = useApi();
  const names = useNames();
  const navigate = useNavigate();
  const orderId = useParam('orderId');
  const {
    data: stored,
    error,
    refetch,
  } = useQuery({
    queryKey: ['mes', 'packing', orderId],
    queryFn: ({ signal }) => api.get<PackingOrder>(paths.order(orderId), signal),
  });
  const [answered, setAnswered] = useState<PackAnswer | null>(null);
  if (error && !stored) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!stored) return <Loading />;
  const order = withAnswer(stored, answered);
  const isDone = order.status === 'shipped' || order.status === 'closed';
  const step = isDone ? 3 : order.status === 'packed' ? 2 : 1;
  return (
    <div className="mes-screen mes-packing">
      <div className="mes-head">
        <button
          type="button"
          className="mes-square"
          aria-label={t('packing.back')}
          onClick={() => void navigate({ to: '/packing' })}
        >
          <Icon name="arrow" className="mes-turned" />
        </button>
        <h1 className="fl-mono">{order.number}</h1>
        <StatusChip status={order.status} held={order.hold !== null} />
        <Due dueAt={order.dueAt} rush={order.rush} />
      </div>
      <Steps step={step} />
      {order.hold !== null && (
        <p className="mes-blocked" role="status">
          {t('packing.held', { reason: order.hold })}
        </p>
      )}
      <div className="mes-pack-columns">
        <section className="fl-card">
          {step === 1 && <Checklist order={order} names={names} onAnswer={setAnswered} />}
          {step === 2 && <Ship order={order} onAnswer={setAnswered} />}
          {step === 3 && <Done order={order} parcelId={answered?.parcelId ?? null} />}
        </section>
        <section className="fl-card">
          <h2>{t('packing.address')}</h2>
          <Address order={order} />
          {order.parcels.length > 0 && <Parcels parcels={order.parcels} />}
        </section>
      </div>
    </div>
  );
}

/** The floor's copy follows by event; what `orders` has answered is true already. */
function withAnswer(order: PackingOrder, answered: PackAnswer | null): PackingOrder {
  if (!answered || answered.version <= order.version) return order;
  return { ...order, version: answered.version, status: answered.status };
}

function Steps({ step }: { step: number }) {
  const t = useText();
  const titles = [t('packing.step_check'), t('packing.step_ship'), t('packing.step_label')];
  return (
    <ol className="mes-steps">
      {titles.map((title, index) => (
        <li
          key={title}
          aria-current={index + 1 === step ? 'step' : undefined}
          className={index + 1 < step ? 'mes-step-done' : ''}
        >
          <span className="mes-step-number">{index + 1 < step ? <Icon name="check" size={14} /> : index + 1}</span>
          {title}
        </li>
      ))}
    </ol>
  );
}

interface StepProps {
  order: PackingOrder;
  onAnswer(answer: PackAnswer): void;
}

/** Every line must be ticked before the order is packed. */
function Checklist({ order, names, onAnswer }: StepProps & { names: Names }) {
  const t = useText();
  const { send, busy } = useOrderCommand(order, onAnswer);
  const open = order.items.filter((item) => item.quantity > item.shipped);
  const [checked, setChecked] = useState<ReadonlySet<string>>(new Set());
  const toggle = (itemId: string) => {
    const next = new Set(checked);
    if (!next.delete(itemId)) next.add(itemId);
    setChecked(next);
  };
  const missing = open.filter(({ itemId }) => !checked.has(itemId)).length;
  const canPack = order.status === 'produced' && order.hold === null;
  return (
    <div className="fl-stack">
      <h2>{t('packing.checklist')}</h2>
      <ul className="mes-checklist">
        {open.map((item) => (
          <li key={item.itemId}>
            <label>
              <input type="checkbox" checked={checked.has(item.itemId)} onChange={() => toggle(item.itemId)} />
              <span className="mes-check-text">
                <strong>
                  {item.line}. {t('pieces', { count: item.quantity - item.shipped })}
                </strong>{' '}
                {item.fileName}
                <span className="fl-soft">
                  {names.material(item.material)}, {names.finish(item.material, item.finish)}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {order.status !== 'produced' && <p className="fl-soft">{t('packing.not_produced')}</p>}
      <Button
        className="mes-touch mes-wide"
        disabled={missing > 0 || !canPack}
        loading={busy}
        leftSection={<Icon name="box" />}
        onClick={() => void send('pack', {})}
      >
        {missing > 0 ? t('packing.missing', { count: missing }) : t('packing.pack')}
      </Button>
    </div>
  );
}

const CARRIER_KEY = 'forgeline.carrier';

function Ship({ order, onAnswer }: StepProps) {
  const t = useText();
  const ask = useConfirm();
  const { send, busy } = useOrderCommand(order, onAnswer);
  const openLabel = useLabel();
  const [carrier, setCarrier] = useState(() => localStorage.getItem(CARRIER_KEY) ?? '');
  const [trackingNumber, setTracking] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const sure = await ask({
      title: t('ship.sure', { number: order.number }),
      text: t('ship.sure_text', { carrier, tracking: trackingNumber }),
      confirmLabel: t('ship.submit'),
    });
    if (!sure) return;
    const lines = order.items
      .map((item) => ({ itemId: item.itemId, quantity: item.quantity - item.shipped }))
      .filter(({ quantity }) => quantity > 0);
    const answer = await send('ship', { carrier, trackingNumber, lines });
    if (!answer?.parcelId) return;
    localStorage.setItem(CARRIER_KEY, carrier);
    void openLabel(answer.parcelId);
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      <h2>{t('ship.title')}</h2>
      <label className="fl-field">
        {t('ship.carrier')}
        <input
          // biome-ignore lint/a11y/noAutofocus: a packer's hands are on the scanner
          autoFocus={carrier === ''}
          value={carrier}
          required
          maxLength={100}
          onChange={(event) => setCarrier(event.currentTarget.value)}
        />
      </label>
      <label className="fl-field">
        {t('ship.tracking')}
        <input
          value={trackingNumber}
          required
          maxLength={100}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the next thing to scan is the tracking number
          autoFocus={carrier !== ''}
          onChange={(event) => setTracking(event.currentTarget.value)}
        />
      </label>
      <Button
        type="submit"
        className="mes-touch mes-wide"
        disabled={order.hold !== null}
        loading={busy}
        leftSection={<Icon name="truck" />}
      >
        {t('ship.submit')}
      </Button>
      <p className="fl-soft">{t('ship.hint')}</p>
    </form>
  );
}

function Done({ order, parcelId }: { order: PackingOrder; parcelId: string | null }) {
  const t = useText();
  const navigate = useNavigate();
  const openLabel = useLabel();
  const label = parcelId ?? order.parcels.at(-1)?.id;
  return (
    <div className="mes-done">
      <Icon name="truck" size={40} />
      <h2>{t('done.title', { number: order.number })}</h2>
      {label && (
        <Button
          variant="default"
          className="mes-touch"
          leftSection={<Icon name="document" />}
          onClick={() => void openLabel(label)}
        >
          {t('done.label')}
        </Button>
      )}
      <Button className="mes-touch" autoFocus onClick={() => void navigate({ to: '/packing' })}>
        {t('done.next')}
      </Button>
    </div>
  );
}

function Address({ order }: { order: PackingOrder }) {
  const { deliveryAddress: to } = order;
  return (
    <address className="mes-address">
      <strong>{to.recipient}</strong>
      <span>{to.line1}</span>
      {to.line2 && <span>{to.line2}</span>}
      <span>
        {to.postcode} {to.city}
      </span>
      <span>{to.country}</span>
    </address>
  );
}

function Parcels({ parcels }: { parcels: readonly Parcel[] }) {
  const t = useText();
  const format = useFormat();
  const openLabel = useLabel();
  return (
    <>
      <h2>{t('packing.parcels')}</h2>
      <ul className="mes-parcels">
        {parcels.map((parcel) => (
          <li key={parcel.id}>
            <span>
              {parcel.carrier} <strong className="fl-mono">{parcel.trackingNumber}</strong>
              <span className="fl-soft">
                {format.dateTime(parcel.at)} · {parcel.by}
              </span>
            </span>
            <button
              type="button"
              className="mes-square"
              aria-label={t('done.label')}
              onClick={() => void openLabel(parcel.id)}
            >
              <Icon name="document" />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function useLabel(): (parcelId: string) => Promise<void> {
  const api = useApi();
  const language = useLanguage();
  const toasts = useToasts();
  return (parcelId) => openFile(api, paths.label(parcelId, language)).catch(toasts.showProblem);
}

/** Packs or ships with the version that is on screen; a refusal is shown and the order fetched again. */
function useOrderCommand(order: PackingOrder, onAnswer: (answer: PackAnswer) => void) {
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const [busy, setBusy] = useState(false);
  async function send(verb: 'pack' | 'ship', body: object): Promise<PackAnswer | null> {
    setBusy(true);
    try {
      const command = { commandId: newCommandId(), version: order.version, ...body };
      const answer = await api.command<PackAnswer>(paths.orderVerb(order.orderId, verb), command);
      onAnswer(answer);
      return answer;
    } catch (error) {
      toasts.showProblem(error);
      await queries.invalidateQueries({ queryKey: ['mes', 'packing'] });
      return null;
    } finally {
      setBusy(false);
    }
  }
  return { send, busy };
}
