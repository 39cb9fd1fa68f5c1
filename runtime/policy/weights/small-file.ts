import { readFileSync, statSync } from "node:fs";

/**
 * The text of a file from an untrusted folder.
 *
 * @throws RangeError if it has more bytes than `limit`, or is no regular file: a pipe would have the process wait for a
 *   writer. The file system's own error otherwise.
 */
export function readSmallFile(path: string, limit: number): string {
  const stat = statSync(path);
  if (!stat.isFile()) throw new RangeError("not a regular file");
  if (stat.size > limit) throw new RangeError(`${stat.size} bytes are more than the ${limit} allowed`);
  return readFileSync(path, "utf8");
}
