import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BACKENDS, REMEDY } from "../../runtime/policy/engine/backend.js";
import { WORTH_A_GPU } from "../../runtime/policy/engine/choose.js";
import { SPARE_BYTES } from "../../runtime/policy/engine/webgpu.js";
import { root } from "../cli/support.js";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/backends.md");
const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read("package.json"));

describe("docs/backends.md", () => {
  const rows = new Map(
    [...page.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \|$/gm)].map(([, name, needs]) => [name, needs!]),
  );

  it("has a row for each backend, and no other", () => {
    expect([...rows.keys()].sort()).toEqual([...BACKENDS].sort());
  });

  it("names the packages that a backend's own message names", () => {
    for (const [name, remedy] of Object.entries(REMEDY)) {
      if (name === "wasm" || name === "cpu") continue;
      const [, packages] = /npm install ([^`]+)`/.exec(remedy)!;
      for (const each of packages!.split(" ")) expect(rows.get(name), name).toContain(`\`${each}\``);
    }
  });

  it("says what auto and the memory of the GPU are decided by", () => {
    expect(page).toContain(`with a model of ${WORTH_A_GPU / 1e6} million parameters or more`);
    expect(page).toContain(`given back beyond ${SPARE_BYTES >> 20} MB`);
  });
});

describe("docs/architecture.md", () => {
  it("says of every dependency what it is for, and of no other", () => {
    const [user, project] = read("docs/architecture.md").split("Of the project alone:");
    const named = (text: string) =>
      [...text.matchAll(/^\| ([@\w][^|]*?)(?: \(optional\))? \| /gm)]
        .flatMap(([, names]) => names!.split(", "))
        .filter((name) => name in { ...dependencies, ...optionalDependencies, ...devDependencies });
    expect(named(user!).sort()).toEqual(Object.keys({ ...dependencies, ...optionalDependencies }).sort());
    expect(named(project!).sort()).toEqual(Object.keys(devDependencies).sort());
  });
});
