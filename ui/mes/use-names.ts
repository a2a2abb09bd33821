import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { WorkCentre, WorkCentres } from '#contracts/mes';
import type { Catalogue } from '#contracts/pricing';
import { useApi, useLanguage } from '#ui/kit';
import { paths } from './paths.ts';

export interface Names {
  operation(code: string): string;
  centre(id: string): string;
  material(id: string): string;
  finish(materialId: string, id: string): string;
  centres: readonly WorkCentre[];
}

export const WORK_CENTRES = ['mes', 'work-centres'] as const;

/** What the floor's codes are called in this language; a code that nobody names stands for itself. */
export function useNames(): Names {
  const api = useApi();
  const language = useLanguage();
  const { data: floor } = useQuery({
    queryKey: WORK_CENTRES,
    queryFn: ({ signal }) => api.get<WorkCentres>(paths.workCentres, signal),
  });
  const { data: catalogue } = useQuery({
    queryKey: ['catalogue'],
    staleTime: 600_000,
    queryFn: ({ signal }) => api.get<Catalogue>(paths.catalogue, signal),
  });
  return useMemo(() => {
    const operations = new Map(floor?.operations.map(({ code, name }) => [code, name[language]]));
    const centres = new Map(floor?.items.map(({ id, name }) => [id, name[language]]));
    const materials = new Map(catalogue?.materials.map((material) => [material.id, material]));
    return {
      operation: (code) => operations.get(code) ?? code,
      centre: (id) => centres.get(id) ?? id,
      material: (id) => materials.get(id)?.name[language] ?? id,
      finish: (materialId, id) =>
        materials.get(materialId)?.finishes.find((finish) => finish.id === id)?.name[language] ?? id,
      centres: floor?.items ?? [],
    };
  }, [floor, catalogue, language]);
}
