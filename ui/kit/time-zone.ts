import { useMemo } from 'react';
import { type Format, formatFor } from './format.ts';
import { useLanguage } from './preferences.tsx';

const FALLBACK = 'Europe/Moscow';

/** The shop floor's time zone: the server writes it into `<meta name="forgeline-time-zone">`. */
export function shopFloorTimeZone(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="forgeline-time-zone"]')?.content || FALLBACK;
}

/** `const format = useFormat(); format.money(order.total)` */
export function useFormat(): Format {
  const language = useLanguage();
  return useMemo(() => formatFor(language, shopFloorTimeZone()), [language]);
}
