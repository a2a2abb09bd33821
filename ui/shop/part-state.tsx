import { Button } from '@mantine/core';
import type { Quote, QuoteItem } from '#contracts/pricing';
import { ApiProblem, Icon, InlineProblem, useCodeText, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { useElapsed } from './use-elapsed.ts';
import type { Part } from './workspace.ts';

/** Above this a wait is worth a figure. */
const WORTH_TELLING_S = 1;
const USUAL_S = 3;

/** Where this part stands between the drop and its price: the stage, how long it has taken, what is wrong. */
export function PartState({
  part,
  item,
  quote,
  retry,
}: {
  part: Part;
  item: QuoteItem | null;
  quote: Quote | null;
  retry: () => void;
}) {
  const t = useText();
  const format = useFormat();
  const { sending } = part;
  const waiting = sending.kind === 'sent' && (item === null || item.state === 'queued' || item.state === 'calculating');
  const elapsed = useElapsed(waiting);

  if (sending.kind === 'sending') {
    const percent = Math.round(sending.share * 100);
    return (
      <div className="shop-stage" role="status">
        <span>{t('part.uploading', { percent })}</span>
        <div
          className="fl-progress"
          role="progressbar"
          aria-label={part.fileName}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <span style={{ width: `${percent}%` }} />
        </div>
      </div>
    );
  }
  if (sending.kind === 'failed') {
    return (
      <div className="shop-stage">
        <InlineProblem error={sending.error} />
        {canPass(sending.error) && (
          <Button variant="default" onClick={retry} leftSection={<Icon name="repeat" size={16} />}>
            {t('part.upload_again')}
          </Button>
        )}
      </div>
    );
  }
  if (waiting) {
    const position = quote?.queue?.position ?? 0;
    const stage = item?.progress?.stage;
    const words =
      item?.state === 'queued' && position > 0
        ? t('part.queued', { position })
        : t(stage ? `part.stage.${stage}` : 'part.measuring');
    const eta =
      quote?.queue && quote.queue.etaSeconds > USUAL_S
        ? t('part.eta', { eta: format.duration(quote.queue.etaSeconds) })
        : null;
    return (
      <p className="shop-stage shop-stage-line" role="status">
        <span className="fl-spinner" aria-hidden="true" />
        <span data-stage={stage ?? 'waiting'}>{words}</span>
        {elapsed >= WORTH_TELLING_S && (
          <span className="fl-soft">
            {t('part.elapsed', { elapsed: format.duration(elapsed) })},{' '}
            {eta ?? t('part.usually', { seconds: format.duration(USUAL_S) })}
          </span>
        )}
      </p>
    );
  }
  return item ? <Verdict item={item} /> : null;
}

/** Whether the same file may get through later; what is wrong with the file itself stays wrong. */
function canPass(error: unknown): boolean {
  return !(error instanceof ApiProblem) || error.status === 0 || error.status === 429 || error.status >= 500;
}

function Verdict({ item }: { item: QuoteItem }) {
  const t = useText();
  const words = useCodeText();
  if (!item.problem) return null;
  const problem = words(item.problem);
  const failed = item.state === 'failed';
  return (
    <div className={`shop-problem ${failed ? 'fl-tone-bad' : 'fl-tone-wait'}`} role="status">
      <Icon name={failed ? 'ban' : 'eye'} />
      <div>
        <strong>{failed ? t('problem.failed_title') : t('problem.title')}</strong>
        <p>
          {problem.title}. {problem.hint}
        </p>
      </div>
    </div>
  );
}
