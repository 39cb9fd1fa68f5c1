import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultSettings, parseSettings, settingsSchema } from "../../runtime/learner/index.js";

const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");
const rows = new Map(
  [...page.matchAll(/^\|\s*`([a-z_0-9.]+)`\s*\|\s*([^|]+)\|/gm)].map(([, name, value]) => [
    name!,
    value!.trim(),
  ]),
);

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Dotted names of a schema's settings. */
function names(node: Node, path: readonly string[] = []): readonly string[] {
  if (node.properties === undefined) return [path.join(".")];
  return Object.entries(node.properties).flatMap(([key, child]) => names(child, [...path, key]));
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
    value,
  );
}

it("describes every setting, and no other", () => {
  expect([...rows.keys()].sort()).toEqual([...names(settingsSchema as unknown as Node)].sort());
});

it("gives the defaults that an empty file has", () => {
  const kinds = ["cocob", "adamw", "prodigy"].map((kind) => {
    const parsed = parseSettings(`optimizer: { kind: ${kind} }`);
    if (!parsed.ok) throw new Error(`${kind} is not accepted`);
    return parsed.settings;
  });
  expect(kinds[0]).toEqual(defaultSettings());
  const algorithms = ["supervised", "episode-credit", "leave-one-out", "single-sample"].map((kind) => {
    const parsed = parseSettings(`algorithm: { kind: ${kind} }`);
    if (!parsed.ok) throw new Error(`${kind} is not accepted`);
    return parsed.settings;
  });
  // A file that names no algorithm means this one, and says nothing of it.
  expect(rows.get("algorithm.kind")).toBe("deviations");
  rows.delete("algorithm.kind");
  for (const [name, value] of rows) {
    const path = name.split(".");
    const found = [...kinds, ...algorithms]
      .map((settings) => lookUp(settings, path))
      .find((value) => value !== undefined);
    if (["optimizer.clip", "workers", "allow_extern"].includes(name)) continue;
    // Nothing is the default of a limit.
    const shown = Array.isArray(found) ? found.join(", ") : String(found ?? "none");
    expect(Number.isNaN(Number(value)) ? value : String(Number(value)), name).toBe(shown);
  }
});

it("shows examples that are accepted, as does the page of algorithms", () => {
  const algorithms = readFileSync(new URL("../../docs/algorithms.md", import.meta.url), "utf8");
  for (const [, shown] of algorithms.matchAll(/```yaml\n([\s\S]*?)```/g))
    expect(parseSettings(shown!)).toMatchObject({ ok: true });
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  expect(parseSettings(example!).ok).toBe(true);
});
