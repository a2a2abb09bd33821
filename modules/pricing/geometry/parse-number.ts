const ZERO = 48;
const NINE = 57;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const COMMA = 44;
const LOWER_E = 101;
const CASE_BIT = 32;
/** Powers of ten that a double holds exactly: scaling by one of them rounds once, as correct parsing does. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);
const MOST_EXACT_MANTISSA = 2 ** 53 / 10 - 1;

/** The decimal number that bytes [start, end) spell, or NaN when they do not spell a finite one. */
export function parseNumber(block: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = block[at] === MINUS;
  if (negative || block[at] === PLUS) at++;
  let mantissa = 0;
  let scale = 0;
  let digits = 0;
  let exact = true;
  let afterPoint = false;
  for (; at < end; at++) {
    const byte = block[at]!;
    if (byte >= ZERO && byte <= NINE) {
      digits++;
      if (mantissa > MOST_EXACT_MANTISSA) exact = false;
      mantissa = mantissa * 10 + (byte - ZERO);
      if (afterPoint) scale--;
    } else if (byte === POINT && !afterPoint) afterPoint = true;
    else break;
  }
  if (digits === 0) return Number.NaN;
  if (at < end) {
    if ((block[at]! | CASE_BIT) !== LOWER_E) return Number.NaN;
    const exponent = parseExponent(block, at + 1, end);
    if (Number.isNaN(exponent)) return Number.NaN;
    scale += exponent;
  }
  if (!exact || scale < -22 || scale > 22) return slowParse(block, start, end);
  const value = scale < 0 ? mantissa / EXACT_POWERS[-scale]! : mantissa * EXACT_POWERS[scale]!;
  return negative ? -value : value;
}

function parseExponent(block: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = block[at] === MINUS;
  if (negative || block[at] === PLUS) at++;
  if (at === end) return Number.NaN;
  let exponent = 0;
  for (; at < end; at++) {
    const byte = block[at]!;
    if (byte < ZERO || byte > NINE) return Number.NaN;
    exponent = Math.min(exponent * 10 + (byte - ZERO), 9999);
  }
  return negative ? -exponent : exponent;
}

/** The grammar was checked above; the language's own parser rounds the rare long ones. */
function slowParse(block: Uint8Array, start: number, end: number): number {
  const value = Number(text(block, start, end));
  return Number.isFinite(value) ? value : Number.NaN;
}

export function isNotANumber(block: Uint8Array, start: number, end: number): boolean {
  return /^[+-]?(nan|inf)/i.test(text(block, start, end)) || /#(ind|qnan|inf)/i.test(text(block, start, end));
}

export function isDecimalComma(block: Uint8Array, start: number, end: number): boolean {
  return block.subarray(start, end).includes(COMMA);
}

function text(block: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...block.subarray(start, end));
}
