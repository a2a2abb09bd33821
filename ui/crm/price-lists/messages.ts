import { textHook } from '#ui/kit';
import { en } from './messages.en.ts';
import { ru } from './messages.ru.ts';

export type PriceKey = keyof typeof en;
export const usePriceText = textHook({ en, ru });
