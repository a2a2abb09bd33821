import { Link } from '@tanstack/react-router';
import type { OperationRow } from '#contracts/mes';
import { Icon, Keys, useFormat } from '#ui/kit';
import { Due, urgencyOf } from './due.tsx';
import { JobKindChip } from './job-kind.tsx';
import type { Fate } from './live-queue.ts';
import { useText } from './messages.ts';
import type { Names } from './use-names.ts';

export interface QueueRowProps {
  row: OperationRow;
  fate: Fate;
  names: Names;
  selected: boolean;
  /** Why nothing can be claimed at the moment; null when it can. */
  blocked: string | null;
  onSelect(): void;
  onClaim(): void;
}

export function QueueRow({ row, fate, names, selected, blocked, onSelect, onClaim }: QueueRowProps) {
  const t = useText();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: J and K move the selection, the button is the keyboard's way in
    <li
      className={`mes-row mes-row-${urgencyOf(row.dueAt, Date.now())} mes-fate-${fate.kind}`}
      aria-current={selected ? 'true' : undefined}
      data-operation={row.id}
      onClick={onSelect}
    >
      <OperationFacts row={row} names={names} />
      <Link
        to="/operations/$operationId"
        params={{ operationId: row.id }}
        className="mes-square mes-details"
        aria-label={t('queue.details', { operation: names.operation(row.code), order: row.orderNumber })}
      >
        <Icon name="eye" />
      </Link>
      <Pay row={row} />
      <ClaimButton fate={fate} row={row} names={names} selected={selected} blocked={blocked} onClaim={onClaim} />
    </li>
  );
}

/** What the operation is and of what; the same in every list of the floor. */
export function OperationFacts({ row, names }: { row: OperationRow; names: Names }) {
  const t = useText();
  return (
    <div className="mes-row-facts">
      <div className="mes-row-title">
        <strong>{names.operation(row.code)}</strong>
        <span className="mes-pieces">{t('pieces', { count: row.quantity - row.scrapped })}</span>
        <JobKindChip kind={row.jobKind} />
      </div>
      <div className="mes-row-line">
        <span className="fl-mono">
          {row.orderNumber}/{row.line}
        </span>
        <span>{names.material(row.material)}</span>
        <span>{names.finish(row.material, row.finish)}</span>
        <span className="mes-file">{row.fileName}</span>
      </div>
      <div className="mes-row-line">
        <Due dueAt={row.dueAt} rush={row.rush} />
        <span className="fl-soft">{names.centre(row.workCentre)}</span>
        <span className="fl-soft">{t('step', { step: row.step, steps: row.steps })}</span>
      </div>
    </div>
  );
}

function Pay({ row }: { row: OperationRow }) {
  const t = useText();
  const format = useFormat();
  return (
    <div className="mes-row-pay">
      <strong>{format.money(row.pay)}</strong>
      <span className="fl-soft">{t('pay.per_piece', { rate: format.money(row.rate) })}</span>
    </div>
  );
}

type ClaimProps = Omit<QueueRowProps, 'onSelect'>;

function ClaimButton({ fate, row, names, selected, blocked, onClaim }: ClaimProps) {
  const t = useText();
  const format = useFormat();
  if (fate.kind === 'mine') {
    return (
      <span className="mes-claim mes-claim-mine" role="status">
        <Icon name="check" />
        {t('claim.mine')}
      </span>
    );
  }
  if (fate.kind === 'taken' || fate.kind === 'gone') {
    return (
      <span className="mes-claim mes-claim-taken" role="status">
        {fate.kind === 'gone' ? t('claim.gone') : t('claim.taken', { name: fate.by, when: format.relative(fate.at) })}
      </span>
    );
  }
  const claiming = fate.kind === 'claiming';
  return (
    <button
      type="button"
      className="mes-claim mes-claim-button"
      disabled={claiming || blocked !== null}
      title={blocked ?? undefined}
      onClick={(event) => {
        event.stopPropagation();
        onClaim();
      }}
    >
      {claiming ? (
        <>
          <span className="fl-spinner" aria-hidden="true" />
          {t('claim.claiming')}
        </>
      ) : (
        <>
          {t('claim.claim')}
          <span className="mes-spoken">
            {t('claim.what', {
              operation: names.operation(row.code),
              order: row.orderNumber,
              pay: format.money(row.pay),
            })}
          </span>
          {selected && <Keys keys="KeyC" />}
        </>
      )}
    </button>
  );
}
