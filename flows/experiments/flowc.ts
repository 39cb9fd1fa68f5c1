import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { constants, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "../../cli/support/package-files.js";
import type { Summary } from "./summary.js";

/** The checkout that this program is of, with a slash at its end. */
export const root = fileURLToPath(new URL(".", packageFile("package.json")));

/** A command as people type it from the checkout. */
export function shown(args: readonly string[]): string {
  return ["flowc", ...args.map((arg) => (arg.startsWith(root) ? arg.slice(root.length) : arg))].join(" ");
}

/**
 * Runs a command of the checkout; what it says goes to standard error. A signal that ends this program ends it too, at
 * its next round.
 *
 * @returns its exit code; if a signal ended it, 128 and the signal's number, as shells have it
 */
export function flowc(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    stdio: ["ignore", 2, "inherit"],
  });
  // Ctrl-C reaches the child by itself, and a second one would end it in the middle of its round.
  const pass = (): void => void child.kill("SIGINT");
  const wait = (): void => {};
  process.on("SIGTERM", pass).on("SIGINT", wait);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGTERM", pass).off("SIGINT", wait);
      resolve(code ?? 128 + constants.signals[signal!]);
    });
  });
}

/** The commit that is checked out. */
export function commitOf(): Summary["commit"] {
  const git = (...args: readonly string[]) => spawnSync("git", args, { cwd: root, encoding: "utf8" });
  const head = git("rev-parse", "HEAD");
  if (head.status !== 0) return null;
  const changed = git("status", "--porcelain", "--untracked-files=no").stdout !== "";
  return `${head.stdout.trim().slice(0, 12)}${changed ? "+" : ""}`;
}

/** SHA-256 of the built files of the flowc that runs, which need not be those of the commit that is checked out. */
export function codeOf(): string {
  const hash = createHash("sha256");
  for (const folder of ["cli", "compiler", "grammar", "runtime"]) {
    const from = join(root, "dist", folder);
    const names = (readdirSync(from, { recursive: true }) as string[]).filter((name) => name.endsWith(".js"));
    for (const name of names.sort())
      hash.update(`${folder}/${name}\n`).update(readFileSync(join(from, name)));
  }
  return hash.digest("hex");
}

export function machineOf(): Summary["machine"] {
  const all = cpus();
  return { cpu: all[0]?.model ?? "unknown", cores: all.length, node: process.version };
}
