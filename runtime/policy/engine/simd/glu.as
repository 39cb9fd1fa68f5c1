import { exp1, exp4 } from "./vector";

/** y = silu(gate) * up. Rows of gate and up are `stride` floats apart, those of y `width`. */
export function swiGlu(gate: usize, up: usize, stride: i32, y: usize, rows: i32, width: i32): void {
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    let i = 0;
    for (; i + 4 <= width; i += 4) {
      const at = <usize>i << 2;
      const g = v128.load(gate + at);
      const silu = f32x4.div(g, f32x4.add(one, exp4(f32x4.neg(g))));
      v128.store(y + at, f32x4.mul(silu, v128.load(up + at)));
    }
    for (; i < width; i++) {
      const at = <usize>i << 2;
      const g = load<f32>(gate + at);
      store<f32>(y + at, (g / (<f32>1 + exp1(-g))) * load<f32>(up + at));
    }
    gate += stride << 2;
    up += stride << 2;
    y += width << 2;
  }
}

/** The gradient of `swiGlu` in gate and up, all rows `width` floats. */
export function swiGluGrad(dy: usize, gate: usize, up: usize, dGate: usize, dUp: usize, count: i32): void {
  const one = f32x4.splat(1);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const at = <usize>i << 2;
    const g = v128.load(gate + at);
    const d = v128.load(dy + at);
    const s = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(g))));
    const silu = f32x4.mul(g, s);
    v128.store(dUp + at, f32x4.mul(d, silu));
    const slope = f32x4.add(s, f32x4.mul(silu, f32x4.sub(one, s)));
    v128.store(dGate + at, f32x4.mul(f32x4.mul(d, v128.load(up + at)), slope));
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    const g = load<f32>(gate + at);
    const d = load<f32>(dy + at);
    const s = <f32>1 / (<f32>1 + exp1(-g));
    const silu = g * s;
    store<f32>(dUp + at, d * silu);
    store<f32>(dGate + at, d * load<f32>(up + at) * (s + silu * (<f32>1 - s)));
  }
}
