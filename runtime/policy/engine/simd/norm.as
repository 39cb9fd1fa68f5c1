import { dot, sumLanes } from "./vector";

/** y = x * inv * w with inv = 1 / sqrt(mean(x²) + epsilon) per row, kept for the gradient. */
export function rmsNorm(x: usize, w: usize, y: usize, inv: usize, rows: i32, width: i32, epsilon: f32): void {
  for (let row = 0; row < rows; row++) {
    const scale = <f32>1 / sqrt<f32>(dot(x, x, width) / <f32>width + epsilon);
    store<f32>(inv, scale);
    inv += 4;
    scaleRow(x, w, y, scale, width);
    x += width << 2;
    y += width << 2;
  }
}

/** sum = x + delta, and y = the norm of sum: a residual connection and what follows it. sum may be x. */
export function addRmsNorm(
  x: usize,
  delta: usize,
  w: usize,
  sum: usize,
  y: usize,
  rows: i32,
  width: i32,
  epsilon: f32,
): void {
  const bytes = <usize>width << 2;
  for (let row = 0; row < rows; row++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      v128.store(sum + at, f32x4.add(v128.load(x + at), v128.load(delta + at)));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      store<f32>(sum + at, load<f32>(x + at) + load<f32>(delta + at));
    }
    scaleRow(sum, w, y, <f32>1 / sqrt<f32>(dot(sum, sum, width) / <f32>width + epsilon), width);
    x += bytes;
    delta += bytes;
    sum += bytes;
    y += bytes;
  }
}

function scaleRow(x: usize, w: usize, y: usize, scale: f32, width: i32): void {
  const s = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= width; i += 4) {
    const at = <usize>i << 2;
    v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), s), v128.load(w + at)));
  }
  for (; i < width; i++) {
    const at = <usize>i << 2;
    store<f32>(y + at, load<f32>(x + at) * scale * load<f32>(w + at));
  }
}

/**
 * dx = inv * (dy w - x * inv² * mean(dy w x)); dw += dy x inv over all rows, if dw is not 0.
 */
export function rmsNormGrad(
  dy: usize,
  x: usize,
  w: usize,
  inv: usize,
  dx: usize,
  dw: usize,
  rows: i32,
  width: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const scale = load<f32>(inv);
    inv += 4;
    let lanes = f32x4.splat(0);
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      const g = f32x4.mul(v128.load(dy + at), v128.load(w + at));
      lanes = f32x4.add(lanes, f32x4.mul(g, v128.load(x + at)));
    }
    let sum = sumLanes(lanes);
    for (; i < width; i++) {
      const at = <usize>i << 2;
      sum += load<f32>(dy + at) * load<f32>(w + at) * load<f32>(x + at);
    }
    const pull = (scale * scale * sum) / <f32>width;
    const p = f32x4.splat(pull);
    const s = f32x4.splat(scale);
    for (i = 0; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      const g = f32x4.mul(v128.load(dy + at), v128.load(w + at));
      v128.store(dx + at, f32x4.mul(s, f32x4.sub(g, f32x4.mul(p, v128.load(x + at)))));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      store<f32>(dx + at, scale * (load<f32>(dy + at) * load<f32>(w + at) - pull * load<f32>(x + at)));
    }
    if (dw != 0) {
      for (i = 0; i < width; i++) {
        const at = <usize>i << 2;
        store<f32>(dw + at, load<f32>(dw + at) + load<f32>(dy + at) * load<f32>(x + at) * scale);
      }
    }
    x += width << 2;
    dy += width << 2;
    dx += width << 2;
  }
}
