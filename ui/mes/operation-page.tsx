import { useRouter } from '@tanstack/react-router';
import { ErrorNotice, Icon, Loading, useFormat, useParam } from '#ui/kit';
import { en, type MesKey } from './messages.en.ts';
import { useText } from './messages.ts';
import { OperationPanel, useOperation } from './operation-panel.tsx';
import { useNames } from './use-names.ts';

/** One operation with all that ever happened to it. */
export function OperationPage() {
  const t = useText();
  const format = useFormat();
  const names = useNames();
  const operationId = useParam('operationId');
  const { data: card, error, refetch } = useOperation(operationId);
  if (error && !card) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!card) return <Loading />;
  return (
    <div className="mes-screen mes-operation-screen">
      <div className="mes-head">
        <BackButton />
        <h1>
          {names.operation(card.operation.code)}, {card.operation.orderNumber}/{card.operation.line}
        </h1>
      </div>
      <div className="mes-operation">
        <OperationPanel operationId={operationId} />
        <section>
          <h2>{t('history.title')}</h2>
          <ol className="mes-history">
            {card.history.toReversed().map((change) => (
              <li key={change.version}>
                <strong>{t(changeKey(change.name))}</strong>
                {change.text && <span>{change.text}</span>}
                <span className="fl-soft">
                  <time dateTime={change.at}>{format.dateTime(change.at)}</time> · {change.by}
                </span>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </div>
  );
}

function BackButton() {
  const t = useText();
  const { history } = useRouter();
  return (
    <button type="button" className="mes-square" aria-label={t('panel.back')} onClick={() => history.back()}>
      <Icon name="arrow" className="mes-turned" />
    </button>
  );
}

function changeKey(name: string): MesKey {
  const key = `history.${name}`;
  return key in en ? (key as MesKey) : 'history.other';
}
