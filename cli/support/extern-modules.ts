import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve } from "node:path";
import { compileFunction } from "node:vm";
import { ts } from "ts-morph";
import { CommandFailure, ExitCode } from "./exit.js";
import { textOf } from "./read-text.js";

type Exports = Record<string, unknown>;

/** SHA-256 of files whose code was run, by their absolute paths. */
export type RunFiles = Map<string, string>;

/**
 * Runs the modules of a flow's extern functions: TypeScript or JavaScript, translated in memory, with what they import
 * from files beside them and from installed packages.
 */
export class ExternModules {
  readonly #loaded = new Map<string, { exports: Exports }>();
  readonly #ran: RunFiles;

  /** @param ran is told of every file but those of installed packages */
  constructor(ran: RunFiles = new Map()) {
    this.#ran = ran;
  }

  /**
   * @param folder of the .flow file
   * @param path as the flow names it
   * @throws CommandFailure if the module cannot be read, or fails while it is loaded
   */
  load(folder: string, path: string): Exports {
    const file = resolve(folder, path);
    try {
      return this.#run(file);
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`${join(folder, path)} cannot be loaded: ${why}`, ExitCode.diagnostics);
    }
  }

  #run(file: string): Exports {
    const known = this.#loaded.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as Exports };
    // Known before it has run, so that modules may import each other in a circle, as everywhere in Node.
    this.#loaded.set(file, module);
    const { outputText } = ts.transpileModule(textOf(this.#read(file), file), {
      // The ending .mts or .mjs would keep the text a module, whatever is asked for.
      fileName: file.replace(/\.[cm]([jt]s)$/, ".$1"),
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.CommonJS,
        esModuleInterop: true,
        allowJs: true,
        inlineSourceMap: true,
      },
    });
    const names = ["exports", "require", "module", "__filename", "__dirname"];
    const own = createRequire(file);
    const require = (name: string): unknown => {
      const beside = name.startsWith(".") ? sourceOf(join(dirname(file), name)) : undefined;
      if (beside !== undefined) return this.#run(beside);
      if (name.startsWith(".")) this.#read(own.resolve(name));
      return own(name);
    };
    const run = compileFunction(outputText, names, { filename: file });
    run.call(module.exports, module.exports, require, module, file, dirname(file));
    return module.exports;
  }

  #read(file: string): Buffer {
    const bytes = readFileSync(file);
    this.#ran.set(file, createHash("sha256").update(bytes).digest("hex"));
    return bytes;
  }
}

/** The file that an import means: as in TypeScript, `./x.js` may be the name of `./x.ts`. */
function sourceOf(path: string): string | undefined {
  const asTypeScript = path.replace(/\.([cm]?)js$/, ".$1ts");
  const found = [
    path,
    asTypeScript,
    `${path}.ts`,
    `${path}.js`,
    join(path, "index.ts"),
    join(path, "index.js"),
  ];
  return found.find((each) => /\.[cm]?[jt]s$/.test(extname(each)) && existsSync(each));
}
