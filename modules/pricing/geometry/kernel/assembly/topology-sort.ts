/**
 * Sorts 64-bit words by their upper halves; words with the same upper half stay in their order. Bounded time whatever they
 * are: insertion for a few, and passes over 11 bits at a time for many.
 */
const FEW: u32 = 48;
const DIGITS = memory.data(2048 * 4, 16);
const DIGIT_BITS: u32 = 11;

let scratch: usize = 0;

/** Room for as many words as are ever sorted at once, when they are more than a few. */
export function sortWithin(scratchAt: usize): void {
  scratch = scratchAt;
}

/** From this many words on `sortWithin` is needed. */
export function fewWords(): u32 {
  return FEW;
}

export function sortWords(at: usize, count: u32): void {
  if (count <= FEW) {
    insertionSort(at, count);
    return;
  }
  let from = at;
  let to = scratch;
  for (let shift: u32 = 0; shift < 32; shift += DIGIT_BITS) {
    if (!pass(from, to, count, shift)) continue;
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != at) memory.copy(at, from, (<usize>count) << 3);
}

// @ts-ignore: decorator
@inline
export function insertionSort(at: usize, count: u32): void {
  const end = at + ((<usize>count) << 3);
  for (let next = at + 8; next < end; next += 8) {
    const word = load<u64>(next);
    const key = word >> 32;
    let to = next;
    while (to > at && load<u64>(to - 8) >> 32 > key) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, word);
  }
}

/** Moves the words by one digit; false, and nothing moved, when all have the same. */
function pass(from: usize, to: usize, count: u32, shift: u32): bool {
  memory.fill(DIGITS, 0, 2048 * 4);
  const end = from + ((<usize>count) << 3);
  for (let at = from; at < end; at += 8) {
    const digit = DIGITS + ((<usize>((load<u32>(at, 4) >> shift) & 2047)) << 2);
    store<u32>(digit, load<u32>(digit) + 1);
  }
  if (load<u32>(DIGITS + ((<usize>((load<u32>(from, 4) >> shift) & 2047)) << 2)) == count) return false;
  let place: u32 = 0;
  for (let digit = DIGITS; digit < DIGITS + 2048 * 4; digit += 4) {
    const here = load<u32>(digit);
    store<u32>(digit, place);
    place += here;
  }
  for (let at = from; at < end; at += 8) {
    const word = load<u64>(at);
    const digit = DIGITS + ((<usize>((<u32>(word >> 32) >> shift) & 2047)) << 2);
    const next = load<u32>(digit);
    store<u32>(digit, next + 1);
    store<u64>(to + ((<usize>next) << 3), word);
  }
  return true;
}
