import { useEffect, useRef, useState } from 'react';
import type { Unit } from '#contracts/basics';
import type { Catalogue, Model } from '#contracts/pricing';
import { useApi, useToasts } from '#ui/kit';
import { isModelFile } from '#ui/viewer';
import { useText } from './messages.ts';
import { paths } from './paths.ts';

/** A file on its way to becoming a part of the order. */
export interface Part {
  key: string;
  file: File;
  /** 0 to 1. */
  progress: number;
  modelId: string | null;
  unit: Unit;
  material: string;
  finish: string;
  quantity: number;
}

export const MOST_BYTES = 512_000_000;

/** The parts of a new order: files are uploaded as soon as they are dropped. */
export function useParts(catalogue: Catalogue | undefined) {
  const t = useText();
  const api = useApi();
  const toasts = useToasts();
  const [parts, setParts] = useState<Part[]>([]);
  const uploads = useRef(new Map<string, () => void>());

  useEffect(() => {
    const running = uploads.current;
    return () => {
      for (const cancel of running.values()) cancel();
    };
  }, []);

  const change = (key: string, news: Partial<Part>) =>
    setParts((now) => now.map((part) => (part.key === key ? { ...part, ...news } : part)));
  const remove = (key: string) => {
    uploads.current.get(key)?.();
    uploads.current.delete(key);
    setParts((now) => now.filter((part) => part.key !== key));
  };

  const upload = async (part: Part) => {
    const sending = api.upload<Model>(paths.upload(part.file.name), part.file, (progress) =>
      change(part.key, { progress }),
    );
    uploads.current.set(part.key, sending.cancel);
    try {
      const { id } = await sending.promise;
      change(part.key, { modelId: id, progress: 1 });
    } catch (error) {
      if (!uploads.current.has(part.key)) return;
      remove(part.key);
      toasts.showProblem(error);
    } finally {
      uploads.current.delete(part.key);
    }
  };

  const add = (files: File[]) => {
    const good = files.filter((file) => isModelFile(file.name) && file.size > 0 && file.size <= MOST_BYTES);
    if (good.length < files.length) toasts.show({ tone: 'bad', text: t('new.files_refused') });
    const first = catalogue?.materials[0];
    const added = good.map((file): Part => {
      const last = parts.at(-1);
      return {
        key: crypto.randomUUID(),
        file,
        progress: 0,
        modelId: null,
        unit: 'mm',
        material: last?.material ?? first?.id ?? '',
        finish: last?.finish ?? first?.finishes[0]?.id ?? '',
        quantity: 1,
      };
    });
    setParts([...parts, ...added]);
    for (const part of added) void upload(part);
  };

  return { parts, add, change, remove };
}
