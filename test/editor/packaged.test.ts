import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { program, root, runProgram, succeeded } from "../cli/support.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { standIn } from "./vscode.js";
import { readZip } from "./zip.js";

const source = join(root, "cli/editor/vscode");
const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));

/** The folders of an installed package and of all that it depends on, in the order in which Node looks for them. */
function closureOf(name: string, from: string, found = new Set<string>()): ReadonlySet<string> {
  let above = from;
  while (!existsSync(join(above, "node_modules", name, "package.json"))) above = dirname(above);
  const folder = join(above, "node_modules", name);
  if (found.has(folder)) return found;
  found.add(folder);
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const each of Object.keys(dependencies)) closureOf(each, folder, found);
  return found;
}

const client = closureOf("vscode-languageclient", root);
let files: ReadonlyMap<string, Buffer>;

beforeAll(async () => {
  // As after `npm install` in the folder, with the packages that are here already.
  const folder = temporaryFolder();
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  for (const each of client) cpSync(each, join(folder, each.slice(root.length)), { recursive: true });
  const [tool, ...args] = manifest.scripts.package.split(" ");
  const path = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const { stdout } = succeeded(await runProgram(tool, args, { cwd: folder, env: { PATH: path } }));
  expect(stdout).toContain("DONE  Packaged");
  files = readZip(readFileSync(join(folder, `flowc-vscode-${manifest.version}.vsix`)));
}, 180_000);

describe("the packaged extension", () => {
  it("holds its own files, the client's packages, and nothing else", () => {
    const packages = [...client].map((folder) =>
      `extension${folder.slice(root.length - 1)}/`.replaceAll("//", "/"),
    );
    const own = [...files.keys()].filter((file) => !packages.some((each) => file.startsWith(each)));
    expect(own.sort()).toEqual([
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/README.md",
      "extension/client.js",
      "extension/language-configuration.json",
      "extension/package.json",
      "extension/syntaxes/flow.tmLanguage.json",
    ]);
    const idle = /\.(?:d\.ts|map|md|cmd|bnf)$|\/(?:test|browser|esm)\//;
    expect([...files.keys()].filter((file) => file.includes("node_modules") && idle.test(file))).toEqual([]);
  });

  it("says what it is and what it needs", () => {
    const said = files.get("extension.vsixmanifest")!.toString();
    expect(said).toContain(`Id="flowc-vscode" Version="${manifest.version}" Publisher="flowc"`);
    expect(said).toContain(`Id="Microsoft.VisualStudio.Code.Engine" Value="${manifest.engines.vscode}"`);
    expect(said).toContain("<License>extension/LICENSE.txt</License>");
    expect(said).toContain(
      'Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md"',
    );
    expect(JSON.parse(files.get("extension/package.json")!.toString())).toMatchObject({
      main: "./client.js",
      contributes: manifest.contributes,
    });
  });
});

describe("the extension's client", () => {
  const uri = "file:///flows/a.flow";
  const text = "flow f(question: text) -> text {\n  return qestion\n}\n";
  const problem = "2:10 there is no variable `qestion` here; did you mean `question`?";

  /** The extension as it was packaged, in an editor that is stood in for, with some programs on the path. */
  function install() {
    const folder = temporaryFolder();
    for (const [file, bytes] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
    const { vscode, observed } = standIn({ uri, text });
    const name = `vscode for ${folder}`;
    Object.assign(globalThis, { [name]: vscode });
    const module = join(folder, "node_modules/vscode");
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "index.js"), `module.exports = globalThis[${JSON.stringify(name)}];`);
    const extension = createRequire(import.meta.url)(join(folder, "extension", manifest.main)) as {
      activate(context: { subscriptions: object[] }): Promise<void>;
      deactivate(): Promise<void>;
    };
    return { observed, ...extension };
  }

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("starts flowc lsp from the path, and shows what it finds", async () => {
    const bin = temporaryFolder();
    writeFileSync(join(bin, "flowc"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(join(bin, "flowc"), 0o755);
    vi.stubEnv("PATH", [bin, process.env.PATH].join(delimiter));
    const { observed, activate, deactivate } = install();
    const subscriptions: object[] = [];
    await activate({ subscriptions });
    const shown = () => expect(observed.problems.get(uri)).toEqual([problem]);
    await vi.waitFor(shown, { timeout: 50_000 });
    expect([...observed.offers].sort()).toEqual([
      "registerCodeActionsProvider",
      "registerCompletionItemProvider",
      "registerDefinitionProvider",
      "registerDocumentFormattingEditProvider",
      "registerDocumentHighlightProvider",
      "registerDocumentSemanticTokensProvider",
      "registerDocumentSymbolProvider",
      "registerFoldingRangeProvider",
      "registerHoverProvider",
      "registerReferenceProvider",
      "registerRenameProvider",
      "registerSignatureHelpProvider",
    ]);
    expect(subscriptions).toHaveLength(observed.commands.size);

    await observed.commands.get("flow.restartServer")!();
    await vi.waitFor(shown, { timeout: 50_000 });
    await deactivate();
    expect(observed.problems.get(uri)).toBeUndefined();
    expect(observed.errors).toEqual([]);
  });

  it("says which setting to change where there is no flowc", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    const { observed, activate, deactivate } = install();
    await activate({ subscriptions: [] });
    expect(observed.errors).toContainEqual(
      expect.stringMatching(/^flow: `flowc` does not start .*flow\.server\.command/s),
    );
    await deactivate();
  });
});
