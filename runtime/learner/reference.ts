import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";

/** The two factors of a low-rank matrix B·A, row by row: B is [out, rank], A is [rank, in]. */
export interface Factors {
  readonly b: Float32Array;
  readonly a: Float32Array;
}

export interface Shape {
  readonly out: number;
  readonly rank: number;
  readonly in: number;
}

export interface Interpolation extends Factors {
  /** ||what truncation dropped|| / ||the interpolated product||, Frobenius; 0 if the product is zero. */
  readonly relativeError: number;
}

/**
 * Interpolates two adapters as the matrices that they are: (1 - mix) B0·A0 + mix B1·A1. Averaging B and A apart
 * would be another matrix, since equal products have many factors. On the concatenated factors,
 * [(1 - mix) B0, mix B1]·[A0; A1], it is exact at twice the rank; of that comes the best approximation of the
 * original rank (Eckart and Young), by QR of both sides and SVD of the small core. The singular values' square
 * roots go to both factors alike.
 * @throws RangeError if a factor holds NaN or an infinity, which the optimizers never let into one
 */
export function interpolateProduct(from: Factors, to: Factors, mix: number, shape: Shape): Interpolation {
  const { out, rank, in: width } = shape;
  const left = Matrix.zeros(out, 2 * rank);
  const right = Matrix.zeros(width, 2 * rank);
  for (let k = 0; k < rank; k += 1) {
    for (let i = 0; i < out; i += 1) {
      left.set(i, k, (1 - mix) * from.b[i * rank + k]!);
      left.set(i, rank + k, mix * to.b[i * rank + k]!);
    }
    for (let j = 0; j < width; j += 1) {
      right.set(j, k, from.a[k * width + j]!);
      right.set(j, rank + k, to.a[k * width + j]!);
    }
  }
  const { q: leftBasis, r: leftCore } = thinQr(left);
  const { q: rightBasis, r: rightCore } = thinQr(right);
  const core = leftCore.mmul(rightCore.transpose());
  const scale = normalise(core);
  const svd = new SingularValueDecomposition(core, { autoTranspose: true });
  const values = svd.diagonal;
  const roots = values.map((value) => Math.sqrt(value * scale));
  const u = leftBasis.mmul(svd.leftSingularVectors);
  const v = rightBasis.mmul(svd.rightSingularVectors);
  const kept = Math.min(rank, values.length);
  const b = new Float32Array(out * rank);
  const a = new Float32Array(rank * width);
  for (let k = 0; k < kept; k += 1) {
    for (let i = 0; i < out; i += 1) b[i * rank + k] = u.get(i, k) * roots[k]!;
    for (let j = 0; j < width; j += 1) a[k * width + j] = v.get(j, k) * roots[k]!;
  }
  const energy = (part: readonly number[]) => part.reduce((sum, value) => sum + value * value, 0);
  const total = energy(values);
  return { b, a, relativeError: total === 0 ? 0 : Math.sqrt(energy(values.slice(kept)) / total) };
}

/** What is this much smaller than a matrix's largest entry is lost to float32 many times over. */
const NEGLIGIBLE = 2 ** -300;

/**
 * Divides a matrix by its largest magnitude, which is the result (1 for zero), and clears what is negligible: the
 * library's SVD iterates until a sum of squares is small and never ends where such squares underflow or are NaN.
 * @throws RangeError if an entry is not finite
 */
function normalise(matrix: Matrix): number {
  const entries = matrix.to1DArray();
  if (!entries.every(Number.isFinite)) throw new RangeError("an adapter's product is not finite");
  const scale = entries.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
  if (scale === 0) return 1;
  for (let i = 0; i < matrix.rows; i += 1) {
    for (let j = 0; j < matrix.columns; j += 1) {
      const entry = matrix.get(i, j) / scale;
      matrix.set(i, j, Math.abs(entry) < NEGLIGIBLE ? 0 : entry);
    }
  }
  return scale;
}

/** M = q·r with orthonormal columns in q; a matrix that is wider than tall is its own core. */
function thinQr(matrix: Matrix): { readonly q: Matrix; readonly r: Matrix } {
  if (matrix.rows < matrix.columns) return { q: Matrix.eye(matrix.rows), r: matrix };
  const qr = new QrDecomposition(matrix);
  return { q: qr.orthogonalMatrix, r: qr.upperTriangularMatrix };
}
