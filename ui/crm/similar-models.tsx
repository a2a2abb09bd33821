import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SimilarModels as Found, PastPrice, SimilarModel } from '#contracts/similar-models';
import { Chip, InlineProblem, type Tone, useApi, useFormat } from '#ui/kit';
import { useText } from './messages.ts';
import { paths } from './paths.ts';
import { useMaterialName } from './use-catalogue.ts';

/** It is compared by workers with nothing else to do. */
const AGAIN_MS = 4_000;
const TONES: Record<SimilarModel['likeness'], Tone> = {
  same_file: 'good',
  same_triangles: 'good',
  same_shape: 'info',
  mirror_image: 'wait',
  similar: 'calm',
};

/** Models like this one, surest first, with what they were quoted at: they advise, and never price. */
export function SimilarModels({ modelId }: { modelId: string }) {
  const t = useText();
  const api = useApi();
  const found = useQuery({
    queryKey: [paths.similarModels(modelId)],
    queryFn: ({ signal }) => api.get<Found>(paths.similarModels(modelId), signal),
    refetchInterval: ({ state }) => (state.data && !state.data.complete ? AGAIN_MS : false),
  });
  if (found.error) return <InlineProblem error={found.error} />;
  if (!found.data) return null;
  const { models, complete } = found.data;
  return (
    <section className="crm-similar" aria-label={t('similar.title')}>
      <h3>{t('similar.title')}</h3>
      {models.length === 0 && <p className="fl-soft">{t(complete ? 'similar.none' : 'similar.comparing')}</p>}
      <ul className="crm-records">
        {models.map((model) => (
          <li key={model.modelId} className="crm-record">
            <Likeness model={model} />
            {model.prices.map((price) => (
              <PastPriceLine key={`${price.quoteId} ${price.fileName}`} price={price} />
            ))}
          </li>
        ))}
      </ul>
      {models.length > 0 && !complete && <p className="fl-soft">{t('similar.comparing')}</p>}
    </section>
  );
}

function Likeness({ model: { likeness, fileName, uploadedAt, scale } }: { model: SimilarModel }) {
  const t = useText();
  const format = useFormat();
  return (
    <div className="crm-record-head">
      <strong>{fileName}</strong>
      <span>
        <Chip tone={TONES[likeness]} icon="cube">
          {t(`likeness.${likeness}`)}
        </Chip>{' '}
        <span className="fl-soft">
          {Math.abs(scale - 1) > 1e-3 && `${t('similar.scale', { scale: format.number(scale, 3) })} · `}
          {format.date(uploadedAt)}
        </span>
      </span>
    </div>
  );
}

function PastPriceLine({ price }: { price: PastPrice }) {
  const t = useText();
  const format = useFormat();
  const materialName = useMaterialName(price.total.currency);
  const { material, finish, quantity, unitPrice, total, orderId, at } = price;
  return (
    <p className="fl-soft">
      {materialName({ material, finish })}, {t('item.pieces', { count: quantity })}: {format.money(total)}
      {unitPrice && quantity > 1 && ` (${t('item.each', { price: format.money(unitPrice) })})`} · {format.date(at)}
      {orderId && (
        <>
          {' · '}
          <Link to="/orders/$orderId" params={{ orderId }}>
            {t('similar.order')}
          </Link>
        </>
      )}
    </p>
  );
}
