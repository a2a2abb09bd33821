import { useQuery } from '@tanstack/react-query';
import type { Unit } from '#contracts/basics';
import type { QuoteItem } from '#contracts/pricing';
import { InlineProblem, Loading, useApi } from '#ui/kit';
import { Inspector, useShape } from '#ui/viewer';
import { paths } from './paths.ts';
import { fetchFile } from './save-file.ts';
import { MILLIMETRES } from './units.ts';

interface ModelViewProps {
  modelId: string;
  fileName: string;
  unit: Unit;
  /** What pricing found out about it. */
  quoted: QuoteItem | undefined;
}

/** A part's model, fetched when it is wanted and kept for this visit. */
export function ModelView({ modelId, fileName, unit, quoted }: ModelViewProps) {
  const api = useApi();
  const file = useQuery({
    queryKey: ['model-shape', modelId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => fetchFile(api, paths.modelShape(modelId), signal),
  });
  const shape = useShape(file.data ?? null);
  if (file.error) return <InlineProblem error={file.error} />;
  if (!file.data) return <Loading />;
  return (
    <div className="crm-model">
      <Inspector
        state={shape}
        label={fileName}
        millimetres={MILLIMETRES[unit]}
        report={quoted?.report ?? null}
        walls={quoted?.thickness ?? null}
        fetchHeat={() => fetchFile(api, paths.modelHeat(modelId))}
      />
    </div>
  );
}
