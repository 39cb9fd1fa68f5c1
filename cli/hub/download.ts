import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { downloadFile, HubApiError } from "@huggingface/hub";
import { CommandFailure, ExitCode } from "../support/exit.js";

/** Where and as whom the Hub is asked. */
export interface Hub {
  readonly hubUrl: string;
  readonly accessToken?: string;
}

/** A file of a model's repository, as the Hub lists it. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a large file's content; SHA-1 of git's blob of any other. */
  readonly checksum: { readonly algorithm: "sha256" | "git"; readonly hex: string };
}

/** How often a file is taken up again where the connection broke, before the command gives up. */
const TRIES = 4;

/**
 * Downloads one file into a folder, under its own name only when its checksum is right. What an earlier try left is
 * gone on from.
 *
 * @param onBytes is told how many bytes of the file are here
 * @throws CommandFailure for a wrong checksum; the last try's error if the connection keeps breaking
 */
export async function download(
  hub: Hub,
  repository: { readonly name: string; readonly commit: string },
  file: HubFile,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const final = join(folder, file.path);
  if (sizeOf(final) === file.size) return onBytes(file.size);
  const part = `${final}.part`;
  for (let attempt = 1; ; attempt++) {
    try {
      await append(hub, repository, file, part, onBytes);
      break;
    } catch (error) {
      if (attempt === TRIES || error instanceof CommandFailure || isRefusal(error)) throw error;
      await sleep(250 * 2 ** attempt);
    }
  }
  const found = await checksumOf(part, file);
  if (found !== file.checksum.hex) {
    rmSync(part);
    throw new CommandFailure(
      `${file.path} of ${repository.name} is not what the Hub says it is: its ${file.checksum.algorithm === "git" ? "git object id" : "SHA-256"} is ${found}, expected ${file.checksum.hex}; it was deleted, try again`,
      ExitCode.diagnostics,
    );
  }
  renameSync(part, final);
}

async function append(
  hub: Hub,
  { name, commit }: { readonly name: string; readonly commit: string },
  { path, size }: HubFile,
  part: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let done = sizeOf(part);
  if (done > size) {
    rmSync(part);
    done = 0;
  }
  onBytes(done);
  // The file must be there even if it is empty.
  const handle = openSync(part, "a");
  try {
    if (done < size) {
      // Plain ranges: what is here already is exactly the beginning of what is asked for.
      const request = { ...hub, repo: { type: "model" as const, name }, revision: commit, path, xet: false };
      const blob = await downloadFile(request);
      if (blob === null) throw new CommandFailure(`${name} has no ${path}`, ExitCode.diagnostics);
      if (blob.size !== size)
        throw new CommandFailure(
          `${path} of ${name} has ${blob.size} bytes, where the Hub lists ${size}`,
          ExitCode.diagnostics,
        );
      const stream = (done === 0 ? blob : blob.slice(done, size)).stream();
      for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
        if (done + chunk.byteLength > size)
          throw new Error(`the server sent more than the ${size} bytes of ${path}`);
        for (let written = 0; written < chunk.byteLength; ) written += writeSync(handle, chunk, written);
        done += chunk.byteLength;
        onBytes(done);
      }
      if (done < size) throw new Error(`the connection ended after ${done} of ${size} bytes of ${path}`);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function checksumOf(path: string, { checksum, size }: HubFile): Promise<string> {
  const hash: Hash = createHash(checksum.algorithm === "git" ? "sha1" : "sha256");
  if (checksum.algorithm === "git") hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Whether the Hub said no, which another try does not change. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof HubApiError &&
    error.statusCode >= 400 &&
    error.statusCode < 500 &&
    error.statusCode !== 429
  );
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
