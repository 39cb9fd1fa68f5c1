import { spawnSync } from "node:child_process";
import type { Reporter, TestModule } from "vitest/node";

/** What a test file may take. The longest needs a minute or two where other work runs beside it. */
const LIMIT_MS = 600_000;

/**
 * Ends the whole run, and names the file, when a test file does not end. A test's own time limit cannot: a loop that
 * never gives way blocks the timer too.
 */
export class Watchdog implements Reporter {
  readonly #limit: number;
  readonly #running = new Map<string, NodeJS.Timeout>();

  constructor(limit = LIMIT_MS) {
    this.#limit = limit;
  }

  onTestModuleStart({ moduleId }: TestModule): void {
    const end = () => {
      process.stderr.write(`\n${moduleId} did not end within ${this.#limit / 1000} s\n`);
      // A worker that loops hears no other signal, and would outlive this process.
      spawnSync("pkill", ["-KILL", "-P", String(process.pid)]);
      process.exit(1);
    };
    this.#running.set(moduleId, setTimeout(end, this.#limit).unref());
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    clearTimeout(this.#running.get(moduleId));
    this.#running.delete(moduleId);
  }
}
