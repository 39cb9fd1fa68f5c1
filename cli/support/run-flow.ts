import { existsSync, readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { Ajv } from "ajv";
import type { FlowModule, Json, Reply } from "../../runtime/machine/index.js";
import type { TruncationCount } from "../../runtime/policy/prompts.js";
import { findAgentAdapters, useAgentAdapters } from "./agent-adapters.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { readMocks } from "./mocks.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { type Answerer, play, shownReply } from "./play.js";
import { checkLongPrompts, parseLongPrompts, truncationNotice } from "./truncation.js";

/** What `flowc run` was asked, as commander gives it. */
export interface RunOptions {
  readonly input: string;
  readonly mocks?: string;
  readonly adapters?: string;
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

/**
 * Plays one episode: the result to standard output, the trace to standard error.
 * @throws CommandFailure, PolicyError or FlowFailure for what the user can mend
 */
export async function runFlow(path: string, options: RunOptions & Partial<ModelOptions>): Promise<void> {
  const flow = await openFlow(path, options);
  const input = await readInput(options.input);
  checkInput(flow, input);
  const { answer, truncations, close } = await answererOf(flow, options);
  try {
    const trace = (id: string, reply: Reply) => {
      const line = options.json === true ? JSON.stringify({ id, reply }) : `${id} ${shownReply(reply)}`;
      process.stderr.write(`${line}\n`);
    };
    const result = await play(flow, input, answer, { limit: options.limit, trace });
    const truncated = truncationNotice(truncations());
    if (truncated !== undefined) process.stderr.write(`${truncated}\n`);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await close();
  }
}

async function answererOf(
  flow: FlowModule,
  options: RunOptions & Partial<ModelOptions>,
): Promise<{ answer: Answerer; truncations: () => TruncationCount; close: () => Promise<void> }> {
  if (options.mocks !== undefined) {
    const mocks = readMocks(options.mocks, flow);
    return {
      answer: async (requests) => [mocks(requests)],
      truncations: () => ({ prompts: 0, tokens: 0, outputs: 0 }),
      close: async () => {},
    };
  }
  const adapters = options.adapters === undefined ? [] : findAgentAdapters(flow.agents, options.adapters);
  const longPrompts = parseLongPrompts(options.longPrompts ?? "left-of-user");
  checkLongPrompts(longPrompts, flow.agents);
  const model = await openModel(options as RunOptions & ModelOptions, longPrompts);
  if (options.adapters !== undefined) await useAgentAdapters(model, adapters, options.adapters);
  const decoding = { kind: "greedy" } as const;
  return {
    answer: async (requests) => {
      const answers = await model.answer(requests.map((request) => ({ request, decoding })));
      return requests.map(({ id }, i) => [id, answers[i]!.reply] as const);
    },
    truncations: () => model.truncations,
    close: () => model.close(),
  };
}

async function readInput(given: string): Promise<Json> {
  const isLiteral = given.trimStart().startsWith("{");
  if (!isLiteral && given !== "-" && !existsSync(given)) {
    throw new CommandFailure(`${given}: there is no such file, and it is no JSON object`);
  }
  const text = isLiteral ? given : given === "-" ? await readAll(process.stdin) : readFileSync(given, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = isLiteral ? "--input" : given === "-" ? "standard input" : given;
    throw new CommandFailure(`${where}: no JSON (${(error as Error).message})`, ExitCode.diagnostics);
  }
}

function checkInput(flow: FlowModule, input: Json): void {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(flow.input as object);
  if (validate(input)) return;
  const problems = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    return `  input${instancePath.replaceAll("/", ".")} ${message}${extra === undefined ? "" : `: ${extra}`}`;
  });
  throw new CommandFailure(
    `the flow ${flow.flow} does not take this input:\n${problems.join("\n")}`,
    ExitCode.diagnostics,
  );
}
