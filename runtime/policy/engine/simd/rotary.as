/**
 * Rotates every head of every row to its position: element i with element i + half, as Hugging Face's Llama does.
 *
 * @param x rows of `stride` floats, of which the first heads * 2 half are rotated into y's rows of heads * 2 half
 * @param positions one int32 per row; cos and sin hold half floats per position
 * @param sign 1, or -1 to rotate back
 */
export function rotary(
  x: usize,
  stride: i32,
  y: usize,
  cos: usize,
  sin: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  half: i32,
  sign: f32,
): void {
  const lanes = f32x4.splat(sign);
  for (let row = 0; row < rows; row++) {
    const at = <usize>(load<i32>(positions + (<usize>row << 2)) * half) << 2;
    let from = x + (<usize>(row * stride) << 2);
    for (let head = 0; head < heads; head++) {
      const second = <usize>half << 2;
      let i = 0;
      for (; i + 4 <= half; i += 4) {
        const o = <usize>i << 2;
        const u = v128.load(from + o);
        const v = v128.load(from + second + o);
        const c = v128.load(cos + at + o);
        const s = f32x4.mul(lanes, v128.load(sin + at + o));
        v128.store(y + o, f32x4.sub(f32x4.mul(u, c), f32x4.mul(v, s)));
        v128.store(y + second + o, f32x4.add(f32x4.mul(v, c), f32x4.mul(u, s)));
      }
      for (; i < half; i++) {
        const o = <usize>i << 2;
        const u = load<f32>(from + o);
        const v = load<f32>(from + second + o);
        const c = load<f32>(cos + at + o);
        const s = sign * load<f32>(sin + at + o);
        store<f32>(y + o, u * c - v * s);
        store<f32>(y + second + o, v * c + u * s);
      }
      from += second << 1;
      y += second << 1;
    }
  }
}
