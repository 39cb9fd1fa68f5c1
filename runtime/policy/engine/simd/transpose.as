/** `count` matrices of rows * columns floats from x to y, transposed, in tiles of four by four. */
export function transpose(x: usize, y: usize, count: i32, rows: i32, columns: i32): void {
  const across = <usize>columns << 2;
  const down = <usize>rows << 2;
  for (let matrix = 0; matrix < count; matrix++) {
    let r = 0;
    for (; r + 4 <= rows; r += 4) {
      let c = 0;
      for (; c + 4 <= columns; c += 4) {
        const from = x + <usize>r * across + (<usize>c << 2);
        const a = v128.load(from);
        const b = v128.load(from + across);
        const d = v128.load(from + 2 * across);
        const e = v128.load(from + 3 * across);
        const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const de0 = v128.shuffle<i32>(d, e, 0, 4, 1, 5);
        const de1 = v128.shuffle<i32>(d, e, 2, 6, 3, 7);
        const to = y + <usize>c * down + (<usize>r << 2);
        v128.store(to, v128.shuffle<i64>(ab0, de0, 0, 2));
        v128.store(to + down, v128.shuffle<i64>(ab0, de0, 1, 3));
        v128.store(to + 2 * down, v128.shuffle<i64>(ab1, de1, 0, 2));
        v128.store(to + 3 * down, v128.shuffle<i64>(ab1, de1, 1, 3));
      }
      for (; c < columns; c++) for (let i = r; i < r + 4; i++) move(x, y, i, c, across, down);
    }
    for (; r < rows; r++) for (let c = 0; c < columns; c++) move(x, y, r, c, across, down);
    x += <usize>rows * across;
    y += <usize>rows * across;
  }
}

@inline
function move(x: usize, y: usize, r: i32, c: i32, across: usize, down: usize): void {
  store<f32>(y + <usize>c * down + (<usize>r << 2), load<f32>(x + <usize>r * across + (<usize>c << 2)));
}
