import { existsSync } from "node:fs";
import { Ajv } from "ajv";
import type { EffectRequest, FlowModule, Json, Reply } from "../../runtime/machine/index.js";
import type { TruncationCount } from "../../runtime/policy/prompts.js";
import { findAgentAdapters, useAgentAdapters } from "./agent-adapters.js";
import { effectAnswerer, openEffects } from "./effects.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { readMocks } from "./mocks.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { type Answered, type Answerer, play, shownReply } from "./play.js";
import { readStandardInput } from "./read-flow.js";
import { readTextFile } from "./read-text.js";
import { jsonText, printable, tell } from "./terminal.js";
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
  const { answer, effects, truncations, close } = await castOf(flow, path, input, options);
  try {
    const trace = (id: string, reply: Reply) => {
      tell(options.json === true ? jsonText({ id, reply }) : printable(`${id} ${shownReply(reply)}`));
    };
    const result = await play(flow, input, answer, { limit: options.limit, trace, effects });
    const truncated = truncationNotice(truncations());
    if (truncated !== undefined) tell(truncated);
    process.stdout.write(`${jsonText(result)}\n`);
  } finally {
    await close();
  }
}

/** Who answers what is asked. */
interface Cast {
  readonly answer: Answerer;
  readonly effects: Answerer<EffectRequest>;
  readonly truncations: () => TruncationCount;
  readonly close: () => Promise<void>;
}

async function castOf(
  flow: FlowModule,
  path: string,
  input: Json,
  options: RunOptions & Partial<ModelOptions>,
): Promise<Cast> {
  const { mocks, adapters: folder, allowExtern = false } = options;
  if (mocks !== undefined) return await mockedCast(flow, path, input, mocks, allowExtern);
  const effects = await openEffects(flow, path, allowExtern);
  const adapters = folder === undefined ? [] : findAgentAdapters(flow.agents, folder);
  const longPrompts = parseLongPrompts(options.longPrompts ?? "left-of-user");
  checkLongPrompts(longPrompts, flow.agents);
  const model = await openModel(options as RunOptions & ModelOptions, { longPrompts });
  if (folder !== undefined) await useAgentAdapters(model, adapters, folder);
  const decoding = { kind: "greedy" } as const;
  return {
    answer: async (requests) => {
      const answers = await model.answer(requests.map((request) => ({ request, decoding })));
      return requests.map(({ id }, i) => [id, answers[i]!.reply] as const);
    },
    effects: effectAnswerer(flow, effects, input),
    truncations: () => model.truncations,
    close: () => model.close(),
  };
}

/** Without leave to run code everything must be mocked; with it, modules do the effects of which nothing is said. */
async function mockedCast(
  flow: FlowModule,
  path: string,
  input: Json,
  file: string,
  allowExtern: boolean,
): Promise<Cast> {
  const mocks = readMocks(file, flow);
  const effects = allowExtern ? await openEffects(flow, path, allowExtern) : undefined;
  return {
    answer: (requests) => [mocks(requests)!],
    effects: effectAnswerer(flow, effects, input, (request): Answered | undefined => {
      const given = mocks([request]);
      if (given !== undefined || effects !== undefined) return given;
      const { point, site, effect } = request;
      throw new CommandFailure(
        `${file}: nothing is said for ${point}; add what ${effect}, ${site} or ${point} gives, or say --allow-extern for its module to do it`,
        ExitCode.diagnostics,
      );
    }),
    truncations: () => ({ prompts: 0, tokens: 0, outputs: 0 }),
    close: async () => {},
  };
}

async function readInput(given: string): Promise<Json> {
  const isLiteral = given.trimStart().startsWith("{");
  if (!isLiteral && given !== "-" && !existsSync(given)) {
    throw new CommandFailure(`${given}: there is no such file, and it is no JSON object`);
  }
  const text = isLiteral ? given : given === "-" ? await readStandardInput() : readTextFile(given);
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
