/** Sum of `count` doubles from address `at`. */
export function sum(at: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: u32 = 0; i < count; i++) total += load<f64>(at + (<usize>i << 3));
  return total;
}
