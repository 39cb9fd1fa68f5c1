import { defineConfig } from "vitest/config";
import { Skipped } from "./support/skipped.js";
import { Watchdog } from "./support/watchdog.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/software-gpu.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: real processes and models share them with the tests themselves.
    maxWorkers: 2,
    reporters: ["default", new Skipped(), new Watchdog()],
  },
});
