import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Catalogue, Quote } from '#contracts/pricing';
import type { Cart } from '#contracts/shop';
import {
  ApiProblem,
  DropZone,
  Empty,
  ErrorNotice,
  Icon,
  type IconName,
  Loading,
  useApi,
  useKitText,
  useLanguage,
  useSearchText,
  useToasts,
} from '#ui/kit';
import { isModelFile, MODEL_FILES } from '#ui/viewer';
import { useText } from './messages.ts';
import { onLeave } from './on-leave.ts';
import { PartCard, preloadOpenPart } from './part-card.tsx';
import { paths } from './paths.ts';
import { QuoteSummary } from './quote-summary.tsx';
import { sampleRing } from './sample-ring.ts';
import { quoteKey, useCatalogue, useQuote } from './use-quote.ts';
import { MOST_BYTES, useWorkspace } from './use-workspace.tsx';
import { type DraftContent, draftOf, itemsOf, type Part, requestOf, requestOfCart } from './workspace.ts';

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
  const { parts, activeKey } = workspace;
  const { keys, items } = useMemo(() => itemsOf(parts), [parts]);
  const inHand = useQuote(requestOf(items, workspace));
  const settled = inHand.pending ? null : inHand.quote;
  const content = items.length === 0 ? null : draftOf(items, workspace, settled);
  const recall = useDraftLink(content);

  if (recall === 'recalling') return <Loading />;
  if (recall === 'refused' && parts.length === 0) return <AnothersQuote />;
  if (parts.length === 0) return <Welcome take={take} catalogue={catalogue} />;
  const itemOf = (key: string) => inHand.quote?.items[keys.indexOf(key)] ?? null;
  return (
    <div className="shop-desk">
      <h1 className="shop-desk-title">{t('summary.title')}</h1>
      <div className="shop-parts">
        <OvertakenNotice />
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
        <DropZone compact accept={MODEL_FILES} hint={t('hero.hint')} onFiles={take} />
      </div>
      <QuoteSummary inHand={inHand} catalogue={catalogue} content={isWhole(parts) ? content : null} />
    </div>
  );
}

/** Stays until it is dismissed: what the buyer chose last in this window is not on the table any more. */
function OvertakenNotice() {
  const t = useText();
  const kit = useKitText();
  const { overtaken, acknowledge } = useWorkspace();
  if (!overtaken) return null;
  return (
    <div className="shop-hint shop-overtaken" role="alert">
      <Icon name="alert" size={16} />
      <span>{t('summary.overtaken')}</span>
      <button type="button" className="fl-icon-button" aria-label={kit('action.dismiss')} onClick={acknowledge}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

/** Every part is at the server, and every quantity is one. */
function isWhole(parts: readonly Part[]): boolean {
  return parts.every(({ sending, impossibleQuantity }) => sending.kind === 'sent' && impossibleQuantity === null);
}

/** Refuses at once what the server would refuse after the upload. */
function useFileTaker(catalogue: Catalogue): (files: File[]) => void {
  const t = useText();
  const toasts = useToasts();
  const { workspace, add } = useWorkspace();
  const material = workspace.parts.at(-1)?.material ?? catalogue.materials[0]?.id ?? '';
  return (files) => {
    const refusal = (file: File): string | null => {
      if (!isModelFile(file.name)) return t('files.wrong_type', { name: file.name });
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

const SAVE_AFTER_MS = 600;

/** Keeps the draft at the server and its id in the address; brings it back when the page is opened by that address. */
function useDraftLink(content: DraftContent | null): Recall {
  const navigate = useNavigate();
  const { history } = useRouter();
  const { save } = useWorkspace();
  const linked = useSearchText('draft');
  const recall = useRecalledDraft(linked);
  const text = JSON.stringify(content);
  const had = useRef(false);

  useEffect(() => {
    if (recall === 'recalling' || text === 'null') return;
    had.current = true;
    const timer = setTimeout(() => {
      save(JSON.parse(text) as DraftContent)
        .then((id) => {
          // Who is on the way to another page by now is not called back.
          if (history.location.pathname === '/') return navigate({ to: '/', search: { draft: id }, replace: true });
        })
        // The table is whole on this page; the next change saves it again, and ordering waits for a save that worked.
        .catch(() => {});
    }, SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [recall, text, save, navigate, history]);

  const leave = useRef(() => {});
  leave.current = () => {
    // What cannot be saved any more is said by nobody: the page is gone.
    if (text !== 'null' && linked) save(JSON.parse(text) as DraftContent).catch(() => {});
  };
  useEffect(() => onLeave(() => leave.current()), []);

  // Removing the last part leaves nothing to come back to.
  useEffect(() => {
    if (text === 'null' && had.current && linked) void navigate({ to: '/', search: {}, replace: true });
  }, [text, linked, navigate]);
  return recall;
}

/** How it stands with the draft of the address: fetched onto an empty table, nothing to do (any more), or not this person's. */
type Recall = 'recalling' | 'done' | 'refused';

function useRecalledDraft(linked: string | undefined): Recall {
  const api = useApi();
  const queries = useQueryClient();
  const toasts = useToasts();
  const navigate = useNavigate();
  const { workspace, recall } = useWorkspace();
  const [asked, setAsked] = useState<Recall>(linked && workspace.parts.length === 0 ? 'recalling' : 'done');
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the address that the page was opened with is recalled
  useEffect(() => {
    if (asked !== 'recalling' || !linked) return;
    const fetchDraft = async (): Promise<void> => {
      const cart = await api.get<Cart>(paths.cart(linked));
      if (cart.quoteId !== null) await remember(cart, cart.quoteId);
      recall(cart);
    };
    /** The price that the draft was left with answers for its parts; where it is gone, they are priced anew. */
    const remember = async (cart: Cart, quoteId: string): Promise<void> => {
      const quote = await api.get<Quote>(paths.quote(quoteId)).catch(() => null);
      const isGood = quote?.expiresAt != null && Date.parse(quote.expiresAt) > Date.now();
      if (isGood) queries.setQueryData(quoteKey(requestOfCart(cart)), quote);
    };
    fetchDraft()
      .then(() => setAsked('done'))
      .catch((error) => {
        if (error instanceof ApiProblem && [401, 403, 404].includes(error.status)) return setAsked('refused');
        toasts.showProblem(error);
        setAsked('done');
        void navigate({ to: '/', search: {}, replace: true });
      });
  }, []);
  return asked === 'refused' && !linked ? 'done' : asked;
}

/** The link leads to a draft that this browser's person may not see, or that is gone. */
function AnothersQuote() {
  const t = useText();
  const navigate = useNavigate();
  const draft = useSearchText('draft');
  return (
    <Empty icon="person" title={t('anothers.title')} text={t('anothers.text')}>
      <Button onClick={() => void navigate({ to: '/sign-in', search: { draft } })}>{t('anothers.sign_in')}</Button>
      <Button variant="default" onClick={() => void navigate({ to: '/', search: {}, replace: true })}>
        {t('anothers.new')}
      </Button>
    </Empty>
  );
}

const STEPS: { icon: IconName; key: 'step1' | 'step2' | 'step3' }[] = [
  { icon: 'layers', key: 'step1' },
  { icon: 'tag', key: 'step2' },
  { icon: 'truck', key: 'step3' },
];

function Welcome({ take, catalogue }: { take: (files: File[]) => void; catalogue: Catalogue }) {
  const t = useText();
  const language = useLanguage();
  useEffect(preloadOpenPart, []);
  return (
    <div className="shop-welcome">
      <div className="shop-hero">
        <h1>{t('hero.title')}</h1>
        <p>{t('hero.lead')}</p>
      </div>
      <DropZone accept={MODEL_FILES} hint={t('hero.hint')} onFiles={take}>
        <button type="button" className="fl-link shop-sample" onClick={() => take([sampleRing()])}>
          {t('hero.sample')}
        </button>
      </DropZone>
      <ul className="shop-offer" aria-label={t('hero.materials')}>
        {catalogue.materials.map((material) => (
          <li key={material.id}>
            <span className={`shop-swatch shop-swatch-${material.id}`} aria-hidden="true" />
            {material.name[language]}
          </li>
        ))}
      </ul>
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
