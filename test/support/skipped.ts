import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Says at the end, in so many words, what was not tested on this machine: the default reporter counts it alone. */
export class Skipped implements Reporter {
  #chosen = false;

  onInit({ config }: Vitest): void {
    // Whoever asks for some tests knows that the others are left out.
    this.#chosen = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#chosen) return;
    const names = new Set<string>();
    for (const { children } of modules)
      for (const { fullName } of children.allTests("skipped")) names.add(fullName);
    if (names.size === 0) return;
    process.stdout.write(
      `\nNot tested on this machine:\n${[...names].map((name) => `  ${name}\n`).join("")}`,
    );
  }
}
