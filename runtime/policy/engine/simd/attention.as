import { dot, exp4, log, sumLanes } from "./vector";

// Causal attention of packed rows. A row at position p sees the first p + 1 entries of its context: a list of slots, in the
// order of their positions, each a row of k and v. So prompts that share a prefix share its slots, nothing is padded,
// and a row's result depends on the keys and values it sees alone, wherever these are kept.

/**
 * out[row] = softmax(scale * q k) v per head; lse[row, head] = log of the softmax's normaliser.
 *
 * @param q rows of heads * dim floats, out alike
 * @param k slots of `groups` * dim floats, `stride` floats apart, v alike; heads / groups query heads share a group
 * @param contexts per row, where its list of slots begins in `slots` (int32)
 * @param positions per row (int32): it sees the first position + 1 of them
 * @param scratch floats for as many scores as the longest row sees, rounded up to four
 */
export function attend(
  q: usize,
  k: usize,
  v: usize,
  stride: i32,
  slots: usize,
  contexts: usize,
  positions: usize,
  out: usize,
  lse: usize,
  scratch: usize,
  rows: i32,
  heads: i32,
  groups: i32,
  dim: i32,
  scale: f32,
): void {
  const share = heads / groups;
  for (let row = 0; row < rows; row++) {
    const list = slots + (<usize>load<i32>(contexts + (<usize>row << 2)) << 2);
    const seen = load<i32>(positions + (<usize>row << 2)) + 1;
    for (let head = 0; head < heads; head++) {
      const offset = <usize>((head / share) * dim) << 2;
      const most = scores(q, k + offset, stride, list, seen, scratch, dim, scale);
      const sum = exponentiate(scratch, seen, most);
      store<f32>(lse, most + <f32>log(sum));
      lse += 4;
      mix(scratch, v + offset, stride, list, seen, out, dim, <f32>1 / sum);
      q += dim << 2;
      out += dim << 2;
    }
  }
}

/** scratch[j] = scale * q k[list[j]]; returns the largest. */
function scores(
  q: usize,
  k: usize,
  stride: i32,
  list: usize,
  seen: i32,
  scratch: usize,
  dim: i32,
  scale: f32,
): f32 {
  let most: f32 = -Infinity;
  for (let j = 0; j < seen; j++) {
    const key = k + (<usize>(load<i32>(list + (<usize>j << 2)) * stride) << 2);
    const score = dot(q, key, dim) * scale;
    store<f32>(scratch + (<usize>j << 2), score);
    most = max<f32>(most, score);
  }
  return most;
}

/** scratch[j] = exp(scratch[j] - most); returns the sum. Pads the last vector with zeros. */
function exponentiate(scratch: usize, seen: i32, most: f32): f32 {
  const shift = f32x4.splat(most);
  for (let j = seen; (j & 3) != 0; j++) store<f32>(scratch + (<usize>j << 2), -Infinity);
  let lanes = f32x4.splat(0);
  for (let j = 0; j < seen; j += 4) {
    const at = scratch + (<usize>j << 2);
    const p = exp4(f32x4.sub(v128.load(at), shift));
    v128.store(at, p);
    lanes = f32x4.add(lanes, p);
  }
  return sumLanes(lanes);
}

/** out = scale * sum of weights[j] v[list[j]]. */
function mix(
  weights: usize,
  v: usize,
  stride: i32,
  list: usize,
  seen: i32,
  out: usize,
  dim: i32,
  scale: f32,
): void {
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const column = v + (<usize>i << 2);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    for (let j = 0; j < seen; j++) {
      const value = column + (<usize>(load<i32>(list + (<usize>j << 2)) * stride) << 2);
      const w = v128.load32_splat(weights + (<usize>j << 2));
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(value)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(value, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w, v128.load(value, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w, v128.load(value, 48)));
    }
    const s = f32x4.splat(scale);
    const at = out + (<usize>i << 2);
    v128.store(at, f32x4.mul(s0, s));
    v128.store(at, f32x4.mul(s1, s), 16);
    v128.store(at, f32x4.mul(s2, s), 32);
    v128.store(at, f32x4.mul(s3, s), 48);
  }
  for (; i < dim; i++) {
    let sum: f32 = 0;
    for (let j = 0; j < seen; j++) {
      const value = v + (<usize>(load<i32>(list + (<usize>j << 2)) * stride + i) << 2);
      sum += load<f32>(weights + (<usize>j << 2)) * load<f32>(value);
    }
    store<f32>(out + (<usize>i << 2), sum * scale);
  }
}

/**
 * The gradient of `attend` in q, k and v. dk and dv, laid out like k and v, are added to and must start at 0; rows are
 * taken in ascending order, so the sums are reproducible.
 *
 * @param scratch twice as much as for `attend`
 */
export function attendGrad(
  dy: usize,
  q: usize,
  k: usize,
  v: usize,
  stride: i32,
  slots: usize,
  contexts: usize,
  positions: usize,
  out: usize,
  lse: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
  rows: i32,
  heads: i32,
  groups: i32,
  dim: i32,
  scale: f32,
): void {
  const share = heads / groups;
  const step = <usize>dim << 2;
  for (let row = 0; row < rows; row++) {
    const list = slots + (<usize>load<i32>(contexts + (<usize>row << 2)) << 2);
    const seen = load<i32>(positions + (<usize>row << 2)) + 1;
    const slopes = scratch + (<usize>((seen + 3) & ~3) << 2);
    for (let head = 0; head < heads; head++) {
      const offset = <usize>((head / share) * dim) << 2;
      scores(q, k + offset, stride, list, seen, scratch, dim, scale);
      scores(dy, v + offset, stride, list, seen, slopes, dim, 1);
      differentiateSoftmax(scratch, slopes, seen, load<f32>(lse), dot(dy, out, dim), scale);
      memory.fill(dq, 0, step);
      for (let j = 0; j < seen; j++) {
        const at = <usize>j << 2;
        const slot = offset + (<usize>(load<i32>(list + at) * stride) << 2);
        const p = load<f32>(scratch + at);
        const ds = load<f32>(slopes + at);
        spread(q, dy, k + slot, dq, dk + slot, dv + slot, dim, p, ds);
      }
      lse += 4;
      q += step;
      out += step;
      dy += step;
      dq += step;
    }
  }
}

/** From scores s and the gradients g of the probabilities: p = exp(s - lse) into s, p * (g - pull) * scale into g. */
function differentiateSoftmax(s: usize, g: usize, seen: i32, lse: f32, pull: f32, scale: f32): void {
  const shift = f32x4.splat(lse);
  const pulled = f32x4.splat(pull);
  const scaled = f32x4.splat(scale);
  for (let j = 0; j < seen; j += 4) {
    const at = <usize>j << 2;
    const p = exp4(f32x4.sub(v128.load(s + at), shift));
    v128.store(s + at, p);
    v128.store(g + at, f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(g + at), pulled)), scaled));
  }
}

/** dq += ds k, dk += ds q, dv += p dy. */
function spread(
  q: usize,
  dy: usize,
  k: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  dim: i32,
  p: f32,
  ds: f32,
): void {
  const p4 = f32x4.splat(p);
  const ds4 = f32x4.splat(ds);
  let i = 0;
  for (; i + 4 <= dim; i += 4) {
    const at = <usize>i << 2;
    v128.store(dq + at, f32x4.add(v128.load(dq + at), f32x4.mul(ds4, v128.load(k + at))));
    v128.store(dk + at, f32x4.add(v128.load(dk + at), f32x4.mul(ds4, v128.load(q + at))));
    v128.store(dv + at, f32x4.add(v128.load(dv + at), f32x4.mul(p4, v128.load(dy + at))));
  }
  for (; i < dim; i++) {
    const at = <usize>i << 2;
    store<f32>(dq + at, load<f32>(dq + at) + ds * load<f32>(k + at));
    store<f32>(dk + at, load<f32>(dk + at) + ds * load<f32>(q + at));
    store<f32>(dv + at, load<f32>(dv + at) + p * load<f32>(dy + at));
  }
}
