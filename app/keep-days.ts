/** What is kept for a while only: for how many days, and the fewest that do no harm. */
export const KEPT = {
  answers: {
    days: 90,
    least: 30,
    what: 'answers to commands and Idempotency-Keys; clients may repeat a request for so long',
  },
  inbox: {
    days: 30,
    least: 14,
    what: 'which events a room has seen; longer than any broker or retry brings one again',
  },
  quotes: { days: 180, least: 30, what: 'quotes that nobody ordered, and cancelled calculations' },
  files: { days: 365, least: 30, what: 'uploads that no kept quote names' },
  webhooks: { days: 90, least: 7, what: "partners' events and the log of deliveries" },
  audit: { days: 730, least: 90, what: 'who signed in and what administrators changed' },
} as const satisfies Record<string, { days: number; least: number; what: string }>;

export type Kept = keyof typeof KEPT;
export type KeepDays = Record<Kept, number>;

export const KEPT_NAMES = Object.keys(KEPT) as Kept[];

/** Reads `answers=60,files=100` over the defaults. `refuse` is told what is wrong, in words for a person. */
export function parseKeepDays(text: string, refuse: (why: string) => never): KeepDays {
  const keep = Object.fromEntries(KEPT_NAMES.map((name) => [name, KEPT[name].days])) as KeepDays;
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', value = ''] = part.split('=').map((one) => one.trim());
    if (!(name in KEPT)) refuse(`"${name}" is none of ${KEPT_NAMES.join(', ')}.`);
    const { least } = KEPT[name as Kept];
    const days = Number(value);
    if (!Number.isInteger(days) || days < least || days > 36_500) {
      refuse(`${name} wants a whole number of days, at least ${least}, not "${value}".`);
    }
    keep[name as Kept] = days;
  }
  return keep;
}
