import { addScaled, dot } from "./vector";

/**
 * y[row] += scale * (x[row] Aᵀ) Bᵀ, in place.
 *
 * @param a `[rank, input]`
 * @param b transposed: `[rank, output]`
 * @param stride floats between rows of y
 */
export function addLowRank(
  x: usize,
  a: usize,
  b: usize,
  y: usize,
  stride: i32,
  rows: i32,
  input: i32,
  rank: i32,
  output: i32,
  scale: f32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let r = 0; r < rank; r++) {
      const low = scale * dot(x, a + (<usize>(r * input) << 2), input);
      addScaled(y, low, b + (<usize>(r * output) << 2), output);
    }
    x += input << 2;
    y += stride << 2;
  }
}
