import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diskHost } from "../../cli/support/disk-host.js";
import { definitionAt, type Place, readDocument, semanticTokens } from "../../compiler/index.js";
import { root } from "../cli/support.js";
import { askEverything } from "./support.js";

const flows = ["flows", "test/conformance/compiles", "test/golden/ok", "test/golden/errors"].flatMap(
  (folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".flow"))
      .map((file) => join(folder, file)),
);

function read(flow: string): string {
  return readFileSync(join(root, flow), "utf8");
}

function placeOf(flow: string): Place {
  return { host: diskHost, path: join(root, flow) };
}

describe("typing a flow", () => {
  it("character by character never crashes a query", () => {
    const short = flows.filter((flow) => read(flow).length < 700);
    fc.assert(
      fc.property(fc.constantFrom(...short), (flow) => {
        const text = read(flow);
        for (let typed = 0; typed <= text.length; typed++)
          askEverything(text.slice(0, typed), typed, placeOf(flow));
      }),
      { numRuns: 8 },
    );
  });

  it("in front of what is there already never crashes a query", () => {
    const text = read("flows/musique-answerable.flow");
    for (let typed = 0; typed <= text.length; typed += 9) askEverything(text, typed);
  });

  it("in the middle of any flow never crashes a query", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...flows),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(40),
        fc.oneof(
          fc.string({ maxLength: 8 }),
          fc.constantFrom(".", " is ", "(", "{{", "{%", '"', '"""', "pick ", "->", "["),
        ),
        (flow, where, removed, typed) => {
          const text = read(flow);
          const at = Math.floor(where * text.length);
          const changed = text.slice(0, at) + typed + text.slice(at + removed);
          askEverything(changed, at + typed.length, placeOf(flow));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("every flow that compiles", () => {
  it("has a meaning for each of its names", () => {
    for (const flow of flows.filter((each) => !each.includes("errors"))) {
      const document = readDocument(read(flow), flow, placeOf(flow));
      const tokens = new Set(semanticTokens(document).map(({ span }) => span.start));
      const unknown = document.lexemes.filter(({ kind, span }) => kind === "name" && !tokens.has(span.start));
      // Names of prompts, settings, and of what is `none` or `some` belong to the language.
      const own = new Set(["system", "user", "max_tokens", "none", "some"]);
      expect([flow, unknown.map(({ text }) => text).filter((name) => !own.has(name))]).toEqual([flow, []]);
    }
  });

  it("declares each of its names at a place with that name", () => {
    for (const flow of flows) {
      const document = readDocument(read(flow), flow, placeOf(flow));
      for (const { span, entity } of document.occurrences) {
        const declared = definitionAt(document, span.start);
        if (declared === undefined) continue;
        expect(entity.declaration).toEqual(declared);
        const { base, text } = document.sources.at(declared.start);
        expect(text.slice(declared.start - base, declared.end - base)).toBe(
          document.text.slice(span.start, span.end),
        );
      }
    }
  });
});
