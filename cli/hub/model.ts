import { existsSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { HubApiError, listFiles, modelInfo } from "@huggingface/hub";
import { readConfig } from "../../runtime/policy/checkpoint.js";
import { shardsOf } from "../../runtime/policy/weights/index.js";
import { type Progress, startProgress } from "../progress.js";
import { CommandFailure, ExitCode } from "../support/exit.js";
import { showBytes } from "../support/sizes.js";
import { tell } from "../support/terminal.js";
import { notWritten } from "../support/write-files.js";
import { cacheFolder, ModelCache } from "./cache.js";
import { download, type Hub, type HubFile } from "./download.js";
import { isCommit, type ModelId, parseModelId } from "./model-id.js";

const WEIGHTS = "model.safetensors";
const INDEX = `${WEIGHTS}.index.json`;

/** What is needed beside the weights, where the model has it. */
const SMALL = new Set([
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "chat_template.json",
]);

/**
 * The folder of a model: as it is, or downloaded from the Hugging Face Hub into the cache.
 *
 * @param given a folder, or `owner/name` or `owner/name@revision`
 * @param check is given the folder with the model's config.json before its weights are downloaded
 * @throws CommandFailure if it is neither, or cannot be downloaded; PolicyError for a model that is not computed
 */
export async function modelFolder(
  given: string,
  check: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  if (existsSync(given)) {
    if (statSync(given).isDirectory()) return given;
    throw new CommandFailure(`${given}: a model is a folder, and this is a file`, ExitCode.diagnostics);
  }
  const id = parseModelId(given);
  if (id === undefined) throw new CommandFailure(`${given}: there is no such folder`, ExitCode.diagnostics);
  const cache = new ModelCache(id);
  const pinned = isCommit(id.revision) ? cache.snapshot(id.revision) : undefined;
  if (pinned !== undefined) return pinned;
  const hub = hubOf(process.env);
  let commit: string;
  try {
    if (isSet(process.env.HF_HUB_OFFLINE)) throw new Error("HF_HUB_OFFLINE is set");
    commit = await commitOf(hub, id);
  } catch (error) {
    return withoutHub(error, hub, id, cache);
  }
  const known = cache.snapshot(commit);
  if (known === undefined) {
    try {
      await cache.fill(commit, (partial) => fill(hub, { name: id.name, commit }, partial, check));
    } catch (error) {
      throw explained(error, hub, id);
    }
  }
  cache.remember(id.revision, commit);
  return known ?? cache.snapshot(commit)!;
}

function hubOf({ HF_ENDPOINT, HF_TOKEN }: NodeJS.ProcessEnv): Hub {
  const hubUrl = (HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!HF_TOKEN) return { hubUrl };
  if (!HF_TOKEN.startsWith("hf_"))
    throw new CommandFailure("HF_TOKEN does not begin with hf_, as access tokens of the Hugging Face Hub do");
  return { hubUrl, accessToken: HF_TOKEN };
}

async function commitOf(hub: Hub, { name, revision }: ModelId): Promise<string> {
  const { sha } = await modelInfo({ ...hub, name, revision, additionalFields: ["sha"] });
  if (typeof sha !== "string" || !isCommit(sha)) throw new Error("the server's answer names no commit");
  return sha;
}

/** What can be done when the Hub does not say which commit a revision is. */
function withoutHub(error: unknown, hub: Hub, id: ModelId, cache: ModelCache): string {
  const commit = error instanceof HubApiError ? undefined : cache.known(id.revision);
  const folder = commit === undefined ? undefined : cache.snapshot(commit);
  if (folder === undefined) throw explained(error, hub, id);
  tell(
    `flowc: ${hub.hubUrl} was not asked (${reasonOf(error)}); ${id.name} is taken from the cache as it was, commit ${commit}`,
  );
  return folder;
}

/** Downloads what is needed, the configuration first: a model that is not computed costs no gigabytes. */
async function fill(
  hub: Hub,
  repository: { readonly name: string; readonly commit: string },
  folder: string,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const files = await filesOf(hub, repository);
  const get = (path: string, onBytes: (bytes: number) => void = () => {}): Promise<void> =>
    download(hub, repository, files.get(path)!, folder, onBytes);
  const need = (path: string): void => {
    if (files.has(path)) return;
    throw new CommandFailure(
      `${repository.name} has no ${path}: no model in safetensors, or not one of text`,
      ExitCode.diagnostics,
    );
  };
  need("config.json");
  await get("config.json");
  readConfig(folder);
  await check(folder);
  let weights = [WEIGHTS];
  if (!files.has(WEIGHTS)) {
    need(INDEX);
    await get(INDEX);
    weights = [...shardsOf(join(folder, INDEX))];
  }
  for (const path of weights) need(path);
  const wanted = [...[...files.keys()].filter((path) => SMALL.has(path)), ...weights];
  const total = wanted.reduce((sum, path) => sum + files.get(path)!.size, 0);
  checkSpace(folder, total);
  tell(
    `flowc: downloading ${repository.name} (${showBytes(total)}) into ${folder.replace(/\.partial$/, "")}`,
  );
  await withProgress(total, async (progress) => {
    let before = 0;
    for (const path of wanted) {
      await get(path, (bytes) => progress.update(Math.floor((before + bytes) / 1e6), path));
      before += files.get(path)!.size;
    }
  });
}

async function filesOf(
  hub: Hub,
  { name, commit }: { readonly name: string; readonly commit: string },
): Promise<ReadonlyMap<string, HubFile>> {
  const files = new Map<string, HubFile>();
  for await (const { type, path, size, oid, lfs } of listFiles({
    ...hub,
    repo: { type: "model", name },
    revision: commit,
  })) {
    // Names are the server's: none of them may lead out of the folder.
    if (type !== "file" || !/^[\w-][\w.-]*$/.test(path)) continue;
    const checksum =
      lfs === undefined
        ? { algorithm: "git" as const, hex: oid ?? "" }
        : { algorithm: "sha256" as const, hex: lfs.oid };
    files.set(path, { path, size: lfs?.size ?? size, checksum });
  }
  return files;
}

function checkSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = Number(bavail) * Number(bsize);
  if (free >= bytes) return;
  throw new CommandFailure(
    `the model takes ${showBytes(bytes)}, and ${cacheFolder()} has ${showBytes(free)} free; set FLOWC_CACHE to a folder on a larger disk`,
    ExitCode.diagnostics,
  );
}

async function withProgress(bytes: number, work: (progress: Progress) => Promise<void>): Promise<void> {
  const progress = startProgress("download", Math.ceil(bytes / 1e6), "MB");
  try {
    await work(progress);
  } finally {
    progress.finish();
  }
}

/** Errors of the network and of the Hub in words, with what to do; others as they are. */
function explained(error: unknown, hub: Hub, { name, revision }: ModelId): unknown {
  const fail = (problem: string): CommandFailure => new CommandFailure(problem, ExitCode.diagnostics);
  const model = revision === "main" ? name : `${name}@${revision}`;
  if (error instanceof HubApiError) {
    if (error.statusCode === 401 || error.statusCode === 403) {
      return fail(
        `${hub.hubUrl} does not give ${model} to ${hub.accessToken === undefined ? "anybody without a token" : "this token"}: it is private or gated, or there is none of that name; set HF_TOKEN to a token that may read it`,
      );
    }
    if (error.statusCode === 404)
      return fail(`there is no folder ${model}, and ${hub.hubUrl} has no such model or revision`);
    return fail(
      `${hub.hubUrl} answered ${error.statusCode} when asked for ${model}; run the command again to go on`,
    );
  }
  if (!(error instanceof Error)) return error;
  if (error instanceof CommandFailure || error.name === "PolicyError") return error;
  if ("syscall" in error) return notWritten(cacheFolder(), error);
  return fail(
    `there is no folder ${model}, and it could not be downloaded from ${hub.hubUrl} (${reasonOf(error)}).\n` +
      `Run the command again to go on where it ended. Without a network, bring a folder: download the model elsewhere\n` +
      `(hf download ${name} --local-dir FOLDER), copy FOLDER to this machine, and give --model FOLDER.`,
  );
}

/** What an error says, its cause included: fetch itself only says that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return why === undefined || why === "" ? error.message : `${error.message}: ${why}`;
}

function isSet(value: string | undefined): boolean {
  return ["1", "true", "yes", "on"].includes((value ?? "").toLowerCase());
}
