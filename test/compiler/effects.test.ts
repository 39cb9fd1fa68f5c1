import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadFlow } from "../../cli/load-flow.js";
import { openEffects } from "../../cli/support/effects.js";
import { CommandFailure } from "../../cli/support/exit.js";
import { checkWhole, compile } from "../../compiler/index.js";
import { newCounters, Performer } from "../../runtime/search/index.js";
import { blocksOf } from "../docs/markdown.js";
import { temporaryFolder } from "../support/temporary-folder.js";

let folder: string;
let flow: string;

beforeEach(() => {
  folder = temporaryFolder();
  flow = join(folder, "main.flow");
});

const declared = `extern effect look(at: text) -> list<int> pure from "./sea.ts"
extern effect sail(to: text) -> bool effectful from "./sea.ts"
flow main(to: text) -> bool { return look(to) == [] or sail(to) }
`;

/** What is said of these effects if the module holds this. */
async function reported(module: string, text = declared): Promise<readonly string[]> {
  writeFileSync(join(folder, "sea.ts"), module);
  const { diagnostics } = await checkWhole(text, "main.flow", { folder });
  return diagnostics.map(({ code, message }) => `${code} ${message.split(",")[0]}`);
}

const look = "export const look = (state: Sea, _: { at: string }) => ({ state, result: [state.depth] });\n";
const sail =
  'export async function sail(state: Sea, { to }: { to: string }, random: () => number) { return { state: { depth: state.depth + 1 }, result: to !== "" && random() > 0.5 }; }\n';

describe("the module of effects", () => {
  it("may give results at once or later, and a state of its own type", async () => {
    const head = "interface Sea { readonly depth: number }\n";
    const start = "export const start = (input: { to: string }): Sea => ({ depth: input.to.length });\n";
    expect(await reported(head + start + look + sail)).toEqual([]);
    const later = start.replace("=> (", "=> Promise.resolve(").replace("): Sea", "): Promise<Sea>");
    expect(await reported(head + later + look + sail)).toEqual([]);
  });

  it("begins with null if it has no `start`, so its effects must take that", async () => {
    const head = "type Sea = { readonly depth: number } | null;\n";
    const shallow = [look, sail]
      .map((each) => each.replaceAll("state.depth", "(state?.depth ?? 0)"))
      .join("");
    expect(await reported(head + shallow)).toEqual([]);
    expect(await reported("interface Sea { readonly depth: number }\n" + look + sail)).toEqual([
      "F328 `look` of `./sea.ts` is `(state: Sea",
      "F328 `sail` of `./sea.ts` is `(state: Sea",
    ]);
  });

  it("must have one type of state in all of its effects, its `start` too", async () => {
    const head = "interface Sea { readonly depth: number }\n";
    const other = "export const start = () => ({ width: 1 });\n";
    expect(await reported(head + other + look + sail)).toEqual([
      "F328 `look` of `./sea.ts` is `(state: Sea",
      "F328 `sail` of `./sea.ts` is `(state: Sea",
    ]);
  });

  it("must give both state and result", async () => {
    const head = "type Sea = null;\n";
    const bare = "export const look = (state: Sea, _: { at: string }) => [1];\n";
    const dry = "export const sail = (state: Sea) => ({ result: true });\n";
    expect(await reported(head + bare + dry)).toEqual([
      "F328 `look` of `./sea.ts` is `(state: Sea",
      "F328 `sail` of `./sea.ts` is `(state: Sea) => { result: boolean; }`",
    ]);
  });

  it("is read and never run by check and compile, and not imported by what is emitted", async () => {
    const marker = `import { writeFileSync } from "node:fs";
declare const __dirname: string;
writeFileSync(__dirname + "/ran", "");
type Sea = null;
export const look = (state: Sea, _: { at: string }) => ({ state, result: [1] });
export const sail = (state: Sea, _: { to: string }) => ({ state, result: true });
`;
    expect(await reported(marker)).toEqual([]);
    const { files } = await compile(declared, flow, { folder });
    expect(files!.every(({ text }) => !/import .*sea/.test(text))).toBe(true);
    writeFileSync(flow, declared);
    const { module } = await loadFlow(flow);
    expect(existsSync(join(folder, "ran"))).toBe(false);
    await expect(openEffects(module!, flow)).rejects.toThrow(CommandFailure);
    await expect(openEffects(module!, flow, ["./lake.ts"])).rejects.toThrow(
      "runs the code of ./sea.ts: say --allow-extern if you trust it, or list it under allow_extern in the settings",
    );
    expect(existsSync(join(folder, "ran"))).toBe(false);
    await openEffects(module!, flow, ["./sea.ts"]);
    expect(existsSync(join(folder, "ran"))).toBe(true);
  });
});

describe("the reference", () => {
  const page = readFileSync("docs/language.md", "utf8");
  const text = blocksOf(page, "flow").find((block) => block.includes("extern effect"))!;
  const [module] = blocksOf(page, "ts");

  it("shows a module that does what its flow declares", async () => {
    writeFileSync(flow, text);
    writeFileSync(join(folder, "shop.ts"), module!);
    writeFileSync(
      join(folder, "atlas.ts"),
      'export const capital = (state: null, { country }: { country: string }) => ({ state, result: country === "France" ? "Paris" : null });\n',
    );
    const loaded = await loadFlow(flow);
    expect(loaded.diagnostics).toEqual([]);
    const effects = await openEffects(loaded.module!, flow, true);
    const performer = new Performer({
      flow: loaded.module!,
      simulator: { effects },
      seed: 0,
      counters: newCounters(),
      memo: true,
    });
    const input = { wish: "lamp", country: "France" };
    const world = await performer.start({ id: "one", input });
    expect(world).toEqual({ "./shop.ts": { money: 30 }, "./atlas.ts": null });
    const [request] = loaded.module!.pending(loaded.module!.start(input));
    if (request === undefined || !("effect" in request)) throw new Error("the first request is no effect");
    const { reply } = await performer.perform(world!, request, { task: "one", epoch: 0 });
    expect(reply.value).toEqual([{ name: "lamp", price: 20 }]);
  });
});
