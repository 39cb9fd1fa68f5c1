import type { FlowModule } from "./module.js";

/** The version of the machine contract that this runtime keeps. */
export const contract = 1;

/** This runtime's version; a test holds it against the compiler's. */
export const version = "0.1.0";

/**
 * A machine as it comes in: every emitted module passes itself through here when it is loaded, so that a file that
 * another version of flowc wrote is refused before it runs.
 *
 * @throws Error if its contract or its compiler is not this version's; patches fit each other
 */
export function loaded<Module extends Pick<FlowModule, "format" | "compiler" | "flow">>(
  module: Module,
): Module {
  const { format, compiler, flow } = module;
  if (format === contract && minor(compiler) === minor(version)) return module;
  throw new Error(
    `the compiled flow ${flow} was written by flowc ${compiler} (format ${format}), this is flowc ${version} (format ${contract}): compile it again`,
  );
}

function minor(of: string): string {
  return of.split(".").slice(0, 2).join(".");
}
