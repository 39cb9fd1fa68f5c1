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

/** scratch[j] = scale * q k[list[j]]; returns the largest. Keys are taken by fours, whose sums share the loads of q. */
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
  const bytes = <usize>stride << 2;
  let most: f32 = -Infinity;
  let j = 0;
  if ((dim & 7) == 0) {
    const factor = f32x4.splat(scale);
    let largest = f32x4.splat(-Infinity);
    for (; j + 4 <= seen; j += 4) {
      const at = list + (<usize>j << 2);
      const four = fourScores(
        q,
        k + <usize>load<i32>(at) * bytes,
        k + <usize>load<i32>(at, 4) * bytes,
        k + <usize>load<i32>(at, 8) * bytes,
        k + <usize>load<i32>(at, 12) * bytes,
        dim,
      );
      const scaled = f32x4.mul(four, factor);
      largest = f32x4.pmax(largest, scaled);
      v128.store(scratch + (<usize>j << 2), scaled);
    }
    most = max<f32>(
      max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    );
  }
  for (; j < seen; j++) {
    const key = k + <usize>load<i32>(list + (<usize>j << 2)) * bytes;
    const score = dot(q, key, dim) * scale;
    store<f32>(scratch + (<usize>j << 2), score);
    most = max<f32>(most, score);
  }
  return most;
}

/** The products of q with four keys, for a dim that is a multiple of eight; each sums up as `dot` does. */
@inline
function fourScores(q: usize, k0: usize, k1: usize, k2: usize, k3: usize, dim: i32): v128 {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const end = <usize>dim << 2;
  for (let i: usize = 0; i < end; i += 32) {
    const x = v128.load(q + i);
    a0 = f32x4.add(a0, f32x4.mul(x, v128.load(k0 + i)));
    a1 = f32x4.add(a1, f32x4.mul(x, v128.load(k1 + i)));
    a2 = f32x4.add(a2, f32x4.mul(x, v128.load(k2 + i)));
    a3 = f32x4.add(a3, f32x4.mul(x, v128.load(k3 + i)));
    const y = v128.load(q + i, 16);
    b0 = f32x4.add(b0, f32x4.mul(y, v128.load(k0 + i, 16)));
    b1 = f32x4.add(b1, f32x4.mul(y, v128.load(k1 + i, 16)));
    b2 = f32x4.add(b2, f32x4.mul(y, v128.load(k2 + i, 16)));
    b3 = f32x4.add(b3, f32x4.mul(y, v128.load(k3 + i, 16)));
  }
  const s0 = f32x4.add(a0, b0);
  const s1 = f32x4.add(a1, b1);
  const s2 = f32x4.add(a2, b2);
  const s3 = f32x4.add(a3, b3);
  const low01 = v128.shuffle<i32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(s2, s3, 2, 6, 3, 7);
  const first = f32x4.add(v128.shuffle<i64>(low01, low23, 0, 2), v128.shuffle<i64>(low01, low23, 1, 3));
  const second = f32x4.add(v128.shuffle<i64>(high01, high23, 0, 2), v128.shuffle<i64>(high01, high23, 1, 3));
  return f32x4.add(first, second);
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
  const bytes = <usize>stride << 2;
  const s = f32x4.splat(scale);
  let i = 0;
  for (; i + 32 <= dim; i += 32) {
    const column = v + (<usize>i << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
    let s7 = s0;
    for (let j = 0; j < seen; j++) {
      const value = column + <usize>load<i32>(list + (<usize>j << 2)) * bytes;
      const w = v128.load32_splat(weights + (<usize>j << 2));
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(value)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(value, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w, v128.load(value, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w, v128.load(value, 48)));
      s4 = f32x4.add(s4, f32x4.mul(w, v128.load(value, 64)));
      s5 = f32x4.add(s5, f32x4.mul(w, v128.load(value, 80)));
      s6 = f32x4.add(s6, f32x4.mul(w, v128.load(value, 96)));
      s7 = f32x4.add(s7, f32x4.mul(w, v128.load(value, 112)));
    }
    const at = out + (<usize>i << 2);
    v128.store(at, f32x4.mul(s0, s));
    v128.store(at, f32x4.mul(s1, s), 16);
    v128.store(at, f32x4.mul(s2, s), 32);
    v128.store(at, f32x4.mul(s3, s), 48);
    v128.store(at, f32x4.mul(s4, s), 64);
    v128.store(at, f32x4.mul(s5, s), 80);
    v128.store(at, f32x4.mul(s6, s), 96);
    v128.store(at, f32x4.mul(s7, s), 112);
  }
  for (; i + 8 <= dim; i += 8) {
    const column = v + (<usize>i << 2);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let j = 0; j < seen; j++) {
      const value = column + <usize>load<i32>(list + (<usize>j << 2)) * bytes;
      const w = v128.load32_splat(weights + (<usize>j << 2));
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(value)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(value, 16)));
    }
    v128.store(out + (<usize>i << 2), f32x4.mul(s0, s));
    v128.store(out + (<usize>i << 2), f32x4.mul(s1, s), 16);
  }
  for (; i < dim; i++) {
    let sum: f32 = 0;
    for (let j = 0; j < seen; j++) {
      const value = v + (<usize>i << 2) + <usize>load<i32>(list + (<usize>j << 2)) * bytes;
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
