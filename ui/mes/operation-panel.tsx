import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { OperationCard } from '#contracts/mes';
import { ErrorNotice, Icon, Loading, useApi, useLanguage, useToasts } from '#ui/kit';
import { useShape, Viewer } from '#ui/viewer';
import { Due } from './due.tsx';
import { JobKindChip, OperationStateChip } from './job-kind.tsx';
import { useText } from './messages.ts';
import { openFile } from './open-file.ts';
import { paths } from './paths.ts';
import { MILLIMETRES, useModel } from './use-model.ts';
import { useNames } from './use-names.ts';

export function useOperation(operationId: string) {
  const api = useApi();
  return useQuery({
    queryKey: ['mes', 'operation', operationId],
    queryFn: ({ signal }) => api.get<OperationCard>(paths.operation(operationId), signal),
  });
}

/** Everything about one operation that a person needs beside the machine: model, facts, note, route, traveller. */
export function OperationPanel({ operationId }: { operationId: string }) {
  const { data: card, error, refetch } = useOperation(operationId);
  if (error && !card) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (!card) return <Loading />;
  return (
    <div className="mes-panel">
      <Model card={card} />
      <Facts card={card} />
      <RouteSteps card={card} />
    </div>
  );
}

function Model({ card }: { card: OperationCard }) {
  const t = useText();
  const { file, failed } = useModel(card.sha256);
  const shape = useShape(file);
  if (failed) return <p className="mes-no-model fl-soft">{t('panel.no_model')}</p>;
  return (
    <div className="mes-model">
      <Viewer state={shape} label={card.operation.fileName} millimetres={MILLIMETRES[card.unit]} />
    </div>
  );
}

function Facts({ card }: { card: OperationCard }) {
  const t = useText();
  const names = useNames();
  const { operation } = card;
  return (
    <section className="mes-facts">
      <header>
        <div>
          <h2>{names.operation(operation.code)}</h2>
          <span className="fl-mono">
            {operation.orderNumber}/{operation.line}/{operation.jobSerial}
          </span>
        </div>
        <Traveller operationId={operation.id} />
      </header>
      <div className="mes-row-line">
        <OperationStateChip state={operation.state} />
        <JobKindChip kind={operation.jobKind} />
        <Due dueAt={operation.dueAt} rush={operation.rush} />
      </div>
      {card.jobReason && <Remark icon="alert" title={t('panel.reason')} text={card.jobReason} />}
      {card.note && <Remark icon="document" title={t('panel.note')} text={card.note} />}
      <dl className="mes-terms">
        <Term name={t('panel.pieces')} value={t('pieces', { count: operation.quantity })} />
        <Term name={t('panel.material')} value={names.material(operation.material)} />
        <Term name={t('panel.finish')} value={names.finish(operation.material, operation.finish)} />
        <Term name={t('panel.file')} value={operation.fileName} />
        <Term name={t('panel.centre')} value={names.centre(operation.workCentre)} />
      </dl>
    </section>
  );
}

function Remark({ icon, title, text }: { icon: 'alert' | 'document'; title: string; text: string }) {
  return (
    <p className="mes-remark">
      <Icon name={icon} size={16} />
      <span>
        <strong>{title}</strong> {text}
      </span>
    </p>
  );
}

function Term({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Traveller({ operationId }: { operationId: string }) {
  const t = useText();
  const api = useApi();
  const language = useLanguage();
  const toasts = useToasts();
  const print = () => openFile(api, paths.traveller(operationId, language)).catch(toasts.showProblem);
  return (
    <Button variant="default" className="mes-touch" leftSection={<Icon name="document" />} onClick={() => void print()}>
      {t('panel.traveller')}
    </Button>
  );
}

/** Where the pieces have been and where they go next. */
function RouteSteps({ card }: { card: OperationCard }) {
  const t = useText();
  const names = useNames();
  return (
    <section>
      <h3>{t('panel.route')}</h3>
      <ol className="mes-route">
        {card.route.map((step) => (
          <li key={step.id} aria-current={step.id === card.operation.id ? 'step' : undefined}>
            <span className="mes-route-number">{step.step}</span>
            <span className="mes-route-name">
              {names.operation(step.code)}
              <span className="fl-soft">{names.centre(step.workCentre)}</span>
            </span>
            <span className="mes-route-end">
              <OperationStateChip state={step.state} />
              {step.holder && <span className="fl-soft">{step.holder}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
