import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { PayEntry, PayPage as PayPageAnswer } from '#contracts/mes';
import {
  Empty,
  ErrorNotice,
  hasRole,
  Icon,
  Loading,
  shopFloorTimeZone,
  useApi,
  useFormat,
  useLanguage,
  usePages,
  useSearchText,
  useSession,
  useToasts,
} from '#ui/kit';
import { FOREMEN } from './frame.tsx';
import { useText } from './messages.ts';
import { monthOf, neighbourMonth } from './months.ts';
import { downloadFile } from './open-file.ts';
import { paths } from './paths.ts';
import { type Names, useNames } from './use-names.ts';

/** What this person has earned in a month: every entry leads to the operation it pays. */
export function PayPage() {
  const t = useText();
  const api = useApi();
  const names = useNames();
  const { actor } = useSession();
  const thisMonth = monthOf(Date.now(), shopFloorTimeZone());
  const period = useSearchText('period') ?? thisMonth;
  const first = useQuery({
    queryKey: ['mes', 'pay-total', period],
    queryFn: ({ signal }) => api.get<PayPageAnswer>(`${paths.pay}?period=${period}&limit=1`, signal),
  });
  const pages = usePages<PayEntry>(paths.pay, { period });
  return (
    <div className="mes-screen mes-pay">
      <div className="mes-head">
        <h1>{t('pay.title')}</h1>
        {hasRole(actor, FOREMEN) && <Export period={period} />}
      </div>
      <div className="fl-card mes-pay-sum">
        <MonthSwitch period={period} thisMonth={thisMonth} />
        <Total answer={first.data} />
      </div>
      {pages.error ? (
        <ErrorNotice error={pages.error} retry={pages.refetch} />
      ) : pages.loading ? (
        <Loading />
      ) : pages.items.length === 0 ? (
        <Empty icon="tag" title={t('pay.empty')} text={t('pay.empty_hint')} />
      ) : (
        <ul className="mes-entries">
          {pages.items.map((entry) => (
            <Entry key={entry.id} entry={entry} names={names} />
          ))}
        </ul>
      )}
      {pages.hasMore && (
        <button type="button" className="mes-more" onClick={pages.more} disabled={pages.loadingMore}>
          {t('queue.more')}
        </button>
      )}
    </div>
  );
}

function Total({ answer }: { answer: PayPageAnswer | undefined }) {
  const t = useText();
  const format = useFormat();
  return (
    <p className="mes-pay-total">
      <span className="fl-soft">{t('pay.total')}</span>
      <strong>{answer ? format.money(answer.total) : '…'}</strong>
    </p>
  );
}

function MonthSwitch({ period, thisMonth }: { period: string; thisMonth: string }) {
  const t = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const go = (months: number) =>
    void navigate({ to: '/pay', search: { period: neighbourMonth(period, months) }, replace: true });
  const name = new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return (
    <div className="mes-month">
      <button type="button" className="mes-square" aria-label={t('pay.earlier')} onClick={() => go(-1)}>
        <Icon name="arrow" className="mes-turned" />
      </button>
      <strong>{name.format(new Date(`${period}-01T00:00:00Z`))}</strong>
      <button
        type="button"
        className="mes-square"
        aria-label={t('pay.later')}
        disabled={period >= thisMonth}
        onClick={() => go(1)}
      >
        <Icon name="arrow" />
      </button>
    </div>
  );
}

function Entry({ entry, names }: { entry: PayEntry; names: Names }) {
  const t = useText();
  const format = useFormat();
  return (
    <li className={`mes-entry mes-entry-${entry.kind}`}>
      <Link to="/operations/$operationId" params={{ operationId: entry.operationId }} className="mes-entry-link">
        <span className="mes-entry-what">
          <strong>{names.operation(entry.operationCode)}</strong>
          <span className="fl-mono">
            {entry.orderNumber}/{entry.line}
          </span>
          {entry.kind !== 'credit' && (
            <span className="mes-entry-kind">
              {t(`pay.${entry.kind}`)}
              {entry.reason && `: ${entry.reason}`}
            </span>
          )}
        </span>
        <time className="fl-soft" dateTime={entry.at}>
          {format.dateTime(entry.at)}
        </time>
        <span className="fl-soft fl-numeric">
          {t('pay.times', { count: entry.quantity, rate: format.money(entry.rate) })}
        </span>
        <strong className="fl-numeric mes-entry-amount">{format.money(entry.amount)}</strong>
      </Link>
    </li>
  );
}

function Export({ period }: { period: string }) {
  const t = useText();
  const api = useApi();
  const toasts = useToasts();
  const save = () => downloadFile(api, paths.payExport(period), `pay-${period}.csv`).catch(toasts.showProblem);
  return (
    <Button variant="default" className="mes-touch" leftSection={<Icon name="document" />} onClick={() => void save()}>
      {t('pay.export')}
    </Button>
  );
}
