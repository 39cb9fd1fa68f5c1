import { execFileSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadCheckpoint } from "../../runtime/policy/checkpoint.js";
import { PolicyError } from "../../runtime/policy/errors.js";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { ModelFileError, openWeights, writeSafetensors } from "../../runtime/policy/weights/index.js";
import { readWhole, writeWhole } from "../../runtime/policy/weights/whole.js";
import { temporaryFolder } from "../support/temporary-folder.js";

function file(header: string, dataBytes: number, claimed = Buffer.byteLength(header)): string {
  const dir = temporaryFolder();
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed));
  writeFileSync(
    join(dir, "model.safetensors"),
    Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]),
  );
  return dir;
}

const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

function problem(folder: string): string {
  try {
    const weights = openWeights(folder);
    for (const name of weights.names) weights.read(name);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ModelFileError);
    return (thrown as Error).message;
  }
  return "none";
}

describe("a hostile safetensors file is refused with its name and the tensor's:", () => {
  it.each([
    ["a header longer than the file", file("{}", 0, 1000), "claims a header of 1000 bytes but has 10"],
    ["a header beyond the limit", file("{}", 0, 2 ** 40), "claims a header of 1099511627776 bytes"],
    ["a header that would fill the memory", file(" ", 0, 2 ** 24 + 1), "claims a header of 16777217 bytes"],
    ["a string that never ends", file(`{"${"a".repeat(9e6)}`, 0), "not valid JSON"],
    [
      "a string of backslashes",
      file(`{"a":"${"\\\\".repeat(4e6)}"}`, 0),
      "its header entry is not an object",
    ],
    ["text that is no JSON", file("{nope", 0), "not valid JSON"],
    ["JSON that is no object", file("[]", 0), "not a JSON object"],
    ["deep nesting", file("[".repeat(100_000), 0), "nested deeper"],
    [
      "a name that occurs twice",
      file(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, 8),
      'the key "a" occurs twice',
    ],
    [
      "a name that occurs twice, once escaped",
      file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, 8),
      "twice",
    ],
    ["an overlap", file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), 'tensor "b": overlaps'],
    ["a hole", file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), 'tensor "b": 4 bytes before it'],
    ["bytes left over", file(`{"a":${entry(0, 4)}}`, 6), "2 bytes at the end"],
    ["truncated data", file(`{"a":${entry(0, 8)}}`, 4), 'tensor "a": ends at byte 8 of a data section of 4'],
    [
      "a shape that does not fit",
      file(`{"a":${entry(0, 8, [3])}}`, 8),
      'tensor "a": F32 of shape [3] takes 12',
    ],
    [
      "a shape beyond all bounds",
      file(`{"a":${entry(0, 8, [2 ** 52, 2 ** 52])}}`, 8),
      'tensor "a": F32 of shape',
    ],
    ["a negative size", file(`{"a":${entry(0, 4, [-1])}}`, 4), 'tensor "a": shape is not'],
    ["an unknown dtype", file(`{"a":${entry(0, 4, [1], "F7")}}`, 4), 'tensor "a": unknown dtype "F7"'],
    [
      "an integer tensor",
      file(`{"a":${entry(0, 4, [1], "I32")}}`, 4),
      'tensor "a": dtype I32 is not supported',
    ],
    [
      "offsets in reverse",
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}', 4),
      "end before they begin",
    ],
    ["a fractional offset", file(`{"a":${entry(0, 0.5, [1])}}`, 4), "not a pair of offsets"],
    ["metadata that is not text", file('{"__metadata__":{"x":1}}', 0), "__metadata__"],
  ])("%s", (_what, folder, message) => {
    expect(problem(folder)).toContain(message);
    expect(problem(folder)).toContain(folder);
  });

  it("a file of less than eight bytes", () => {
    const dir = file("{}", 0);
    truncateSync(join(dir, "model.safetensors"), 5);
    expect(problem(dir)).toContain("5 bytes are too few");
  });

  it.skipIf(process.platform === "win32")(
    "a pipe, for which nobody would ever write, in the place of any file",
    () => {
      const llama = "test/fixtures/reference/llama";
      for (const name of ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"]) {
        const dir = temporaryFolder();
        cpSync(llama, dir, { recursive: true });
        rmSync(join(dir, name));
        execFileSync("mkfifo", [join(dir, name)]);
        const load = () => [loadCheckpoint(dir), loadTokenizer(dir)];
        expect(load).toThrow(PolicyError);
        expect(load).toThrow(`${join(dir, name)}: not a regular file`);
      }
    },
  );

  it("a folder whose weights are of another format, with what to do", () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "pytorch_model.bin"), "");
    expect(problem(dir)).toMatch(
      /pytorch_model\.bin is of a format that is not read: save the model as safetensors/,
    );
  });

  it("a folder without weights, or with a folder in their place", () => {
    const dir = temporaryFolder();
    expect(problem(dir)).toContain("holds no weights");
    mkdirSync(join(dir, "model.safetensors"));
    expect(problem(dir)).toContain("not a regular file");
  });

  it("keeps a tensor called __proto__ apart from all others", () => {
    const weights = openWeights(file(`{"__proto__":${entry(0, 4)}}`, 4));
    expect(weights.names).toEqual(["__proto__"]);
    expect(weights.read("__proto__")).toEqual(Float32Array.of(0));
    weights.close();
  });
});

describe("a sharded checkpoint", () => {
  function sharded(weightMap: unknown): string {
    const shards = temporaryFolder();
    writeFileSync(
      join(shards, "one.safetensors"),
      Buffer.concat([header('{"a":' + entry(0, 4) + "}"), Buffer.alloc(4)]),
    );
    writeFileSync(
      join(shards, "two.safetensors"),
      Buffer.concat([header('{"b":' + entry(0, 4) + "}"), Buffer.alloc(4)]),
    );
    writeFileSync(join(shards, "model.safetensors.index.json"), JSON.stringify({ weight_map: weightMap }));
    return shards;
  }

  it("is read through its index", () => {
    const weights = openWeights(sharded({ a: "one.safetensors", b: "two.safetensors" }));
    expect(weights.names).toEqual(["a", "b"]);
    expect(weights.read("b")).toEqual(Float32Array.of(0));
    weights.close();
  });

  it.each([
    ["names a file outside its folder", { a: "../x/one.safetensors" }, "is not the name of a file beside it"],
    ["names an absolute path", { a: "/etc/one.safetensors" }, "is not the name of a file beside it"],
    ["names a missing shard", { a: "three.safetensors" }, "cannot be opened"],
    ["misplaces a tensor", { a: "two.safetensors" }, 'tensor "a": is not in the file'],
    [
      "names a tensor that is nowhere",
      { a: "one.safetensors", b: "two.safetensors", c: "two.safetensors" },
      'tensor "c"',
    ],
    ["is no map", 7, "weight_map is missing"],
  ])("is refused if the index %s", (_what, map, message) => {
    expect(problem(sharded(map))).toContain(message);
  });
});

function header(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text)]);
}

describe("a tied head that is stored all the same", () => {
  const llama = "test/fixtures/reference/llama";

  function withHead(change: (values: Float32Array) => void): string {
    const dir = temporaryFolder();
    cpSync(llama, dir, { recursive: true });
    const weights = openWeights(llama);
    const tensors = new Map(
      weights.names.map((name) => [name, { shape: weights.shape(name)!, data: weights.read(name) }]),
    );
    weights.close();
    const table = tensors.get("model.embed_tokens.weight")!;
    const head = { shape: table.shape, data: table.data.slice() };
    change(head.data);
    tensors.set("lm_head.weight", head);
    writeSafetensors(join(dir, "model.safetensors"), tensors, "F32");
    return dir;
  }

  it("is read past where it is the embedding table", () => {
    expect(loadCheckpoint(withHead(() => {})).tensors.has("lm_head.weight")).toBe(false);
  });

  it("is refused where it is another one: which of the two counts would be a guess", () => {
    const dir = withHead((values) => {
      values[5]! += 1;
    });
    expect(() => loadCheckpoint(dir)).toThrow(
      /tensor lm_head\.weight, which differs from model\.embed_tokens\.weight although tie_word_embeddings is true/,
    );
  });
});

describe("tensors that one call of the system cannot hold", () => {
  it("are read and written in parts", () => {
    const path = join(temporaryFolder(), "bytes");
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    const out = openSync(path, "w");
    writeWhole(out, bytes, 7);
    closeSync(out);
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
    const file = openSync(path, "r");
    const back = new Uint8Array(60);
    expect(readWhole(file, back, 20, 7)).toBe(60);
    expect(back).toEqual(bytes.subarray(20, 80));
    expect(readWhole(file, back, 90, 7)).toBe(10);
    closeSync(file);
  });
});
