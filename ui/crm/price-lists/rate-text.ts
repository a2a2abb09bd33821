/** Rates stand in minor units and may be fractions of them; people read and write them in major units. */
const MINOR = 100;
const DIGITS = 6;

/** 1558.3 → `15.583`: as many digits as it has, at most six. */
export function rateText(minor: number): string {
  return plainText(minor / MINOR);
}

export function plainText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toFixed(DIGITS))) : '';
}

/** What somebody typed, with a point or a comma; NaN when it is no number. */
export function parsePlain(text: string): number {
  const plain = text.replaceAll(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  return /^\d{1,12}(\.\d{0,8})?$|^\.\d{1,8}$/.test(plain) ? Number(plain) : Number.NaN;
}

/** `15,583` → 1558.3 without the dust of binary fractions. */
export function parseRate(text: string): number {
  return Number((parsePlain(text) * MINOR).toFixed(DIGITS));
}
