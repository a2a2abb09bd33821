import type { GeometryReport } from '#contracts/pricing';
import { useFormat } from '#ui/kit';
import { isViewerKey, useViewerText } from './messages.ts';

/** A hundredth of a thousandth is no change to anybody. */
const LEAST_CHANGE = 1e-5;

export interface SurfaceReportProps {
  report: GeometryReport;
  /** Millimetres in one unit of the file. */
  millimetres: number;
}

/** What was found in the surface and put right, in words; nothing of a plain, closed body. */
export function SurfaceReport({ report, millimetres }: SurfaceReportProps) {
  const t = useViewerText();
  const format = useFormat();
  const { topology } = report;
  const percent = (share: number) => format.number(share * 100, Math.abs(share) < 0.001 ? 3 : 1);
  const cm3 = (volume: number) => format.number((volume * millimetres ** 3) / 1000, 2);
  const lines: { key: string; text: string }[] = [];
  if (topology && topology.shells > 1)
    lines.push({ key: 'shells', text: t('surface.shells', { count: topology.shells }) });
  if (topology && topology.cavities > 0) {
    lines.push({
      key: 'cavities',
      text: t('surface.cavities', { count: topology.cavities, volume: cm3(topology.cavityVolume) }),
    });
  }
  for (const { code, faces, volumeChange } of report.repairs) {
    const what = t(`repair.${code}`, { count: faces });
    const isNothing = volumeChange !== null && Math.abs(volumeChange) < LEAST_CHANGE;
    const change =
      volumeChange === null ? t('repair.change_unknown') : t('repair.change', { percent: percent(volumeChange) });
    lines.push({ key: code, text: isNothing ? what : `${what} ${change}` });
  }
  for (const finding of report.findings) {
    const key = `finding.${finding}`;
    if (isViewerKey(key)) lines.push({ key, text: t(key) });
  }
  if (topology && topology.openEdges > 0) {
    lines.push({ key: 'open', text: t('surface.open_edges', { count: topology.openEdges }) });
  }
  if (topology && topology.nonManifoldEdges > 0) {
    lines.push({ key: 'manifold', text: t('surface.non_manifold', { count: topology.nonManifoldEdges }) });
  }
  if (lines.length === 0) return null;
  return (
    <ul className="fv-surface" aria-label={t('surface.title')}>
      {lines.map(({ key, text }) => (
        <li key={key}>{text}</li>
      ))}
    </ul>
  );
}
