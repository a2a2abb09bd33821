import '../admin.css';
import './price-lists.css';
import { Link, useNavigate } from '@tanstack/react-router';
import type { PriceDraftRow, PriceListRow } from '#contracts/price-lists';
import { Empty, ErrorNotice, Gate, hasRole, Loading, useFormat, useSearchText, useSession } from '#ui/kit';
import { useText } from '../messages.ts';
import { useNarrow } from '../use-narrow.ts';
import { AuditLog } from './audit-log.tsx';
import { DraftPanel } from './draft-panel.tsx';
import { ListPanel } from './list-panel.tsx';
import { ListState } from './list-state.tsx';
import { usePriceText } from './messages.ts';
import type { PriceSearch } from './price-search.ts';
import { usePriceLists } from './use-price-lists.ts';

export function PriceListsPage() {
  return (
    <Gate roles={['lead_seller', 'admin']}>
      <PriceLists />
    </Gate>
  );
}

/** Price lists and drafts; the chosen one beside them, on a phone instead of them. */
function PriceLists() {
  const t = useText();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const { actor } = useSession();
  const search: PriceSearch = {
    list: useSearchText('list'),
    draft: useSearchText('draft'),
    tab: useSearchText('tab'),
  };
  const go = (next: PriceSearch) => void navigate({ to: '/price-lists', search: next });
  const isAdmin = hasRole(actor, ['admin']);
  const panel = search.draft ? (
    <DraftPanel key={search.draft} draftId={search.draft} tab={search.tab} mayEdit={isAdmin} go={go} />
  ) : (
    search.list && <ListPanel key={search.list} version={search.list} mayEdit={isAdmin} go={go} />
  );
  return (
    <div className="crm-orders">
      <div className={`crm-bar ${panel ? 'crm-bar-beside' : ''}`}>
        <h1 className="crm-title">{t('nav.price_lists')}</h1>
      </div>
      {narrow && panel ? (
        panel
      ) : (
        <div className={`crm-desk ${narrow ? '' : 'crm-desk-client'}`}>
          <Choices search={search} />
          {panel || (narrow ? null : <NothingChosen />)}
        </div>
      )}
    </div>
  );
}

function NothingChosen() {
  const t = usePriceText();
  return (
    <section className="crm-peek crm-panel">
      <Empty icon="tag" title={t('lists.choose')} text={t('lists.choose_hint')} />
      <AuditLog />
    </section>
  );
}

function Choices({ search }: { search: PriceSearch }) {
  const t = usePriceText();
  const { lists, drafts } = usePriceLists();
  if (lists.isPending || drafts.isPending) return <Loading />;
  const error = lists.error ?? drafts.error;
  if (error || !lists.data || !drafts.data) {
    return <ErrorNotice error={error} retry={() => void Promise.all([lists.refetch(), drafts.refetch()])} />;
  }
  const current = lists.data.items.filter(({ state }) => state !== 'past');
  const past = lists.data.items.filter(({ state }) => state === 'past');
  return (
    <nav className="crm-clients" aria-label={t('lists.choose')}>
      <ul>
        {current.map((row) => (
          <ListChoice key={row.version} row={row} chosen={row.version === search.list && !search.draft} />
        ))}
      </ul>
      {drafts.data.items.length > 0 && (
        <>
          <h2 className="crm-price-heading">{t('lists.drafts')}</h2>
          <ul>
            {drafts.data.items.map((row) => (
              <DraftChoice key={row.id} row={row} chosen={row.id === search.draft} />
            ))}
          </ul>
        </>
      )}
      {past.length > 0 && (
        <details open={past.some(({ version }) => version === search.list)}>
          <summary className="crm-price-heading">{t('lists.past_shown', { count: past.length })}</summary>
          <ul>
            {past.map((row) => (
              <ListChoice key={row.version} row={row} chosen={row.version === search.list && !search.draft} />
            ))}
          </ul>
        </details>
      )}
    </nav>
  );
}

function ListChoice({ row, chosen }: { row: PriceListRow; chosen: boolean }) {
  const t = usePriceText();
  return (
    <li>
      <Link to="/price-lists" search={{ list: row.version }} className="crm-client" aria-current={chosen}>
        <span>
          {row.version}
          <small className="fl-soft crm-price-under">
            {row.currency} · {t('lists.materials', { count: row.materials })}
          </small>
        </span>
        <ListState row={row} />
      </Link>
    </li>
  );
}

function DraftChoice({ row, chosen }: { row: PriceDraftRow; chosen: boolean }) {
  const t = usePriceText();
  const format = useFormat();
  return (
    <li>
      <Link to="/price-lists" search={{ draft: row.id }} className="crm-client" aria-current={chosen}>
        <span>
          {row.name}
          <small className="fl-soft crm-price-under">
            {row.currency} · {t('lists.draft_of', { list: row.basedOn, age: format.relative(row.changedAt) })}
          </small>
        </span>
      </Link>
    </li>
  );
}
