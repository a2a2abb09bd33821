import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { PackingOrder } from '#contracts/mes';
import {
  ApiProblem,
  Empty,
  ErrorNotice,
  Icon,
  InlineProblem,
  Loading,
  StatusChip,
  useApi,
  usePages,
  useShortcuts,
} from '#ui/kit';
import { Due, urgencyOf } from './due.tsx';
import { useText } from './messages.ts';
import { paths } from './paths.ts';

const SCAN_FIELD = 'scan';

/** The packing table: scan or type a number, or choose what is most urgent. */
export function PackingPage() {
  const t = useText();
  const pages = usePages<PackingOrder>(paths.packing, {});
  return (
    <div className="mes-screen mes-packing">
      <div className="mes-head">
        <h1>{t('packing.title')}</h1>
      </div>
      <Scan />
      {pages.error ? (
        <ErrorNotice error={pages.error} retry={pages.refetch} />
      ) : pages.loading ? (
        <Loading />
      ) : pages.items.length === 0 ? (
        <Empty icon="box" title={t('packing.empty')} text={t('packing.empty_hint')} />
      ) : (
        <div className="mes-list">
          <ol>
            {pages.items.map((order) => (
              <OrderRow key={order.orderId} order={order} />
            ))}
          </ol>
          {pages.hasMore && (
            <button type="button" className="mes-more" onClick={pages.more} disabled={pages.loadingMore}>
              {t('queue.more')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Scan() {
  const t = useText();
  const api = useApi();
  const navigate = useNavigate();
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  useShortcuts([
    { id: 'packing.scan', keys: 'Slash', title: t('packing.scan'), group: t('packing.title'), run: focusScan },
  ]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const order = await api.get<PackingOrder>(paths.lookup(code));
      void navigate({ to: '/packing/$orderId', params: { orderId: order.orderId } });
    } catch (error) {
      setProblem(error);
      focusScan();
    }
  };
  const isUnknown = problem instanceof ApiProblem && problem.status === 404;
  return (
    <form className="fl-card mes-scan" onSubmit={(event) => void submit(event)}>
      <label htmlFor={SCAN_FIELD}>{t('packing.scan')}</label>
      <div className="mes-scan-line">
        <input
          id={SCAN_FIELD}
          className="mes-scan-input"
          // biome-ignore lint/a11y/noAutofocus: a scanner types into whatever has the focus
          autoFocus
          value={code}
          placeholder="FL-100042"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          required
          maxLength={64}
          onChange={(event) => {
            setCode(event.currentTarget.value);
            setProblem(null);
          }}
        />
        <button type="submit" className="mes-scan-go">
          {t('packing.open')}
          <Icon name="arrow" />
        </button>
      </div>
      {isUnknown && (
        <p className="fl-inline-problem" role="alert">
          <Icon name="alert" size={16} />
          {t('packing.unknown', { code })}
        </p>
      )}
      {problem !== null && !isUnknown && <InlineProblem error={problem} />}
    </form>
  );
}

function focusScan(): void {
  const field = document.getElementById(SCAN_FIELD) as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

function OrderRow({ order }: { order: PackingOrder }) {
  const t = useText();
  const navigate = useNavigate();
  const pieces = order.items.reduce((sum, item) => sum + item.quantity - item.shipped, 0);
  return (
    <li className={`mes-row mes-row-${urgencyOf(order.dueAt, Date.now())}`}>
      <button
        type="button"
        className="mes-row-button"
        onClick={() => void navigate({ to: '/packing/$orderId', params: { orderId: order.orderId } })}
      >
        <span className="mes-row-facts">
          <span className="mes-row-title">
            <strong className="fl-mono">{order.number}</strong>
            <span className="mes-pieces">{t('pieces', { count: pieces })}</span>
          </span>
          <span className="mes-row-line">
            <span>{order.deliveryAddress.recipient}</span>
            <span className="fl-soft">{order.deliveryAddress.city}</span>
          </span>
          <span className="mes-row-line">
            <Due dueAt={order.dueAt} rush={order.rush} />
          </span>
        </span>
        <span className="mes-row-end">
          <StatusChip status={order.status} held={order.hold !== null} />
          <Icon name="arrow" />
        </span>
      </button>
    </li>
  );
}
