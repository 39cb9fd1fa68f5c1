import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { showSignature } from "../../compiler/functions/signature.js";
import { builtIns } from "../../compiler/functions/table.js";

it("the reference lists every function of the language with its signatures and what it gives", () => {
  const rows = [...builtIns.values()].map(({ name, doc, signatures }) => {
    const ways = signatures.map((each) => `\`${showSignature(name, each)}\``).join("<br>");
    return `| ${ways} | ${doc} |`;
  });
  const table = ["| function | gives |", "|---|---|", ...rows].join("\n");
  expect(readFileSync("docs/language.md", "utf8")).toContain(`\n\n${table}\n\n`);
});
