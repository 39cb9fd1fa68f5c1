import { exp1, exp4, log } from "./vector";

/** out[row] = log softmax(logits[row])[targets[row]]; the normaliser's sum is in float64. */
export function tokenLogProbs(logits: usize, targets: usize, out: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++) {
    let most: f32 = -Infinity;
    for (let i = 0; i < width; i++) most = max<f32>(most, load<f32>(logits + (<usize>i << 2)));
    const shift = f32x4.splat(most);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const p = exp4(f32x4.sub(v128.load(logits + (<usize>i << 2)), shift));
      low = f64x2.add(low, f64x2.promote_low_f32x4(p));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i32>(p, p, 2, 3, 2, 3)));
    }
    const pair = f64x2.add(low, high);
    let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
    for (; i < width; i++) sum += <f64>exp1(load<f32>(logits + (<usize>i << 2)) - most);
    const target = load<f32>(logits + (<usize>load<i32>(targets) << 2));
    store<f32>(out, <f32>(<f64>target - <f64>most - log(sum)));
    logits += width << 2;
    targets += 4;
    out += 4;
  }
}

/** The gradient of `tokenLogProbs` in the logits: dy * (1 at the target - softmax). */
export function tokenLogProbsGrad(
  dy: usize,
  logits: usize,
  targets: usize,
  logProbs: usize,
  dx: usize,
  rows: i32,
  width: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const target = <usize>load<i32>(targets) << 2;
    const normaliser = load<f32>(logits + target) - load<f32>(logProbs);
    const d = load<f32>(dy);
    const shift = f32x4.splat(normaliser);
    const scale = f32x4.splat(-d);
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      v128.store(dx + at, f32x4.mul(scale, exp4(f32x4.sub(v128.load(logits + at), shift))));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      store<f32>(dx + at, -d * exp1(load<f32>(logits + at) - normaliser));
    }
    store<f32>(dx + target, load<f32>(dx + target) + d);
    logits += width << 2;
    dx += width << 2;
    dy += 4;
    targets += 4;
    logProbs += 4;
  }
}
