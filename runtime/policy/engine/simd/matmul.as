// Matrix products. Both operands are first packed into panels that the innermost loop reads in one sequence: b in
// panels of 8 columns, each k rows of 8 floats, a in panels of 4 rows, each k columns of 4 floats, both filled up with
// zeros. An element of the result is one sum in ascending order of k, whatever the sizes and the blocking, so a row's
// result does not depend on how many rows there are.

import { transpose4 } from "./vector";

/** Rows and depth of the block of a that is packed at once: together with a panel of b it fits into the first cache. */
const BLOCK_ROWS: i32 = 32;
const BLOCK_DEPTH: i32 = 256;

/** Floats of a packed b. */
export function packedSize(k: i32, n: i32): i32 {
  return ((n + 7) & ~7) * k;
}

/** Floats of scratch that `matMul` needs. */
export function scratchSize(): i32 {
  return BLOCK_ROWS * BLOCK_DEPTH + 32;
}

/** Packs b `[k, n]`, or, transposed, `[n, k]`. */
export function pack(b: usize, transposed: i32, packed: usize, k: i32, n: i32): void {
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    if (transposed) {
      const panel = b + (<usize>(j * k) << 2);
      packRows(panel, k, packed, 8, k);
      packRows(panel + (<usize>(4 * k) << 2), k, packed + 16, 8, k);
      packed += <usize>k << 5;
      continue;
    }
    let from = b + (<usize>j << 2);
    for (let p = 0; p < k; p++) {
      v128.store(packed, v128.load(from));
      v128.store(packed, v128.load(from, 16), 16);
      packed += 32;
      from += <usize>n << 2;
    }
  }
  if (j == n) return;
  const across: i32 = transposed ? k : 1;
  const down: i32 = transposed ? 1 : n;
  for (let p = 0; p < k; p++) {
    for (let c = 0; c < 8; c++) {
      const value: f32 = j + c < n ? load<f32>(b + (<usize>((j + c) * across + p * down) << 2)) : 0;
      store<f32>(packed + (<usize>c << 2), value);
    }
    packed += 32;
  }
}

/** Four rows of `stride` floats, side by side: to[p * step + r] = x[r * stride + p] for p < count. */
function packRows(x: usize, stride: i32, to: usize, step: i32, count: i32): void {
  const down = <usize>stride << 2;
  const apart = <usize>step << 2;
  let p = 0;
  for (; p + 4 <= count; p += 4) {
    transpose4(x, down, to, apart);
    x += 16;
    to += apart << 2;
  }
  for (; p < count; p++) {
    for (let r: usize = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(x + r * down));
    x += 4;
    to += apart;
  }
}

/**
 * c `[m, n]` = a times packed b.
 *
 * @param a `[m, k]`, or, transposed, `[k, m]`
 * @param scratch `scratchSize()` floats
 */
export function matMul(
  a: usize,
  transposed: i32,
  packed: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  scratch: usize,
): void {
  const spare = scratch + (<usize>(BLOCK_ROWS * BLOCK_DEPTH) << 2);
  for (let p = 0; p < k; p += BLOCK_DEPTH) {
    const depth = min<i32>(BLOCK_DEPTH, k - p);
    for (let i = 0; i < m; i += BLOCK_ROWS) {
      const rows = min<i32>(BLOCK_ROWS, m - i);
      packBlock(a, transposed, m, k, i, p, rows, depth, scratch);
      for (let j = 0; j < n; j += 8) {
        const panel = packed + (<usize>(j * k + p * 8) << 2);
        for (let r = 0; r < rows; r += 4) {
          const x = scratch + (<usize>(r * depth) << 2);
          const at = c + (<usize>((i + r) * n + j) << 2);
          if (r + 4 <= rows && j + 8 <= n) tile(x, panel, at, <usize>n << 2, depth, p);
          else edge(x, panel, at, n, depth, p, min<i32>(4, rows - r), min<i32>(8, n - j), spare);
        }
      }
    }
  }
}

/** Packs rows i.. and columns p.. of a. */
function packBlock(
  a: usize,
  transposed: i32,
  m: i32,
  k: i32,
  i: i32,
  p: i32,
  rows: i32,
  depth: i32,
  to: usize,
): void {
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    if (!transposed) {
      packRows(a + (<usize>((i + r) * k + p) << 2), k, to, 4, depth);
      to += <usize>depth << 4;
      continue;
    }
    let from = a + (<usize>(p * m + i + r) << 2);
    for (let q = 0; q < depth; q++) {
      v128.store(to, v128.load(from));
      to += 16;
      from += <usize>m << 2;
    }
  }
  if (r == rows) return;
  const down: i32 = transposed ? 1 : k;
  const across: i32 = transposed ? m : 1;
  for (let q = 0; q < depth; q++) {
    for (let s = 0; s < 4; s++) {
      const value: f32 = r + s < rows ? load<f32>(a + (<usize>((i + r + s) * down + (p + q) * across) << 2)) : 0;
      store<f32>(to + (<usize>s << 2), value);
    }
    to += 16;
  }
}

/** Four rows and eight columns of c, `stride` bytes between rows: c = x b, or, after the first block, c += x b. */
function tile(x: usize, b: usize, c: usize, stride: usize, depth: i32, before: i32): void {
  const c1 = c + stride;
  const c2 = c1 + stride;
  const c3 = c2 + stride;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (before) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    b += 32;
    const x0 = v128.load32_splat(x);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(x, 4);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(x, 8);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(x, 12);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
    x += 16;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** A tile of which only some rows and columns exist, by way of a whole one in `spare`. */
function edge(
  x: usize,
  b: usize,
  c: usize,
  n: i32,
  depth: i32,
  before: i32,
  rows: i32,
  columns: i32,
  spare: usize,
): void {
  if (before) copyTile(c, n, spare, 8, rows, columns);
  tile(x, b, spare, 32, depth, before);
  copyTile(spare, 8, c, n, rows, columns);
}

function copyTile(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    memory.copy(to + (<usize>(r * toStride) << 2), from + (<usize>(r * fromStride) << 2), <usize>columns << 2);
  }
}
