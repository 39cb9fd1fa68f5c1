/**
 * Rotates every head of every row to its position: element i with element i + half, as Hugging Face's Llama does. What
 * a head has beyond its first 2 half elements is copied.
 *
 * @param x rows of heads * dim floats, y alike
 * @param positions one int32 per row; cos and sin hold half floats per position
 * @param sign 1, or -1 to rotate back
 */
export function rotary(
  x: usize,
  y: usize,
  cos: usize,
  sin: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  dim: i32,
  half: i32,
  sign: f32,
): void {
  const width = <usize>(heads * dim) << 2;
  for (let row = 0; row < rows; row++) {
    const at = <usize>(load<i32>(positions + (<usize>row << 2)) * half) << 2;
    rotateRow(x, y, cos + at, sin + at, heads, dim, half, sign);
    x += width;
    y += width;
  }
}

/**
 * Takes rows of queries, keys and values side by side apart: rotates the queries into q, the keys into their slots of
 * `keys`, and copies the values into theirs.
 *
 * @param x rows of (heads + 2 groups) * dim floats
 * @param q rows of heads * dim floats
 * @param keys slots of groups * dim floats, values alike
 * @param own each row's slot (int32)
 */
export function splitQkv(
  x: usize,
  q: usize,
  keys: usize,
  values: usize,
  own: usize,
  cos: usize,
  sin: usize,
  positions: usize,
  rows: i32,
  heads: i32,
  groups: i32,
  dim: i32,
  half: i32,
): void {
  const queryBytes = <usize>(heads * dim) << 2;
  const keyBytes = <usize>(groups * dim) << 2;
  for (let row = 0; row < rows; row++) {
    const at = <usize>(load<i32>(positions + (<usize>row << 2)) * half) << 2;
    const slot = <usize>load<i32>(own + (<usize>row << 2)) * keyBytes;
    rotateRow(x, q, cos + at, sin + at, heads, dim, half, 1);
    rotateRow(x + queryBytes, keys + slot, cos + at, sin + at, groups, dim, half, 1);
    memory.copy(values + slot, x + queryBytes + keyBytes, keyBytes);
    x += queryBytes + 2 * keyBytes;
    q += queryBytes;
  }
}

function rotateRow(
  x: usize,
  y: usize,
  cos: usize,
  sin: usize,
  heads: i32,
  dim: i32,
  half: i32,
  sign: f32,
): void {
  const lanes = f32x4.splat(sign);
  const second = <usize>half << 2;
  const rotated = second << 1;
  const whole = <usize>dim << 2;
  for (let head = 0; head < heads; head++) {
    let i = 0;
    for (; i + 4 <= half; i += 4) {
      const o = <usize>i << 2;
      const u = v128.load(x + o);
      const v = v128.load(x + second + o);
      const c = v128.load(cos + o);
      const s = f32x4.mul(lanes, v128.load(sin + o));
      v128.store(y + o, f32x4.sub(f32x4.mul(u, c), f32x4.mul(v, s)));
      v128.store(y + second + o, f32x4.add(f32x4.mul(v, c), f32x4.mul(u, s)));
    }
    for (; i < half; i++) {
      const o = <usize>i << 2;
      const u = load<f32>(x + o);
      const v = load<f32>(x + second + o);
      const c = load<f32>(cos + o);
      const s = sign * load<f32>(sin + o);
      store<f32>(y + o, u * c - v * s);
      store<f32>(y + second + o, v * c + u * s);
    }
    if (rotated < whole) memory.copy(y + rotated, x + rotated, whole - rotated);
    x += whole;
    y += whole;
  }
}
