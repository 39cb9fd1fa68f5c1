import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../cli/support.js";

const folder = join(root, "cli/editor/vscode");

function json<T>(file: string): T {
  return JSON.parse(readFileSync(join(folder, file), "utf8")) as T;
}

interface Manifest {
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly {
      readonly id: string;
      readonly extensions: string[];
      readonly configuration: string;
    }[];
    readonly grammars: readonly {
      readonly language: string;
      readonly scopeName: string;
      readonly path: string;
    }[];
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
  readonly activationEvents: readonly string[];
}

const manifest = json<Manifest>("package.json");
const { languages, grammars, commands, configuration } = manifest.contributes;

describe("the VS Code extension", () => {
  it("points to files that are there", () => {
    const files = [
      manifest.main,
      ...languages.map((each) => each.configuration),
      ...grammars.map((each) => each.path),
    ];
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });

  it("speaks of one language throughout", () => {
    expect(languages).toMatchObject([{ id: "flow", extensions: [".flow"] }]);
    expect(grammars.map(({ language }) => language)).toEqual(["flow"]);
    expect(manifest.activationEvents).toEqual(["onLanguage:flow"]);
    expect(json<{ scopeName: string }>(grammars[0]!.path).scopeName).toBe(grammars[0]!.scopeName);
  });

  it("starts the server as the command line has it, and offers the commands that the client handles", () => {
    const client = readFileSync(join(folder, manifest.main), "utf8");
    expect(configuration.properties["flow.server.command"]!.default).toEqual(["flowc", "lsp"]);
    for (const { command } of commands) expect(client).toContain(`"${command}"`);
    expect(client).toContain('"server.command"');
  });

  it("closes the brackets and comments of the language", () => {
    const rules = json<{ comments: { lineComment: string }; brackets: string[][] }>(
      "language-configuration.json",
    );
    expect(rules.comments.lineComment).toBe("#");
    expect(rules.brackets).toEqual([
      ["{", "}"],
      ["[", "]"],
      ["(", ")"],
    ]);
  });
});
