import { dirname, join } from "node:path";
import type { FileHost } from "../../compiler/index.js";

/** Files that are only written down here, by their absolute paths. */
export function memoryHost(files: Readonly<Record<string, string>>): FileHost {
  const texts = new Map(Object.entries(files));
  const folders = new Set<string>();
  for (const path of texts.keys()) {
    for (let at = dirname(path); !folders.has(at); at = dirname(at)) folders.add(at);
  }
  return {
    realPath(path) {
      const found = join(path);
      return texts.has(found) || folders.has(found) ? found : undefined;
    },
    read(path, limit) {
      const text = texts.get(path);
      if (text === undefined) return { why: "this is a folder, a .flow file is needed" };
      return text.length > limit ? { why: `it is larger than ${limit} bytes` } : { text };
    },
  };
}
