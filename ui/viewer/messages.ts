import { textHook } from '#ui/kit';
import { en } from './messages.en.ts';
import { ru } from './messages.ru.ts';

export const useViewerText = textHook({ en, ru });

/** Whether there are words for a code of the server. */
export function isViewerKey(key: string): key is keyof typeof en {
  return key in en;
}
