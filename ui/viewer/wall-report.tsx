import type { WallCheck } from '#contracts/pricing';
import { Icon, useFormat } from '#ui/kit';
import { useViewerText } from './messages.ts';

/** Below this share of the surface a thin place is a sharp edge, not a wall. */
const WORTH_SAYING = 0.001;

export interface WallReportProps {
  walls: WallCheck;
  /** Whether the model is coloured by its walls now, and how to change that; absent where there is nothing to colour it by. */
  heat?: { shown: boolean; busy: boolean; toggle(): void } | undefined;
  /** Turns the model so that a place (file units) is seen. */
  lookAt?: ((place: readonly [number, number, number]) => void) | undefined;
}

/** Whether the walls are thick enough for the material, and where they are not. */
export function WallReport({ walls, heat, lookAt }: WallReportProps) {
  const t = useViewerText();
  const format = useFormat();
  const mm = (value: number) => format.number(value, 2);
  const isThin = walls.shareBelow >= WORTH_SAYING;
  return (
    <section className={`fv-walls ${isThin ? 'fl-tone-wait' : 'fl-tone-good'}`} aria-label={t('walls.title')}>
      <p>
        <Icon name={isThin ? 'alert' : 'check'} size={16} />
        <span>
          {isThin
            ? t('walls.thin', { share: format.number(walls.shareBelow * 100, 1), limit: mm(walls.limitMm) })
            : t('walls.good', { limit: mm(walls.limitMm) })}
        </span>
        {heat && (
          <button type="button" aria-pressed={heat.shown} aria-busy={heat.busy} onClick={heat.toggle}>
            {t('walls.show')}
          </button>
        )}
      </p>
      {isThin && walls.patches.length > 0 && (
        <ul aria-label={t('walls.places')}>
          {walls.patches.map((patch) => (
            <li key={patch.at.join()}>
              <button type="button" disabled={!lookAt} onClick={() => lookAt?.(patch.at)}>
                {t('walls.place', { thinnest: mm(patch.thinnestMm), area: mm(patch.areaMm2) })}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
