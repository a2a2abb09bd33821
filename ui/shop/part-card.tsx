import { lazy, Suspense, useEffect, useState } from 'react';
import type { QuoteItem } from '#contracts/pricing';
import { Icon, Loading, useFormat, useLanguage } from '#ui/kit';
import { useText } from './messages.ts';
import type { PartCardProps } from './part-card-props.ts';
import { PartState } from './part-state.tsx';
import { useWorkspace } from './use-workspace.tsx';

const openPart = () => import('./open-part.tsx');
const OpenPart = lazy(async () => ({ default: (await openPart()).OpenPart }));

/** A first visit does not carry what only a part needs; it is fetched while the visitor looks for a file. */
export function preloadOpenPart(): void {
  void openPart();
}

/** One part: folded to a line, or opened with its model, its choices and how its price came about. */
export function PartCard(props: PartCardProps) {
  const { part, open, item, pending } = props;
  const t = useText();
  const { dispatch, remove } = useWorkspace();
  return (
    <article className={`shop-part ${open ? 'shop-part-open' : ''}`} data-testid="part">
      <header className="shop-part-head">
        {open ? (
          <h2>{part.fileName}</h2>
        ) : (
          <button
            type="button"
            className="shop-part-name"
            aria-label={t('part.open', { name: part.fileName })}
            onClick={() => dispatch({ type: 'opened', key: part.key })}
          >
            <Icon name="chevron" size={16} />
            <strong>{part.fileName}</strong>
            <ChoiceWords {...props} />
          </button>
        )}
        <ItemPrice item={item} pending={pending} quantity={part.quantity} />
        <button
          type="button"
          className="fl-icon-button"
          aria-label={t('part.remove', { name: part.fileName })}
          onClick={() => remove(part.key)}
        >
          <Icon name="trash" />
        </button>
      </header>
      {open ? (
        <Suspense fallback={<Loading />}>
          <OpenPart {...props} />
        </Suspense>
      ) : (
        <FoldedState {...props} />
      )}
    </article>
  );
}

function FoldedState({ part, item, quote }: PartCardProps) {
  const { retry } = useWorkspace();
  return <PartState part={part} item={item} quote={quote} retry={() => retry(part.key)} />;
}

function ChoiceWords({ part, catalogue }: PartCardProps) {
  const t = useText();
  const language = useLanguage();
  const material = catalogue.materials.find(({ id }) => id === part.material);
  return (
    <span className="fl-soft">
      {material?.name[language]} · {t('part.pieces', { count: part.quantity })}
    </span>
  );
}

function ItemPrice({ item, pending, quantity }: { item: QuoteItem | null; pending: boolean; quantity: number }) {
  const t = useText();
  const format = useFormat();
  const [shown, setShown] = useState(item);
  useEffect(() => {
    if (item) setShown(item);
  }, [item]);
  const priced = item ?? (pending ? shown : null);
  if (!priced?.total || !priced.unitPrice) return <span className="shop-price" />;
  return (
    <span className={`shop-price ${pending ? 'shop-price-pending' : ''}`} data-testid="item-price">
      <strong>{format.money(priced.total)}</strong>
      {quantity > 1 && <small>{t('part.each', { price: format.money(priced.unitPrice) })}</small>}
    </span>
  );
}
