import type { Money } from '#contracts/basics';
import type { Language } from './text.ts';

const LOCALES: Record<Language, string> = { en: 'en-GB', ru: 'ru-RU' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Format {
  /** 1234 of RUB → «12,34 ₽». */
  money(money: Money): string;
  number(value: number, maximumFractionDigits?: number): string;
  /** 25_400_000 → 25.4 MB. */
  bytes(bytes: number): string;
  /** Day and month, with the year when it is another one. */
  date(iso: string): string;
  /** Day, month and minute, in the shop floor's time zone. */
  dateTime(iso: string): string;
  /** "in 3 days", "2 hours ago": for due dates and ages. `now` in milliseconds. */
  relative(iso: string, now?: number): string;
  /** 75 → "1 min 15 s". */
  duration(seconds: number): string;
}

/** Numbers, money and times as this language writes them, in the shop floor's time zone. */
export function formatFor(language: Language, timeZone: string): Format {
  const locale = LOCALES[language];
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone });
  const minute = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  });
  const year = new Intl.DateTimeFormat('en-GB', { year: 'numeric', timeZone });
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);

  return {
    money: ({ minor, currency }) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
        minor / 100,
      ),
    number: (value, maximumFractionDigits = 0) =>
      new Intl.NumberFormat(locale, { maximumFractionDigits }).format(value),
    bytes(bytes) {
      if (bytes < 1_000) return unit(bytes, 'byte');
      if (bytes < 1_000_000) return unit(bytes / 1_000, 'kilobyte');
      return unit(bytes / 1_000_000, 'megabyte', 1);
    },
    date(iso) {
      const at = new Date(iso);
      return (year.format(at) === year.format(Date.now()) ? day : dayOfYear).format(at);
    },
    dateTime: (iso) => minute.format(new Date(iso)),
    relative(iso, now = Date.now()) {
      const distance = Date.parse(iso) - now;
      const size = Math.abs(distance);
      if (size < MINUTE) return ago.format(0, 'second');
      if (size < HOUR) return ago.format(Math.trunc(distance / MINUTE), 'minute');
      if (size < DAY) return ago.format(Math.trunc(distance / HOUR), 'hour');
      return ago.format(Math.round(distance / DAY), 'day');
    },
    duration(seconds) {
      const whole = Math.max(0, Math.round(seconds));
      if (whole < 60) return unit(whole, 'second');
      const minutes = unit(Math.floor(whole / 60), 'minute');
      return whole % 60 === 0 ? minutes : `${minutes} ${unit(whole % 60, 'second')}`;
    },
  };
}
