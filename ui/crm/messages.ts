import { textHook } from '#ui/kit';
import { en } from './messages.en.ts';
import { ru } from './messages.ru.ts';

export type CrmKey = keyof typeof en;
export const useText = textHook({ en, ru });

/** Whether the face has words of its own for a code of the server. */
export function isCrmKey(key: string): key is CrmKey {
  return key in en;
}
