import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Icon, useApi, useFormat } from '#ui/kit';
import { Inspector, isShownAtOnce, type ShapeState, useShape } from '#ui/viewer';
import { useText } from './messages.ts';
import type { PartCardProps } from './part-card-props.ts';
import { Facts } from './part-facts.tsx';
import { PartForm } from './part-form.tsx';
import { PartState } from './part-state.tsx';
import { paths } from './paths.ts';
import { PriceBreakdown } from './price-breakdown.tsx';
import { QuantityTable } from './quantity-table.tsx';
import { unitQuestion } from './unit-question.ts';
import { MILLIMETRES, type Unit } from './units.ts';
import { useWorkspace } from './use-workspace.tsx';
import type { Part } from './workspace.ts';

/** A part with its model, its choices and how its price came about. */
export function OpenPart({ part, item, quote, catalogue }: PartCardProps) {
  const api = useApi();
  const { dispatch, retry } = useWorkspace();
  const fetchHeat = async () => {
    const modelId = part.sending.kind === 'sent' ? part.sending.modelId : '';
    const answer = await api.stream(paths.modelHeat(modelId), {}, new AbortController().signal);
    return answer.blob();
  };
  const shape = useShape(useShownFile(part, item?.report != null));
  useUnitOfFile(part, item?.report?.unit ?? null);
  return (
    <div className="shop-part-body">
      <div className="shop-part-picture">
        <Inspector
          state={shape}
          label={part.fileName}
          millimetres={MILLIMETRES[part.unit]}
          report={item?.report ?? null}
          walls={item?.thickness ?? null}
          fetchHeat={fetchHeat}
        />
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
        {item && (
          <QuantityTable
            item={item}
            choose={(quantity) =>
              dispatch({ type: 'chosen', key: part.key, choice: { quantity, impossibleQuantity: null } })
            }
          />
        )}
      </div>
    </div>
  );
}

/** A file that names its unit is believed, until the buyer says otherwise. */
function useUnitOfFile(part: Part, stated: Unit | null): void {
  const { dispatch } = useWorkspace();
  const { key, unitConfirmed } = part;
  useEffect(() => {
    if (stated !== null && !unitConfirmed) dispatch({ type: 'unit_confirmed', key, unit: stated });
  }, [dispatch, key, stated, unitConfirmed]);
}

/**
 * What there is to show: the file itself where this page can read it, else the shape that the server has once it has
 * measured the model, also when the buyer came back by link and the file is not on this page any more.
 */
function useShownFile(part: Part, isMeasured: boolean): Blob | null {
  const api = useApi();
  const own = part.file !== null && isShownAtOnce(part.fileName) ? part.file : null;
  const modelId = part.sending.kind === 'sent' ? part.sending.modelId : null;
  const { data } = useQuery({
    queryKey: ['shape', modelId],
    enabled: own === null && modelId !== null && isMeasured,
    staleTime: Number.POSITIVE_INFINITY,
    // Without the picture the part can still be priced and ordered.
    retry: false,
    queryFn: async ({ signal }) => (await api.stream(paths.modelShape(modelId!), {}, signal)).blob(),
  });
  return own ?? data ?? null;
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
