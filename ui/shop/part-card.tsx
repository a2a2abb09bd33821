import { useEffect, useState } from 'react';
import type { Catalogue, Quote, QuoteItem } from '#contracts/pricing';
import { Icon, useApi, useFormat, useLanguage } from '#ui/kit';
import { type ShapeState, useShape, Viewer } from '#ui/viewer';
import { useText } from './messages.ts';
import { PartForm } from './part-form.tsx';
import { Facts, PartState } from './part-state.tsx';
import { paths } from './paths.ts';
import { PriceBreakdown } from './price-breakdown.tsx';
import { unitQuestion } from './unit-question.ts';
import { MILLIMETRES, type Unit } from './units.ts';
import { useWorkspace } from './use-workspace.tsx';
import type { Part } from './workspace.ts';

interface PartCardProps {
  part: Part;
  open: boolean;
  item: QuoteItem | null;
  quote: Quote | null;
  pending: boolean;
  catalogue: Catalogue;
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
      {open ? <OpenPart {...props} /> : <FoldedState {...props} />}
    </article>
  );
}

function FoldedState({ part, item, quote }: PartCardProps) {
  const { retry } = useWorkspace();
  return <PartState part={part} item={item} quote={quote} retry={() => retry(part.key)} />;
}

function OpenPart({ part, item, quote, catalogue }: PartCardProps) {
  const { dispatch, retry } = useWorkspace();
  useModelFile(part);
  const shape = useShape(part.file);
  return (
    <div className="shop-part-body">
      <div className="shop-part-picture">
        <div className="shop-viewer">
          <Viewer state={shape} label={part.fileName} millimetres={MILLIMETRES[part.unit]} />
        </div>
        {item && <Facts item={item} unit={part.unit} />}
      </div>
      <div className="fl-stack">
        <UnitQuestion part={part} shape={shape} />
        <PartState part={part} item={item} quote={quote} retry={() => retry(part.key)} />
        <PartForm
          part={part}
          catalogue={catalogue}
          choose={(choice) => dispatch({ type: 'chosen', key: part.key, choice })}
        />
        {item && quote && <PriceBreakdown item={item} quote={quote} />}
      </div>
    </div>
  );
}

/** Fetches the model again when the buyer came back by link and the file is not on this page any more. */
function useModelFile(part: Part): void {
  const api = useApi();
  const { dispatch } = useWorkspace();
  const modelId = part.sending.kind === 'sent' && part.file === null ? part.sending.modelId : null;
  useEffect(() => {
    if (modelId === null) return;
    const left = new AbortController();
    api
      .stream(paths.modelFile(modelId), {}, left.signal)
      .then((response) => response.blob())
      .then((file) => dispatch({ type: 'loaded', key: part.key, file }))
      // Without the picture the part can still be priced and ordered.
      .catch(() => {});
    return () => left.abort();
  }, [api, dispatch, modelId, part.key]);
}

function UnitQuestion({ part, shape }: { part: Part; shape: ShapeState }) {
  const t = useText();
  const format = useFormat();
  const { dispatch } = useWorkspace();
  if (shape.kind !== 'ready' || part.unitConfirmed) return null;
  const longest = Math.max(...shape.shape.size);
  const question = unitQuestion(longest, part.unit);
  if (!question) return null;
  const size = (unit: Unit) => format.number(longest * MILLIMETRES[unit], 2);
  const words = { size: size(part.unit) };
  const confirm = (unit: Unit) => dispatch({ type: 'unit_confirmed', key: part.key, unit });
  const asked =
    question.kind === 'huge'
      ? 'unit.question_huge'
      : part.unit === 'mm'
        ? 'unit.question_tiny'
        : 'unit.question_tiny_other';
  return (
    <fieldset className="shop-question fl-tone-wait">
      <legend>
        <Icon name="alert" size={16} /> {t(asked, words)}
      </legend>
      <div className="shop-question-answers">
        {question.candidates.map((unit) => (
          <button key={unit} type="button" onClick={() => confirm(unit)}>
            {t('unit.instead', { unit: t(`unit.${unit}`), size: size(unit) })}
          </button>
        ))}
        <button type="button" onClick={() => confirm(part.unit)}>
          {t('unit.keep', words)}
        </button>
      </div>
    </fieldset>
  );
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
