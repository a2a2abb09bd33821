import { Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { OperationRow } from '#contracts/mes';
import { Dialog, useFormat, useToasts } from '#ui/kit';
import { useText } from './messages.ts';
import { useOperation } from './operation-panel.tsx';
import { PiecesField } from './pieces-field.tsx';
import { ReasonField } from './reason-field.tsx';
import { useNames } from './use-names.ts';
import { useOperationCommand } from './use-operation-command.ts';

export type WorkDialogName = 'finish' | 'scrap' | 'rework' | 'split';

interface WorkDialogProps {
  operation: OperationRow;
  close(): void;
}

/** The dialog that is open on an operation, or nothing. */
export function WorkDialog({ name, operation, close }: WorkDialogProps & { name: WorkDialogName | null }) {
  const t = useText();
  const Inside = name && FORMS[name];
  return (
    <Dialog opened={name !== null} onClose={close} title={name ? t(`dialog.${name}`) : ''}>
      {Inside && <Inside key={operation.id} operation={operation} close={close} />}
    </Dialog>
  );
}

const FORMS = { finish: FinishForm, scrap: ScrapForm, rework: ReworkForm, split: SplitForm } as const;

const left = ({ quantity, good, scrapped }: OperationRow) => quantity - good - scrapped;

function FinishForm({ operation, close }: WorkDialogProps) {
  const t = useText();
  const format = useFormat();
  const names = useNames();
  const toasts = useToasts();
  const { send, busy } = useOperationCommand();
  const [scrapped, setScrapped] = useState(0);
  const [reason, setReason] = useState('');
  const good = left(operation) - scrapped;
  const pay = { ...operation.rate, minor: operation.rate.minor * good };
  const submit = async () => {
    const answer = await send(operation.id, 'finish', { good, scrapped, ...(scrapped > 0 ? { reason } : {}) });
    if (!answer) return;
    close();
    const credited = answer.credited ? t('finish.credited', { amount: format.money(answer.credited) }) : '';
    const next = answer.next
      ? t('finish.next', { operation: names.operation(answer.next.code), centre: names.centre(answer.next.workCentre) })
      : t('finish.job_done');
    toasts.show({ tone: 'good', text: [credited, next].filter(Boolean).join(' ') });
  };
  return (
    <WorkForm
      onSubmit={submit}
      close={close}
      busy={busy}
      submitLabel={t('finish.submit')}
      ready={scrapped === 0 || reason.trim() !== ''}
    >
      <div className="mes-two">
        <PiecesField
          label={t('finish.good')}
          value={good}
          most={left(operation)}
          autoFocus
          onChange={(value) => setScrapped(left(operation) - value)}
        />
        <PiecesField label={t('finish.scrapped')} value={scrapped} most={left(operation)} onChange={setScrapped} />
      </div>
      {scrapped > 0 && <ReasonField label={t('finish.reason')} value={reason} onChange={setReason} />}
      <p className="mes-sum">
        <span>{t('finish.pay', { count: good, rate: format.money(operation.rate) })}</span>
        <strong>{format.money(pay)}</strong>
      </p>
      {scrapped > 0 && <p className="fl-soft">{t('finish.remake', { count: scrapped })}</p>}
    </WorkForm>
  );
}

function ScrapForm({ operation, close }: WorkDialogProps) {
  const t = useText();
  const toasts = useToasts();
  const { send, busy } = useOperationCommand();
  const [quantity, setQuantity] = useState(1);
  const [reason, setReason] = useState('');
  const submit = async () => {
    const answer = await send(operation.id, 'scrap', { quantity, reason });
    if (!answer) return;
    close();
    toasts.show({ tone: 'calm', text: t('scrap.done', { count: quantity }) });
  };
  return (
    <WorkForm
      onSubmit={submit}
      close={close}
      busy={busy}
      danger
      submitLabel={t('scrap.submit')}
      ready={reason.trim() !== ''}
    >
      <PiecesField
        label={t('scrap.quantity')}
        value={quantity}
        least={1}
        most={left(operation)}
        autoFocus
        onChange={setQuantity}
      />
      <ReasonField label={t('finish.reason')} value={reason} onChange={setReason} />
      <p className="fl-soft">{t('finish.remake', { count: quantity })}</p>
    </WorkForm>
  );
}

function ReworkForm({ operation, close }: WorkDialogProps) {
  const t = useText();
  const names = useNames();
  const toasts = useToasts();
  const { data: card } = useOperation(operation.id);
  const { send, busy } = useOperationCommand();
  const earlier = card?.route.filter(({ step }) => step < operation.step) ?? [];
  const [quantity, setQuantity] = useState(1);
  const [chosen, setChosen] = useState<number | null>(null);
  const [reason, setReason] = useState('');
  const toStep = chosen ?? earlier.at(-1)?.step ?? null;
  const submit = async () => {
    if (toStep === null) return;
    const answer = await send(operation.id, 'rework', { quantity, toStep, reason });
    if (!answer) return;
    close();
    toasts.show({ tone: 'calm', text: t('rework.done', { count: quantity }) });
  };
  return (
    <WorkForm
      onSubmit={submit}
      close={close}
      busy={busy}
      submitLabel={t('rework.submit')}
      ready={reason.trim() !== '' && toStep !== null}
    >
      <PiecesField
        label={t('rework.quantity')}
        value={quantity}
        least={1}
        most={left(operation)}
        autoFocus
        onChange={setQuantity}
      />
      <label className="fl-field">
        {t('rework.to')}
        <select value={toStep ?? ''} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
          {earlier.map((step) => (
            <option key={step.id} value={step.step}>
              {step.step}. {names.operation(step.code)}
              {step.holder ? ` · ${step.holder}` : ''}
            </option>
          ))}
        </select>
      </label>
      <ReasonField label={t('finish.reason')} value={reason} onChange={setReason} />
      <p className="fl-soft">{t('rework.pay')}</p>
    </WorkForm>
  );
}

function SplitForm({ operation, close }: WorkDialogProps) {
  const t = useText();
  const toasts = useToasts();
  const { send, busy } = useOperationCommand();
  const [quantity, setQuantity] = useState(1);
  const submit = async () => {
    const answer = await send(operation.id, 'split', { quantity });
    if (!answer) return;
    close();
    toasts.show({ tone: 'good', text: t('split.done', { count: quantity }) });
  };
  return (
    <WorkForm onSubmit={submit} close={close} busy={busy} submitLabel={t('split.submit')} ready={left(operation) > 1}>
      <PiecesField
        label={t('split.quantity')}
        value={quantity}
        least={1}
        most={Math.max(1, left(operation) - 1)}
        autoFocus
        onChange={setQuantity}
      />
      <p className="fl-soft">{t('split.hint')}</p>
    </WorkForm>
  );
}

interface WorkFormProps {
  onSubmit(): Promise<void>;
  close(): void;
  busy: boolean;
  ready: boolean;
  danger?: boolean;
  submitLabel: string;
  children: ReactNode;
}

function WorkForm({ onSubmit, close, busy, ready, danger = false, submitLabel, children }: WorkFormProps) {
  const t = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void onSubmit();
  };
  return (
    <form className="fl-stack" onSubmit={submit}>
      {children}
      <div className="fl-actions">
        <Button variant="default" className="mes-touch" onClick={close}>
          {t('dialog.back')}
        </Button>
        <Button type="submit" className={`mes-touch ${danger ? 'fl-danger' : ''}`} disabled={!ready} loading={busy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
