import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseModelId } from "../../cli/hub/model-id.js";
import { type FakeHub, fakeHub } from "../support/hub.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { llama, program, root, runProgram, succeeded } from "./support.js";

const sharded = join(root, "test/fixtures/reference/llama-llama3");

describe("a model of the Hugging Face Hub", () => {
  let hub: FakeHub;
  let cache: string;
  beforeEach(async () => {
    hub = await fakeHub({ folder: llama });
    cache = temporaryFolder();
  });
  afterEach(() => hub.close());

  const score = (model: string, environment: Readonly<Record<string, string>> = {}, server = hub.url) => {
    const settings = { FLOWC_CACHE: cache, HF_ENDPOINT: server, ...environment };
    const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const stdin = `${JSON.stringify({ id: 1, prompt: "Is", completion: " it" })}\n`;
    const line = [...words, process.execPath, program, "score", "--workers", "0", "--model", model];
    return runProgram("env", ["-u", "HF_TOKEN", ...line], { stdin });
  };
  const place = (commit = hub.commit) => join(cache, "models/owner--tiny", commit);
  const asked = () => hub.requests.filter(({ range }) => range !== "bytes=0-0");

  it("is downloaded, as far as it is needed, and not again", async () => {
    const first = succeeded(await score("owner/tiny"));
    expect(first.stderr).toMatch(
      /^flowc: downloading owner\/tiny \(\d+\.\d KB\) into \S+owner--tiny\/[0-9a-f]{40}\n$/,
    );
    expect(readdirSync(place()).sort()).toEqual(
      readdirSync(llama)
        .filter((name) => name !== "adapter" && name !== "expected.json")
        .sort(),
    );
    for (const name of readdirSync(place()))
      expect(readFileSync(join(place(), name))).toEqual(readFileSync(join(llama, name)));
    expect(readdirSync(join(cache, "models/owner--tiny")).sort()).toEqual([hub.commit, "refs"].sort());
    const before = hub.requests.length;
    const second = succeeded(await score("owner/tiny"));
    expect(second).toMatchObject({ stdout: first.stdout, stderr: "" });
    expect(hub.requests.slice(before).map(({ path }) => path)).toEqual([
      "/api/models/owner/tiny/revision/main",
    ]);
    const plain = await runProgram(process.execPath, [program, "score", "--workers", "0", "--model", llama], {
      stdin: `${JSON.stringify({ id: 1, prompt: "Is", completion: " it" })}\n`,
    });
    expect(first.stdout).toBe(plain.stdout);
  });

  it("at a revision, and at a commit, which needs no asking", async () => {
    succeeded(await score("owner/tiny@v1"));
    expect(readFileSync(join(cache, "models/owner--tiny/refs/v1"), "utf8").trim()).toBe(hub.commit);
    const before = hub.requests.length;
    succeeded(await score(`owner/tiny@${hub.commit}`));
    expect(hub.requests.length).toBe(before);
    const { code, stderr } = await score("owner/tiny@v9");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `flowc: there is no folder owner/tiny@v9, and ${hub.url} has no such model or revision\n`,
    });
  });

  it("in shards, with those that the index names", async () => {
    await hub.close();
    hub = await fakeHub({ folder: sharded });
    succeeded(await score("owner/tiny"));
    expect(
      readdirSync(place())
        .filter((name) => name.includes("safetensors"))
        .sort(),
    ).toEqual(
      readdirSync(sharded)
        .filter((name) => name.includes("safetensors"))
        .sort(),
    );
  });

  it("goes on where the connection broke, within a command", async () => {
    let broken = 0;
    hub.faults.set("model.safetensors", (part, _, response) => {
      if (++broken > 2) return false;
      response.write(part.subarray(0, 100_000), () => response.destroy());
      return true;
    });
    succeeded(await score("owner/tiny"));
    const ranges = asked()
      .filter(({ path }) => path.endsWith("model.safetensors"))
      .map(({ range }) => range);
    expect(ranges[0]).toBe("");
    const starts = ranges.slice(1).map((range) => Number(/=(\d+)-/.exec(range)![1]));
    expect(starts).toHaveLength(2);
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
    expect(readFileSync(join(place(), "model.safetensors"))).toEqual(
      readFileSync(join(llama, "model.safetensors")),
    );
  }, 60_000);

  it("goes on where a command was cut off", async () => {
    const whole = readFileSync(join(llama, "model.safetensors"));
    mkdirSync(`${place()}.partial`, { recursive: true });
    writeFileSync(join(`${place()}.partial`, "model.safetensors.part"), whole.subarray(0, 123_456));
    // Of a process that is no more.
    writeFileSync(`${place()}.lock`, "999999999");
    succeeded(await score("owner/tiny"));
    const ranges = asked()
      .filter(({ path }) => path.endsWith("model.safetensors"))
      .map(({ range }) => range);
    expect(ranges).toEqual([`bytes=123456-${whole.length - 1}`]);
    expect(readFileSync(join(place(), "model.safetensors"))).toEqual(whole);
  });

  it.each(["model.safetensors", "tokenizer.json"])(
    "with a wrong checksum of %s is refused, and the file is deleted",
    async (file) => {
      hub.faults.set(file, (part, _, response) => {
        const spoilt = Buffer.from(part);
        spoilt[part.length - 1]! ^= 1;
        response.end(spoilt);
        return true;
      });
      const { code, stdout, stderr } = await score("owner/tiny");
      expect(stderr).toContain(`flowc: ${file} of owner/tiny is not what the Hub says it is: its`);
      expect({ code, stdout, there: existsSync(place()) }).toEqual({ code: 1, stdout: "", there: false });
      expect(readdirSync(`${place()}.partial`).filter((name) => name.includes(file))).toEqual([]);
      hub.faults.clear();
      succeeded(await score("owner/tiny"));
    },
  );

  it("is asked for with HF_TOKEN", async () => {
    await hub.close();
    hub = await fakeHub({ folder: llama, token: "hf_secret" });
    const without = await score("owner/tiny");
    expect(without.code).toBe(1);
    expect(without.stderr).toContain(
      "does not give owner/tiny to anybody without a token: it is private or gated",
    );
    const wrong = await score("owner/tiny", { HF_TOKEN: "secret" });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("HF_TOKEN does not begin with hf_"),
    });
    succeeded(await score("owner/tiny", { HF_TOKEN: "hf_secret" }));
    for (const { token } of hub.requests.slice(1)) expect(token).toBe("Bearer hf_secret");
  });

  it("without a network is taken from the cache, or says how to bring a folder", async () => {
    const nobody = "http://127.0.0.1:9";
    const cold = await score("owner/tiny", {}, nobody);
    expect(cold.code).toBe(1);
    expect(cold.stderr).toContain(
      `flowc: there is no folder owner/tiny, and it could not be downloaded from ${nobody} (fetch failed`,
    );
    expect(cold.stderr).toContain("hf download owner/tiny --local-dir FOLDER");
    succeeded(await score("owner/tiny"));
    for (const [server, environment, why] of [
      [nobody, {}, /was not asked \(fetch failed/],
      [hub.url, { HF_HUB_OFFLINE: "1" }, /was not asked \(HF_HUB_OFFLINE is set\)/],
    ] as const) {
      const warm = succeeded(await score("owner/tiny", environment, server));
      expect(warm.stderr).toMatch(why);
      expect(warm.stderr).toContain(`taken from the cache as it was, commit ${hub.commit}`);
    }
  });

  it("that is not computed costs its configuration only", async () => {
    await hub.close();
    const folder = temporaryFolder();
    cpSync(llama, folder, { recursive: true });
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, model_type: "gpt2" }));
    hub = await fakeHub({ folder });
    const { code, stderr } = await score("owner/tiny");
    expect(code).toBe(1);
    expect(stderr).toMatch(/model_type is "gpt2"; these are computed: llama/);
    expect(
      asked()
        .filter(({ path }) => path.includes("/resolve/"))
        .map(({ path }) => path),
    ).toEqual([`/owner/tiny/resolve/${hub.commit}/config.json`]);
  });

  it("that is downloaded by another process is waited for by the user", async () => {
    mkdirSync(`${place()}.partial`, { recursive: true });
    writeFileSync(`${place()}.lock`, String(process.pid));
    const { code, stderr } = await score("owner/tiny");
    expect(code).toBe(1);
    expect(stderr).toContain(`process ${process.pid} is downloading this model already`);
  });
});

describe("an id", () => {
  it.each([
    ["owner/name", { name: "owner/name", revision: "main" }],
    ["Qwen/Qwen2.5-0.5B-Instruct@refs/pr/1", { name: "Qwen/Qwen2.5-0.5B-Instruct", revision: "refs/pr/1" }],
  ])("is %s", (text, id) => {
    expect(parseModelId(text)).toEqual(id);
  });

  it.each([
    "name",
    "a/b/c",
    "../x",
    "./model",
    "/abs/model",
    "a/..",
    "a--b/c",
    "-a/b",
    "a/b@",
    "a/b@../c",
    "a b/c",
  ])("is not %s", (text) => {
    expect(parseModelId(text)).toBeUndefined();
  });
});
