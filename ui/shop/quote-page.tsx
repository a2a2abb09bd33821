import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import type { Catalogue, Quote, RequestQuote } from '#contracts/pricing';
import {
  ApiProblem,
  DropZone,
  ErrorNotice,
  Icon,
  type IconName,
  Loading,
  useApi,
  useSearchText,
  useToasts,
} from '#ui/kit';
import { useText } from './messages.ts';
import { PartCard } from './part-card.tsx';
import { paths } from './paths.ts';
import { QuoteSummary } from './quote-summary.tsx';
import { sampleRing } from './sample-ring.ts';
import { useCatalogue, useQuote } from './use-quote.ts';
import { MOST_BYTES, useWorkspace } from './use-workspace.tsx';
import { requestedItems } from './workspace.ts';

/** Upload and quote: the shop's first page. */
export function QuotePage() {
  const { workspace } = useWorkspace();
  const catalogue = useCatalogue(workspace.currency);
  if (catalogue.isPending) return <Loading />;
  if (catalogue.error) return <ErrorNotice error={catalogue.error} retry={() => void catalogue.refetch()} />;
  return <QuoteDesk catalogue={catalogue.data} />;
}

function QuoteDesk({ catalogue }: { catalogue: Catalogue }) {
  const t = useText();
  const { workspace } = useWorkspace();
  const take = useFileTaker(catalogue);
  const { parts, leadTier, currency, activeKey } = workspace;
  const { keys, items } = useMemo(() => requestedItems(parts), [parts]);
  const request: RequestQuote | null = items.length === 0 ? null : { items, currency, leadTier };
  const inHand = useQuote(request);
  const recalling = useQuoteLink(inHand.quote);

  if (recalling) return <Loading />;
  if (parts.length === 0) return <Welcome take={take} />;
  const itemOf = (key: string) => inHand.quote?.items[keys.indexOf(key)] ?? null;
  return (
    <div className="shop-desk">
      <h1 className="shop-desk-title">{t('summary.title')}</h1>
      <div className="shop-parts">
        {parts.map((part) => (
          <PartCard
            key={part.key}
            part={part}
            open={part.key === activeKey}
            item={itemOf(part.key)}
            quote={inHand.quote}
            pending={inHand.pending}
            catalogue={catalogue}
          />
        ))}
        <DropZone compact accept=".stl" hint={t('hero.hint')} onFiles={take} />
      </div>
      <QuoteSummary inHand={inHand} catalogue={catalogue} complete={items.length === parts.length} />
    </div>
  );
}

/** Refuses at once what the server would refuse after the upload. */
function useFileTaker(catalogue: Catalogue): (files: File[]) => void {
  const t = useText();
  const toasts = useToasts();
  const { workspace, add } = useWorkspace();
  const material = workspace.parts.at(-1)?.material ?? catalogue.materials[0]?.id ?? '';
  return (files) => {
    const refusal = (file: File): string | null => {
      if (!/\.stl$/i.test(file.name)) return t('files.wrong_type', { name: file.name });
      if (file.size > MOST_BYTES) return t('files.too_large', { name: file.name });
      return file.size === 0 ? t('files.empty', { name: file.name }) : null;
    };
    const good = files.filter((file) => {
      const why = refusal(file);
      if (why) toasts.show({ tone: 'bad', text: why });
      return why === null;
    });
    if (good.length > 0) add(good, material);
  };
}

/** Keeps the quote's id in the address, and brings its parts back when the page is opened by that address. */
function useQuoteLink(quote: Quote | null): boolean {
  const t = useText();
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const navigate = useNavigate();
  const { workspace, dispatch } = useWorkspace();
  const linked = useSearchText('quote');
  const empty = workspace.parts.length === 0;
  const arrived = useRef(empty && linked !== undefined);
  const id = quote?.id;

  useEffect(() => {
    if (id && id !== linked) void navigate({ to: '/', search: { quote: id }, replace: true });
  }, [id, linked, navigate]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only the address that the page was opened with is recalled
  useEffect(() => {
    if (!arrived.current || !linked) return;
    queries
      .fetchQuery({ queryKey: ['quote', linked], queryFn: () => api.get<Quote>(paths.quote(linked)) })
      .then((found) => dispatch({ type: 'recalled', quote: found }))
      .catch((error) => {
        const gone =
          error instanceof ApiProblem && (error.status === 404 || error.status === 403 || error.status === 401);
        if (gone) toasts.show({ tone: 'bad', text: t('summary.gone') });
        else toasts.showProblem(error);
        void navigate({ to: '/', search: {}, replace: true });
      })
      .finally(() => {
        arrived.current = false;
      });
  }, []);

  // Removing the last part leaves no quote to come back to.
  const hadParts = useRef(false);
  useEffect(() => {
    if (!empty) hadParts.current = true;
    else if (hadParts.current && linked) void navigate({ to: '/', search: {}, replace: true });
  }, [empty, linked, navigate]);
  return arrived.current && empty && linked !== undefined;
}

const STEPS: { icon: IconName; key: 'step1' | 'step2' | 'step3' }[] = [
  { icon: 'layers', key: 'step1' },
  { icon: 'tag', key: 'step2' },
  { icon: 'truck', key: 'step3' },
];

function Welcome({ take }: { take: (files: File[]) => void }) {
  const t = useText();
  return (
    <div className="shop-welcome">
      <div className="shop-hero">
        <h1>{t('hero.title')}</h1>
        <p>{t('hero.lead')}</p>
      </div>
      <DropZone accept=".stl" hint={t('hero.hint')} onFiles={take}>
        <button type="button" className="fl-link shop-sample" onClick={() => take([sampleRing()])}>
          {t('hero.sample')}
        </button>
      </DropZone>
      <ul className="shop-steps">
        {STEPS.map(({ icon, key }) => (
          <li key={key}>
            <Icon name={icon} size={22} />
            <h2>{t(`hero.${key}`)}</h2>
            <p className="fl-soft">{t(`hero.${key}_text`)}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}
