import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { FlowModule, Json, Reply } from "../../runtime/machine/index.js";
import type { TruncationCount } from "../../runtime/policy/prompts.js";
import type { Output } from "../../runtime/search/index.js";
import { findAgentAdapters, useAgentAdapters } from "./agent-adapters.js";
import { EpisodeEffects, OCCASION, openEffects } from "./effects.js";
import { CommandFailure, ExitCode } from "./exit.js";
import { inputChecker } from "./flow-input.js";
import { logOfRun } from "./logged-run.js";
import { readMocks } from "./mocks.js";
import { type ModelOptions, openModel } from "./model.js";
import { openFlow } from "./open-flow.js";
import { type Answered, type Answerer, play, shownReply } from "./play.js";
import { readStandardInput } from "./read-flow.js";
import { readTextFile } from "./read-text.js";
import { appendRecord } from "./record-file.js";
import { jsonText, printable, tell } from "./terminal.js";
import { checkLongPrompts, parseLongPrompts, truncationNotice } from "./truncation.js";
import { checkFolder } from "./write-files.js";

/** What `flowc run` was asked, as commander gives it. */
export interface RunOptions {
  readonly input: string;
  readonly mocks?: string;
  readonly adapters?: string;
  readonly flow?: string;
  readonly allowExtern?: boolean;
  readonly limit: number;
  readonly record?: string;
  readonly json?: boolean;
}

/**
 * Plays one episode: the result to standard output, the trace to standard error, the log to --record.
 * @throws CommandFailure, PolicyError or FlowFailure for what the user can mend
 */
export async function runFlow(path: string, options: RunOptions & Partial<ModelOptions>): Promise<void> {
  const flow = await openFlow(path, options);
  const input = await readInput(options.input);
  checkInput(flow, input);
  const { record } = options;
  if (record !== undefined) checkFolder(dirname(record));
  const { answer, effects, outputs, truncations, close } = await castOf(flow, path, input, options);
  try {
    const replies = new Map<string, Reply>();
    const trace = (id: string, reply: Reply) => {
      replies.set(id, reply);
      tell(options.json === true ? jsonText({ id, reply }) : printable(`${id} ${shownReply(reply)}`));
    };
    const world = record === undefined ? undefined : await effects.begin();
    const result = await play(flow, input, answer, { limit: options.limit, trace, effects: effects.answer });
    const truncated = truncationNotice(truncations());
    if (truncated !== undefined) tell(truncated);
    process.stdout.write(`${jsonText(result)}\n`);
    if (record === undefined) return;
    const task = { id: OCCASION.task, input };
    const { after } = effects;
    appendRecord(
      record,
      logOfRun(flow, OCCASION.seed, OCCASION.epoch, task, { replies, outputs, world, after }),
    );
  } finally {
    await close();
  }
}

/** Who answers what is asked. */
interface Cast {
  readonly answer: Answerer;
  readonly effects: EpisodeEffects;
  /** What the model answered, by the ids of requests. */
  readonly outputs: ReadonlyMap<string, Output>;
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
  const outputs = new Map<string, Output>();
  return {
    answer: async (requests) => {
      const answers = await model.answer(requests.map((request) => ({ request, decoding })));
      return requests.map(({ id }, i) => {
        const { tokens: _, ...output } = answers[i]!;
        outputs.set(id, output);
        return [id, output.reply] as const;
      });
    },
    effects: new EpisodeEffects(flow, effects, input),
    outputs,
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
    effects: new EpisodeEffects(flow, effects, input, (request): Answered | undefined => {
      const given = mocks([request]);
      if (given !== undefined || effects !== undefined) return given;
      const { point, site, effect } = request;
      throw new CommandFailure(
        `${file}: nothing is said for ${point}; add what ${effect}, ${site} or ${point} gives, or say --allow-extern for its module to do it`,
        ExitCode.diagnostics,
      );
    }),
    outputs: new Map(),
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
  const problems = inputChecker(flow)(input).map((problem) => `  ${problem}`);
  if (problems.length === 0) return;
  throw new CommandFailure(
    `the flow ${flow.flow} does not take this input:\n${problems.join("\n")}`,
    ExitCode.diagnostics,
  );
}
