import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PolicyError } from "../../runtime/policy/errors.js";
import { loadTokenizer } from "../../runtime/policy/tokenizer/index.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** A copy of the reference model's folder in which one file is replaced, or removed. */
function folder(name: string, content: string | undefined): string {
  const dir = temporaryFolder();
  for (const file of [
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
  ])
    cpSync(`test/fixtures/reference/llama/${file}`, join(dir, file));
  if (content === undefined) rmSync(join(dir, name));
  else writeFileSync(join(dir, name), content);
  return dir;
}

function problem(dir: string): string {
  try {
    loadTokenizer(dir).renderChat("system", "user");
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(PolicyError);
    expect((thrown as PolicyError).code).toBe("bad-tokenizer");
    expect((thrown as Error).message).toContain(dir);
    return (thrown as Error).message;
  }
  return "none";
}

describe("a model folder is refused, naming the file, if", () => {
  it.each([
    ["tokenizer.json", undefined, "tokenizer.json: is missing"],
    ["tokenizer.json", "{", "tokenizer.json: not valid JSON"],
    ["tokenizer.json", "[]", "tokenizer.json: not a JSON object"],
    ["tokenizer.json", "{}", "tokenizer.json: holds no model"],
    [
      "tokenizer.json",
      '{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}',
      "two tokens have the id 0",
    ],
    ["tokenizer.json", '{"model":{"type":"BPE","vocab":{"a":"x"},"merges":[]}}', 'the id of "a" is "x"'],
    [
      "tokenizer.json",
      '{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[1]}',
      "added_tokens holds 1",
    ],
    ["tokenizer.json", '{"model":{"type":"none","vocab":{"a":0}}}', "not a usable tokenizer"],
    ["tokenizer_config.json", "no", "tokenizer_config.json: not valid JSON"],
    ["generation_config.json", '{"eos_token_id":"</s>"}', "generation_config.json: eos_token_id"],
    ["chat_template.jinja", "{% if %}", "chat_template.jinja: chat template"],
    ["chat_template.jinja", "{{ raise_exception('no system message') }}", "no system message"],
    ["chat_template.jinja", undefined, "has no chat template"],
  ])("%s is %s", (name, content, message) => {
    expect(problem(folder(name, content))).toContain(message);
  });
});
