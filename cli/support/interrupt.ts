import { ExitCode } from "./exit.js";

/** The first Ctrl-C ends the training at the next round boundary, the second one at once. */
export function stopOnInterrupt(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const others = process.listeners("SIGINT") as NodeJS.SignalsListener[];
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    process.stderr.write("\nflowc: stopping after this round; press Ctrl-C again to stop at once\n");
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
