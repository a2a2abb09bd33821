/** Sorts unsigned 64-bit numbers in place, in bounded time whatever they are: insertion for a few, heap sort for many. */

const FEW: u32 = 24;

export function sortWords(at: usize, count: u32): void {
  if (count <= FEW) insertionSort(at, count);
  else heapSort(at, count);
}

// @ts-ignore: decorator
@inline
export function insertionSort(at: usize, count: u32): void {
  const end = at + ((<usize>count) << 3);
  for (let next = at + 8; next < end; next += 8) {
    const word = load<u64>(next);
    let to = next;
    while (to > at && load<u64>(to - 8) > word) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, word);
  }
}

function heapSort(at: usize, count: u32): void {
  for (let i = <i64>(count >> 1) - 1; i >= 0; i--) sift(at, <u32>i, count);
  for (let last = count - 1; last > 0; last--) {
    const end = at + ((<usize>last) << 3);
    const word = load<u64>(end);
    store<u64>(end, load<u64>(at));
    store<u64>(at, word);
    sift(at, 0, last);
  }
}

function sift(at: usize, from: u32, count: u32): void {
  const word = load<u64>(at + ((<usize>from) << 3));
  let i = from;
  while (true) {
    let child: u32 = 2 * i + 1;
    if (child >= count) break;
    let value = load<u64>(at + ((<usize>child) << 3));
    if (child + 1 < count) {
      const right = load<u64>(at + ((<usize>(child + 1)) << 3));
      if (right > value) {
        value = right;
        child++;
      }
    }
    if (value <= word) break;
    store<u64>(at + ((<usize>i) << 3), value);
    i = child;
  }
  store<u64>(at + ((<usize>i) << 3), word);
}
