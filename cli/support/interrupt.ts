import { ExitCode } from "./exit.js";

/** Tells long work to stop where it may. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Leaves Ctrl-C to whoever had it before. */
  release(): void;
}

/**
 * The first Ctrl-C tells work to stop, the second one ends the process at once.
 * @param message what the first one does
 */
export function stopOnInterrupt(message: string): Interrupt {
  const controller = new AbortController();
  const others = process.listeners("SIGINT") as NodeJS.SignalsListener[];
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    process.stderr.write(`\nflowc: ${message}; press Ctrl-C again to stop at once\n`);
    controller.abort();
  };
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", onInterrupt);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", onInterrupt);
      for (const listener of others) process.once("SIGINT", listener);
    },
  };
}
