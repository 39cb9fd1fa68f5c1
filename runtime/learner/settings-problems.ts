import type { ErrorObject } from "ajv";
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, visit } from "yaml";

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** What is wrong with a settings file, and where (1-based). */
export interface SettingsProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** A key that is unknown where it stands, and those that may stand there. */
  readonly unknown?: { readonly key: string; readonly known: readonly string[] };
}

/** What is wrong at an offset of the text. */
interface Found extends Pick<SettingsProblem, "message" | "unknown"> {
  readonly offset: number;
}

/** Aliases, and keys that are no plain names or reach into prototypes. */
export function hostile(contents: Node | null): readonly Found[] {
  const found: Found[] = [];
  visit(contents as Node, {
    Alias: (_, node) => {
      found.push({ message: "settings may not hold aliases", offset: node.range?.[0] ?? 0 });
    },
    Pair: (_, { key }) => {
      const offset = startOf(key);
      if (!isScalar(key) || typeof key.value !== "string")
        found.push({ message: "keys must be plain names", offset });
      else if (FORBIDDEN_KEYS.has(key.value))
        found.push({ message: `${key.value} may not be a key`, offset });
    },
  });
  return found;
}

/** One ajv error in words. The failures of single arms of an `anyOf` say less than the `anyOf` itself. */
export function describe(error: ErrorObject, contents: Node | null): readonly Found[] {
  const path = error.instancePath.split("/").slice(1);
  const name = path.join(".");
  const subject = name === "" ? "the settings" : name;
  if (error.keyword === "additionalProperties") {
    const key = String(error.params.additionalProperty);
    const message = `unknown key ${[...path, key].join(".")}`;
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
    return [{ message, offset: offsetOf(contents, [...path, key], true), unknown: { key, known } }];
  }
  const offset = offsetOf(contents, path, false);
  switch (error.keyword) {
    case "anyOf":
      return [{ message: `${subject} has none of the permitted forms`, offset }];
    case "enum": {
      const allowed = (error.params.allowedValues as readonly unknown[]).join(", ");
      return [{ message: `${subject} must be one of ${allowed}`, offset }];
    }
    case "const":
      return [];
    default:
      return error.schemaPath.includes("/anyOf/") ? [] : [{ message: `${subject} ${error.message}`, offset }];
  }
}

/** Where what stands under a path begins, or the last key of it; or the nearest thing around it that is there. */
export function offsetOf(contents: Node | null, path: readonly string[], key: boolean): number {
  let node: unknown = contents;
  for (const [i, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item: Pair) => isScalar(item.key) && item.key.value === part);
      if (pair === undefined) break;
      if (key && i === path.length - 1) return startOf(pair.key);
      node = pair.value ?? pair.key;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
    }
  }
  return startOf(node);
}

function startOf(node: unknown): number {
  if (isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)) return node.range?.[0] ?? 0;
  return 0;
}
