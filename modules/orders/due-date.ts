import type { LeadTier } from '#contracts/orders';

/** When the shop floor works. */
export interface Calendar {
  /** IANA name, e.g. `Europe/Moscow`. */
  timeZone: string;
  /** 0 = Sunday … 6 = Saturday. */
  workingDays: readonly number[];
  /** `YYYY-MM-DD`, local. */
  holidays: ReadonlySet<string>;
  /** Local hour at which a working day ends: parts are due by then. */
  closingHour: number;
}

export interface LeadRules {
  calendar: Calendar;
  /** Working days from confirmation; the price list promises the same. */
  leadDays: Readonly<Record<LeadTier, number>>;
}

const DAY_MS = 86_400_000;

/**
 * The promised moment: the end of the n-th working day after the day of confirmation, n by lead tier, halved (rounded up)
 * for a rush. Takes and gives UTC ISO times.
 */
export function dueDate(confirmedAt: string, tier: LeadTier, rush: boolean, rules: LeadRules): string {
  const { calendar } = rules;
  const days = rush ? Math.ceil(rules.leadDays[tier] / 2) : rules.leadDays[tier];
  let date = localMidnight(Date.parse(confirmedAt), calendar.timeZone);
  for (let left = days; left > 0; ) {
    date += DAY_MS;
    if (isWorkingDay(date, calendar)) left -= 1;
  }
  return new Date(fromLocal(date + calendar.closingHour * 3_600_000, calendar.timeZone)).toISOString();
}

function isWorkingDay(date: number, calendar: Calendar): boolean {
  const day = new Date(date);
  return calendar.workingDays.includes(day.getUTCDay()) && !calendar.holidays.has(day.toISOString().slice(0, 10));
}

/** Local dates are counted as if they were UTC, so that a change of summer time cannot skip or repeat one. */
function localMidnight(at: number, timeZone: string): number {
  const local = at + offsetMs(at, timeZone);
  return local - (((local % DAY_MS) + DAY_MS) % DAY_MS);
}

function fromLocal(local: number, timeZone: string): number {
  const guess = local - offsetMs(local, timeZone);
  return local - offsetMs(guess, timeZone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that the zone's clocks are ahead of UTC at that moment. */
function offsetMs(at: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(
    part['year']!,
    part['month']! - 1,
    part['day']!,
    part['hour']!,
    part['minute']!,
    part['second']!,
  );
  return local - Math.floor(at / 1000) * 1000;
}
