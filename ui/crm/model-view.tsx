import { useQuery } from '@tanstack/react-query';
import type { Unit } from '#contracts/basics';
import { InlineProblem, Loading, useApi } from '#ui/kit';
import { useShape, Viewer } from '#ui/viewer';
import { paths } from './paths.ts';
import { fetchFile } from './save-file.ts';
import { MILLIMETRES } from './units.ts';

/** A part's model, fetched when it is wanted and kept for this visit. */
export function ModelView({ modelId, fileName, unit }: { modelId: string; fileName: string; unit: Unit }) {
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
      <Viewer state={shape} label={fileName} millimetres={MILLIMETRES[unit]} />
    </div>
  );
}
