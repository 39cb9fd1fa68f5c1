import { createHash } from "node:crypto";
import { openWeights } from "./folder.js";

/**
 * What tells one model's weights from another's: SHA-256, lower-case hex, over the names, dtypes, shapes and bytes of
 * all tensors, in the order of their names. How they are spread over files makes no difference.
 *
 * @throws ModelFileError if the folder's weights cannot be read
 */
export function digestWeights(folder: string): string {
  const weights = openWeights(folder);
  try {
    const hash = createHash("sha256");
    for (const name of weights.names) {
      hash.update(JSON.stringify([name, weights.dtype(name), weights.shape(name)]));
      hash.update(weights.bytes(name));
    }
    return hash.digest("hex");
  } finally {
    weights.close();
  }
}
