import { textHook } from '#ui/kit';
import { en } from './messages.en.ts';
import { ru } from './messages.ru.ts';

export const useLetterText = textHook({ en, ru });
