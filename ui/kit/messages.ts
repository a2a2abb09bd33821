import { en } from './messages.en.ts';
import { ru } from './messages.ru.ts';
import { textHook } from './preferences.tsx';

/** The kit's own texts. Statuses and roles are here, so that every face calls them the same. */
export const useKitText = textHook({ en, ru });
