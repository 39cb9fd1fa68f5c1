import { writeFileAtomically } from "./atomic.js";
import { encodeFloats } from "./dtype.js";

/** A tensor in memory: values row by row. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes tensors as a safetensors file, atomically. The same tensors give the same bytes, in whatever order the
 * map holds them.
 *
 * @param dtype F16 rounds to nearest, ties to even
 * @throws RangeError if a shape does not fit its data, or a value is not finite in `dtype` (a caller's bug);
 *   the file system's own error otherwise
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  dtype: "F32" | "F16",
): void {
  const names = [...tensors.keys()].sort();
  // Entries rather than an object literal: "__proto__" must become an own key like any other.
  const header: [string, unknown][] = [["__metadata__", { format: "pt" }]];
  let offset = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    check(name, shape, data, dtype);
    const end = offset + data.length * (dtype === "F32" ? 4 : 2);
    header.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  // Spaces up to a multiple of eight keep the data aligned for readers that map the file into memory.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeFileAtomically(path, chunks());

  function* chunks(): Generator<Uint8Array> {
    yield length;
    yield padded;
    for (const name of names) yield encodeFloats(dtype, tensors.get(name)!.data);
  }
}

function check(name: string, shape: readonly number[], data: Float32Array, dtype: "F32" | "F16"): void {
  const elements = shape.reduce((product, n) => product * n, 1);
  if (elements !== data.length)
    throw new RangeError(`tensor ${name}: shape [${shape.join(", ")}] does not fit ${data.length} values`);
  // 65520 is the smallest value that rounds to infinity in binary16.
  const limit = dtype === "F16" ? 65520 : Infinity;
  if (!data.every((value) => Math.abs(value) < limit))
    throw new RangeError(`tensor ${name} holds a value that is not finite in ${dtype}`);
}
