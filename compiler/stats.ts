import { check } from "./check/check.js";
import { type CompileOptions, selectFlow } from "./compile.js";

/** How large a machine is, and how long each phase of its making took. */
export interface CompileStats {
  readonly lines: number;
  /** Places where the machine waits. */
  readonly states: number;
  /** Calls of agents in the text of the flow and its sub-flows. */
  readonly sites: number;
  /** Wall-clock time: reading and checking; the state graph; printing TypeScript and JavaScript. */
  readonly milliseconds: { readonly check: number; readonly plan: number; readonly emit: number };
}

/** Compiles a flow once more, phase by phase. Nothing if it has errors. */
export async function compileStats(
  text: string,
  file: string,
  options: Pick<CompileOptions, "flow" | "place"> = {},
): Promise<CompileStats | undefined> {
  const [{ emit }, { plan }] = await Promise.all([import("./emit/emit.js"), import("./emit/make-plan.js")]);
  const times = [performance.now()];
  const lap = (): void => {
    times.push(performance.now());
  };
  const { program } = check(text, file, options.place);
  lap();
  const flow = program && selectFlow(program, options.flow);
  if (program === undefined || flow === undefined) return undefined;
  const { parts, sites } = plan(program, flow);
  lap();
  emit(program, flow, { name: "stats", sourcePath: "stats.flow" });
  lap();
  const [begun, checked, planned, emitted] = times as [number, number, number, number];
  return {
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    states: parts.reduce((sum, part) => sum + part.states.length, 0),
    sites: sites.length,
    // Emission plans anew, which is not counted twice.
    milliseconds: {
      check: checked - begun,
      plan: planned - checked,
      emit: Math.max(0, emitted - planned - (planned - checked)),
    },
  };
}
